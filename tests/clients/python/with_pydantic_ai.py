from checks import (
    BASE_URL,
    BROKEN_MODEL,
    KEY,
    LIMITED_KEY,
    MEAL,
    MODEL,
    PICTURE,
    PICTURE_QUESTION,
    QUESTION,
    SLOW_MODEL,
    TOOL_QUESTION,
    WEATHER,
    WRONG_KEY,
    refusal,
    run_checks,
)
from pydantic import BaseModel
from pydantic_ai import Agent, ImageUrl, ModelHTTPError, NativeOutput
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


class Meal(BaseModel):
    meal: str
    calories: float


def agent_of(model=MODEL, key=KEY, **fields):
    return Agent(OpenAIChatModel(model, provider=OpenAIProvider(base_url=BASE_URL, api_key=key)), **fields)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: {WEATHER}"


async def streamed(model):
    saw = {"pieces": 0, "text": "", "failure": None}
    try:
        async with agent_of(model).run_stream(QUESTION) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                saw["pieces"] += 1
                saw["text"] += text
    except Exception as error:  # noqa: BLE001 – whatever it is, the client saw it
        saw["failure"] = str(error)
    return saw


async def refused(**fields):
    return await refusal(agent_of(**fields).run(QUESTION), ModelHTTPError, lambda error: error.__cause__)


class PydanticAI:
    async def call():
        result = await agent_of().run(QUESTION)
        return {"text": result.output, "model": result.response.model_name, "tokens": result.usage.total_tokens}

    async def stream():
        return await streamed(MODEL)

    async def json():
        return {"document": (await agent_of(output_type=NativeOutput(Meal)).run(MEAL)).output.model_dump()}

    async def picture():
        return {"text": (await agent_of().run([PICTURE_QUESTION, ImageUrl(PICTURE, media_type="image/png")])).output}

    async def tools():
        result = await agent_of(tools=[get_weather]).run(TOOL_QUESTION)
        parts = [part for message in result.all_messages() for part in message.parts]
        calls = [part for part in parts if isinstance(part, ToolCallPart)]
        return {"calls": [[call.tool_name, call.args_as_json_str()] for call in calls], "text": result.output}

    async def unauthorized():
        return await refused(key=WRONG_KEY)

    async def unknown_model():
        return await refused(model="gpt-4o")

    async def limited():
        return await refused(key=LIMITED_KEY)

    async def broken_stream():
        return await streamed(BROKEN_MODEL)

    async def going_away():
        async with agent_of(SLOW_MODEL).run_stream(QUESTION) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                return {"text": text}


async def main():
    await run_checks("pydantic-ai", PydanticAI)
