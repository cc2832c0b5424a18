import checks
from openai import APIError, AsyncOpenAI


def client_of(key=checks.KEY):
    return AsyncOpenAI(base_url=checks.BASE_URL, api_key=key)


def chat(content=checks.QUESTION, *, key=checks.KEY, **fields):
    return client_of(key).chat.completions.create(**{"model": checks.MODEL, "messages": checks.user(content), **fields})


def respond(content=checks.QUESTION, *, key=checks.KEY, **fields):
    return client_of(key).responses.create(
        **{"model": checks.MODEL, "input": checks.user(content), "store": False, **fields}
    )


def text_of(chunk):
    return chunk.choices[0].delta.content if chunk.choices else ""


def delta_of(event):
    return event.delta if event.type == "response.output_text.delta" else ""


class Chat:
    async def call():
        reply = await chat()
        return {"text": reply.choices[0].message.content, "model": reply.model, "tokens": reply.usage.total_tokens}

    async def stream():
        return await checks.pieces(await chat(stream=True), text_of)

    async def json():
        reply = await client_of().chat.completions.parse(
            model=checks.MODEL, messages=checks.user(checks.MEAL), response_format=checks.Meal
        )
        return {"document": reply.choices[0].message.parsed.model_dump()}

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
        return await checks.refusal(chat(key=checks.WRONG_KEY), APIError)

    async def unknown_model():
        return await checks.refusal(chat(model="gpt-4o"), APIError)

    async def limited():
        return await checks.refusal(chat(key=checks.LIMITED_KEY), APIError)

    async def broken_stream():
        return await checks.pieces(await chat(model=checks.BROKEN_MODEL, stream=True), text_of)

    async def going_away():
        async with await chat(model=checks.SLOW_MODEL, stream=True) as stream:
            async for chunk in stream:
                if text_of(chunk):
                    return {"text": text_of(chunk)}


class Responses:
    async def call():
        reply = await client_of().responses.create(model=checks.MODEL, input=checks.QUESTION)
        return {"text": reply.output_text, "model": reply.model, "tokens": reply.usage.total_tokens}

    async def stream():
        async with client_of().responses.stream(model=checks.MODEL, input=checks.user(checks.QUESTION)) as stream:
            saw = await checks.pieces(stream, delta_of)
            return saw | {"whole": (await stream.get_final_response()).output_text}

    async def json():
        reply = await client_of().responses.parse(
            model=checks.MODEL, input=checks.user(checks.MEAL), text_format=checks.Meal
        )
        return {"document": reply.output_parsed.model_dump()}

    async def picture():
        parts = [
            {"type": "input_text", "text": checks.PICTURE_QUESTION},
            {"type": "input_image", "image_url": checks.PICTURE},
        ]
        return {"text": (await respond(parts)).output_text}

    async def tools():
        flat = {"type": "function", **checks.WEATHER_TOOL["function"], "strict": False}
        items, calls = checks.user(checks.TOOL_QUESTION), []
        for _ in range(3):
            reply = await respond(input=items, tools=[flat])
            asked = [item for item in reply.output if item.type == "function_call"]
            if not asked:
                return {"calls": calls, "text": reply.output_text}
            for call in asked:
                calls.append([call.name, call.arguments])
                items += [call, {"type": "function_call_output", "call_id": call.call_id, "output": checks.WEATHER}]
        raise AssertionError("it calls for ever")

    async def unauthorized():
        return await checks.refusal(respond(key=checks.WRONG_KEY), APIError)

    async def unknown_model():
        return await checks.refusal(respond(model="gpt-4o"), APIError)

    async def limited():
        return await checks.refusal(respond(key=checks.LIMITED_KEY), APIError)

    async def broken_stream():
        return await checks.pieces(await respond(model=checks.BROKEN_MODEL, stream=True), delta_of)

    async def going_away():
        async with await respond(model=checks.SLOW_MODEL, stream=True) as stream:
            async for event in stream:
                if delta_of(event):
                    return {"text": event.delta}


async def main():
    await checks.run_checks("openai", Chat)
    await checks.run_checks("openai responses", Responses)
