import checks
import litellm


def chat(content=checks.QUESTION, *, model=checks.MODEL, key=checks.KEY, **fields):
    fields = {"messages": checks.user(content), "max_retries": 0, **fields}
    return litellm.acompletion(model=f"openai/{model}", api_base=checks.BASE_URL, api_key=key, **fields)


def text_of(chunk):
    return chunk.choices[0].delta.content if chunk.choices else ""


class LiteLLM:
    async def call():
        reply = await chat()
        return {"text": reply.choices[0].message.content, "model": reply.model, "tokens": reply.usage.total_tokens}

    async def stream():
        return await checks.pieces(await chat(stream=True), text_of)

    async def json():
        reply = await chat(checks.MEAL, response_format=checks.Meal)
        return {"document": checks.Meal.model_validate_json(reply.choices[0].message.content).model_dump()}

    async def picture():
        return {"text": (await chat(checks.PARTS)).choices[0].message.content}

    async def tools():
        messages, calls = checks.user(checks.TOOL_QUESTION), []
        for _ in range(3):
            message = (await chat(messages=messages, tools=[checks.WEATHER_TOOL])).choices[0].message
            if not message.tool_calls:
                return {"calls": calls, "text": message.content}
            messages.append(message)
            for call in message.tool_calls:
                calls.append([call.function.name, call.function.arguments])
                messages.append({"role": "tool", "tool_call_id": call.id, "content": checks.WEATHER})
        raise AssertionError("it calls for ever")

    async def unauthorized():
        return await checks.refusal(chat(key=checks.WRONG_KEY), litellm.exceptions.AuthenticationError)

    async def unknown_model():
        return await checks.refusal(chat(model="gpt-4o"), litellm.exceptions.NotFoundError)

    async def limited():
        return await checks.refusal(chat(key=checks.LIMITED_KEY), litellm.exceptions.RateLimitError)

    async def broken_stream():
        return await checks.pieces(await chat(model=checks.BROKEN_MODEL, stream=True), text_of)

    async def going_away():
        stream = await chat(model=checks.SLOW_MODEL, stream=True)
        async for chunk in stream:
            if text_of(chunk):
                await stream.completion_stream.close()
                return {"text": text_of(chunk)}


async def main():
    await checks.run_checks("litellm", LiteLLM)
