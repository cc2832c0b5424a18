"""How a program asks this router: the same first request in three languages, to be copied."""

from __future__ import annotations

import streamlit as st

from router.gateway.model_names import AUTO
from router.types import TaskType

NO_KEY = "drk_…"
"""What stands where a key will, before there is one."""

_PROMPT = "What is a rate limit? Answer in one sentence."

_CURL = """\
curl {url}/chat/completions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}", "messages": [{{"role": "user", "content": "{prompt}"}}]}}'"""

_PYTHON = """\
from openai import OpenAI

client = OpenAI(base_url="{url}", api_key="{key}")
reply = client.chat.completions.create(
    model="{model}",
    messages=[{{"role": "user", "content": "{prompt}"}}],
)
print(reply.choices[0].message.content)"""

_TYPESCRIPT = """\
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{url}", apiKey: "{key}" }});
const reply = await client.chat.completions.create({{
  model: "{model}",
  messages: [{{ role: "user", content: "{prompt}" }}],
}});
console.log(reply.choices[0].message.content);"""

_TEXTS = {"curl": ("bash", _CURL), "Python": ("python", _PYTHON), "TypeScript": ("typescript", _TYPESCRIPT)}

LANGUAGES = tuple(_TEXTS)
"""What the examples are called."""


def client_example(language: str, url: str, key: str) -> str:
    """A first request in one of `LANGUAGES`; whole programs, the two last with the package `openai`."""
    return _TEXTS[language][1].format(url=url, key=key, model=AUTO, prompt=_PROMPT)


def show_examples(url: str, key: str) -> None:
    """The first request, a tab for each language, and what may stand in `model`."""
    for place, language in zip(st.tabs(LANGUAGES), LANGUAGES, strict=True):
        place.code(client_example(language, url, key), language=_TEXTS[language][0], wrap_lines=True)
    tasks = ", ".join(f"`{task}`" for task in TaskType)
    st.caption(
        f"`model` may be `{AUTO}` (the router sees by the request which task it is), a task ({tasks}), or one model as "
        "`provider:model`, from the list that `GET /models` gives."
    )
