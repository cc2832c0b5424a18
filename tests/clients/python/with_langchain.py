import json

from checks import (
    BASE_URL,
    BROKEN_MODEL,
    KEY,
    LIMITED_KEY,
    MEAL,
    MODEL,
    PARTS,
    QUESTION,
    SLOW_MODEL,
    TOOL_QUESTION,
    WEATHER,
    WRONG_KEY,
    pieces,
    refusal,
    run_checks,
)
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import APIError
from pydantic import BaseModel


class Meal(BaseModel):
    meal: str
    calories: float


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: {WEATHER}"


def checks_of(api):
    def model_of(model=MODEL, key=KEY):
        return ChatOpenAI(
            model=model, base_url=BASE_URL, api_key=key, max_retries=0, use_responses_api=api == "responses"
        )

    class LangChain:
        async def call():
            reply = await model_of().ainvoke(QUESTION)
            tokens = reply.usage_metadata["total_tokens"]
            return {"text": reply.text, "model": reply.response_metadata["model_name"], "tokens": tokens}

        async def stream():
            return await pieces(model_of().astream(QUESTION), lambda chunk: chunk.text)

        async def json():
            return {"document": (await model_of().with_structured_output(Meal).ainvoke(MEAL)).model_dump()}

        async def picture():
            return {"text": (await model_of().ainvoke([HumanMessage(PARTS)])).text}

        async def tools():
            model, messages, calls = model_of().bind_tools([get_weather]), [HumanMessage(TOOL_QUESTION)], []
            for _ in range(3):
                reply = await model.ainvoke(messages)
                if not reply.tool_calls:
                    return {"calls": calls, "text": reply.text}
                messages.append(reply)
                for call in reply.tool_calls:
                    calls.append([call["name"], json.dumps(call["args"])])
                    messages.append(ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"]))
            raise AssertionError("it calls for ever")

        async def unauthorized():
            return await refusal(model_of(key=WRONG_KEY).ainvoke(QUESTION), APIError)

        async def unknown_model():
            return await refusal(model_of("gpt-4o").ainvoke(QUESTION), APIError)

        async def limited():
            return await refusal(model_of(key=LIMITED_KEY).ainvoke(QUESTION), APIError)

        async def broken_stream():
            return await pieces(model_of(BROKEN_MODEL).astream(QUESTION), lambda chunk: chunk.text)

        async def going_away():
            stream = model_of(SLOW_MODEL).astream(QUESTION)
            async for chunk in stream:
                if chunk.text:
                    await stream.aclose()
                    return {"text": chunk.text}

    return LangChain


async def main():
    for api in ("chat_completions", "responses"):
        await run_checks(f"langchain-openai {api}", checks_of(api))
