import json

import checks
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import APIError


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: {checks.WEATHER}"


def api_checks(api):
    def model_of(model=checks.MODEL, key=checks.KEY):
        return ChatOpenAI(
            model=model, base_url=checks.BASE_URL, api_key=key, max_retries=0, use_responses_api=api == "responses"
        )

    class LangChain:
        async def call():
            reply = await model_of().ainvoke(checks.QUESTION)
            tokens = reply.usage_metadata["total_tokens"]
            return {"text": reply.text, "model": reply.response_metadata["model_name"], "tokens": tokens}

        async def stream():
            return await checks.pieces(model_of().astream(checks.QUESTION), lambda chunk: chunk.text)

        async def json():
            return {
                "document": (await model_of().with_structured_output(checks.Meal).ainvoke(checks.MEAL)).model_dump()
            }

        async def picture():
            return {"text": (await model_of().ainvoke([HumanMessage(checks.PARTS)])).text}

        async def tools():
            model, messages, calls = model_of().bind_tools([get_weather]), [HumanMessage(checks.TOOL_QUESTION)], []
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
            return await checks.refusal(model_of(key=checks.WRONG_KEY).ainvoke(checks.QUESTION), APIError)

        async def unknown_model():
            return await checks.refusal(model_of("gpt-4o").ainvoke(checks.QUESTION), APIError)

        async def limited():
            return await checks.refusal(model_of(key=checks.LIMITED_KEY).ainvoke(checks.QUESTION), APIError)

        async def broken_stream():
            return await checks.pieces(model_of(checks.BROKEN_MODEL).astream(checks.QUESTION), lambda chunk: chunk.text)

        async def going_away():
            stream = model_of(checks.SLOW_MODEL).astream(checks.QUESTION)
            async for chunk in stream:
                if chunk.text:
                    await stream.aclose()
                    return {"text": chunk.text}

    return LangChain


async def main():
    for api in ("chat_completions", "responses"):
        await checks.run_checks(f"langchain-openai {api}", api_checks(api))
