"""What every client is asked here, and how it tells what it saw: a JSON line for each check."""

import asyncio
import json
import os
import time
import traceback

from pydantic import BaseModel

BASE_URL = os.environ["GATEWAY_URL"]
KEY = os.environ["GATEWAY_KEY"]
LIMITED_KEY = os.environ["LIMITED_KEY"]
MODEL = os.environ["MODEL"]
BROKEN_MODEL = os.environ["BROKEN_MODEL"]
SLOW_MODEL = os.environ["SLOW_MODEL"]
PICTURE = os.environ["PICTURE"]
WRONG_KEY = "drk_wrong"

QUESTION = "What should I eat before a run?"
MEAL = "2 eggs and toast"
TOOL_QUESTION = "What is the weather in Paris?"
PICTURE_QUESTION = "What is in this picture?"
WEATHER = "18 degrees and dry"
PARTS = [{"type": "text", "text": PICTURE_QUESTION}, {"type": "image_url", "image_url": {"url": PICTURE}}]
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Meal(BaseModel):
    meal: str
    calories: float


def user(content):
    return [{"role": "user", "content": content}]


async def run_checks(client, checks):
    """Run a client's checks, the coroutine functions of a class, one after the other."""
    for check, run in vars(checks).items():
        if not check.startswith("_"):
            await _run_check(client, check, run)


async def _run_check(client, check, run):
    began = time.monotonic()
    line = {"client": client, "check": check}
    try:
        line["saw"] = await asyncio.wait_for(run(), 10)
    except Exception:  # noqa: BLE001 – whatever it is, the client saw it
        line["error"] = traceback.format_exc()
    print(json.dumps(line | {"seconds": time.monotonic() - began}), flush=True)  # noqa: T201 – read by the tests


async def refusal(awaitable, kinds, read=None):
    """What a client made of a refusal; of its error, or of what `read` takes from that."""
    try:
        await awaitable
    except kinds as error:
        return facts_of(read(error) if read else error)
    raise AssertionError("it was not refused")


def facts_of(error):
    response = getattr(error, "response", None)
    headers = {} if response is None else response.headers
    body = getattr(error, "body", None)
    return {
        "status": error.status_code,
        "code": body.get("code") if isinstance(body, dict) else getattr(error, "code", None),
        "message": str(error),
        "retryAfter": headers.get("retry-after"),
        "requestId": headers.get("x-request-id"),
    }


async def pieces(stream, text_of):
    """A stream's pieces until it ends or fails."""
    saw = {"pieces": 0, "text": "", "failure": None}
    try:
        async for piece in stream:
            text = text_of(piece)
            if text:
                saw["pieces"] += 1
                saw["text"] += text
    except Exception as error:  # noqa: BLE001 – whatever it is, the client saw it
        saw["failure"] = str(error)
    return saw
