"""Plain calls to the simulated providers, as these tests make them."""

import base64
import io

import httpx
from PIL import Image

LARGE, SMALL = "openai/gpt-oss-120b", "openai/gpt-oss-20b"
SEEING = "qwen/qwen3.8-27b"
FREE = "nvidia/nemotron-3-super-120b-a12b:free"
KEY = {"Authorization": "Bearer any-key-will-do"}
HELLO = [{"role": "user", "content": "2 eggs and toast"}]


def ask(simulator, provider="groq", model=LARGE, messages=HELLO, key=KEY, body=None, **fields):
    """A call for a completion; gives the reply.

    Args:
        body: fields whose names are taken here.
    """
    url = simulator.url_of(provider)
    document = {"model": model, "messages": messages, **fields, **(body or {})}
    return httpx.post(f"{url}/chat/completions", json=document, headers=key, timeout=10)


def text_of(reply):
    """The answer in a plain reply."""
    return reply.json()["choices"][0]["message"]["content"]


def picture(colour, size):
    """Messages with a picture in them."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    url = "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]
