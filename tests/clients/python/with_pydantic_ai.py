import checks
from pydantic_ai import Agent, ImageUrl, ModelHTTPError, NativeOutput
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


def agent_of(model=checks.MODEL, key=checks.KEY, **fields):
    return Agent(OpenAIChatModel(model, provider=OpenAIProvider(base_url=checks.BASE_URL, api_key=key)), **fields)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: {checks.WEATHER}"


async def streamed(model):
    saw = {"pieces": 0, "text": "", "failure": None}
    try:
        async with agent_of(model).run_stream(checks.QUESTION) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                saw["pieces"] += 1
                saw["text"] += text
    except Exception as error:  # noqa: BLE001 – whatever it is, the client saw it
        saw["failure"] = str(error)
    return saw


async def refused(**fields):
    return await checks.refusal(agent_of(**fields).run(checks.QUESTION), ModelHTTPError, lambda error: error.__cause__)


class PydanticAI:
    async def call():
        result = await agent_of().run(checks.QUESTION)
        return {"text": result.output, "model": result.response.model_name, "tokens": result.usage.total_tokens}

    async def stream():
        return await streamed(checks.MODEL)

    async def json():
        return {
            "document": (await agent_of(output_type=NativeOutput(checks.Meal)).run(checks.MEAL)).output.model_dump()
        }

    async def picture():
        return {
            "text": (
                await agent_of().run([checks.PICTURE_QUESTION, ImageUrl(checks.PICTURE, media_type="image/png")])
            ).output
        }

    async def tools():
        result = await agent_of(tools=[get_weather]).run(checks.TOOL_QUESTION)
        parts = [part for message in result.all_messages() for part in message.parts]
        calls = [part for part in parts if isinstance(part, ToolCallPart)]
        return {"calls": [[call.tool_name, call.args_as_json_str()] for call in calls], "text": result.output}

    async def unauthorized():
        return await refused(key=checks.WRONG_KEY)

    async def unknown_model():
        return await refused(model="gpt-4o")

    async def limited():
        return await refused(key=checks.LIMITED_KEY)

    async def broken_stream():
        return await streamed(checks.BROKEN_MODEL)

    async def going_away():
        async with agent_of(checks.SLOW_MODEL).run_stream(checks.QUESTION) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                return {"text": text}


async def main():
    await checks.run_checks("pydantic-ai", PydanticAI)
