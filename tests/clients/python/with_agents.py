import checks
from agents import Agent, OpenAIProvider, RunConfig, Runner, function_tool, set_tracing_disabled
from openai import APIError, AsyncOpenAI


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: {checks.WEATHER}"


def agent_of(**fields):
    return Agent(**{"name": "Coach", "instructions": "Be brief.", "model": checks.MODEL, **fields})


def config_of(api, key=checks.KEY):
    # The usual provider takes what stands before a slash for its own, and a pinned target has one.
    client = AsyncOpenAI(base_url=checks.BASE_URL, api_key=key)
    return RunConfig(model_provider=OpenAIProvider(openai_client=client, use_responses=api == "responses"))


def delta_of(event):
    data = event.data if event.type == "raw_response_event" else None
    return data.delta if data is not None and data.type == "response.output_text.delta" else ""


def api_checks(api):
    config = config_of(api)

    class Agents:
        async def call():
            result = await Runner.run(agent_of(), checks.QUESTION, run_config=config)
            return {"text": result.final_output, "tokens": result.context_wrapper.usage.total_tokens}

        async def stream():
            return await checks.pieces(
                Runner.run_streamed(agent_of(), checks.QUESTION, run_config=config).stream_events(), delta_of
            )

        async def json():
            return {
                "document": (
                    await Runner.run(agent_of(output_type=checks.Meal), checks.MEAL, run_config=config)
                ).final_output.model_dump()
            }

        async def picture():
            parts = [
                {"type": "input_text", "text": checks.PICTURE_QUESTION},
                {"type": "input_image", "image_url": checks.PICTURE},
            ]
            return {"text": (await Runner.run(agent_of(), checks.user(parts), run_config=config)).final_output}

        async def tools():
            result = await Runner.run(agent_of(tools=[get_weather]), checks.TOOL_QUESTION, run_config=config)
            calls = [item.raw_item for item in result.new_items if item.type == "tool_call_item"]
            return {"calls": [[call.name, call.arguments] for call in calls], "text": result.final_output}

        async def unauthorized():
            return await checks.refusal(
                Runner.run(agent_of(), checks.QUESTION, run_config=config_of(api, checks.WRONG_KEY)), APIError
            )

        async def unknown_model():
            return await checks.refusal(
                Runner.run(agent_of(model="gpt-4o"), checks.QUESTION, run_config=config), APIError
            )

        async def limited():
            return await checks.refusal(
                Runner.run(agent_of(), checks.QUESTION, run_config=config_of(api, checks.LIMITED_KEY)), APIError
            )

        async def broken_stream():
            result = Runner.run_streamed(agent_of(model=checks.BROKEN_MODEL), checks.QUESTION, run_config=config)
            return await checks.pieces(result.stream_events(), delta_of)

        async def going_away():
            result = Runner.run_streamed(agent_of(model=checks.SLOW_MODEL), checks.QUESTION, run_config=config)
            async for event in result.stream_events():
                if delta_of(event):
                    result.cancel()
                    return {"text": event.data.delta}

    return Agents


async def main():
    set_tracing_disabled(True)
    for api in ("responses", "chat_completions"):
        await checks.run_checks(f"openai-agents {api}", api_checks(api))
