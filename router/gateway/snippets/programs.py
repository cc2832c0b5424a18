"""The programs, each a text that works when it is pasted."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from router.gateway.snippets.literals import PYTHON, TYPESCRIPT, picture_kind
from router.gateway.snippets.requests import (
    LoggedRequest,
    chat_body,
    flags_of,
    messages_of,
    options_of,
    picture_files,
    task_of,
)

KEY_VARIABLE = "DUAL_ROUTER_API_KEY"
"""The environment's variable that holds the app's key; no program holds one."""

_KEY_HINT = f"{KEY_VARIABLE} is the key of an app: python -m router apps add NAME"


def curl_command(request: LoggedRequest, base_url: str) -> str:
    """A command for a POSIX shell."""
    document = json.dumps(chat_body(request), ensure_ascii=False, indent=2)
    head = [
        f"curl --fail-with-body --silent --show-error {shlex.quote(f'{base_url}/chat/completions')} \\",
        f'  --header "Authorization: Bearer ${KEY_VARIABLE}" --header "Content-Type: application/json" \\',
    ]
    if picture_files(request):
        lines = ["{", *_writing_commands(document), "} |", *head, "  --data-binary @-"]
    else:
        # A quoted word: the shell looks for nothing of its own in what follows. No line of JSON is that word.
        lines = [*head, "  --data-binary @- <<'JSON'", document, "JSON"]
    return "\n".join([f"# {_KEY_HINT}", *lines, ""])


_PICTURE = re.compile(r'"\\u0000(picture-[\w.]+)\\u0000"')
"""A picture's mark as JSON writes it. A prompt with such a text has a second backslash, and is not taken for one."""


def _writing_commands(document: str) -> Iterator[str]:
    """Commands that write a JSON text, with its pictures read from their files."""
    for index, piece in enumerate(_PICTURE.split(document)):
        if index % 2 == 0:
            yield f"printf %s {shlex.quote(piece)}"
        else:
            yield f"printf '\"data:image/{picture_kind(piece)};base64,'"
            yield f"base64 < {piece} | tr -d '\\n'"
            yield "printf '\"'"


def python_program(request: LoggedRequest, base_url: str) -> str:
    """A program with the router in its own process: it needs the providers' keys, and no gateway."""
    flags = "".join(f", {name}=True" for name in flags_of(request))
    task = task_of(request).upper().replace("-", "_")
    options = "".join(
        f"            {name}={PYTHON.literal(value, 12)},\n" for name, value in options_of(request).items()
    )
    imports, reader = _python_picture_reader(request)
    return f"""import asyncio
{imports}
from router import DualModelRouter, TaskConfig, TaskType
{reader}
messages = {PYTHON.literal(messages_of(request))}


async def main():
    async with DualModelRouter.from_env() as router:
        completion = await router.complete(
            config=TaskConfig(type=TaskType.{task}{flags}),
            messages=messages,
{options}        )
        print({_shown(request, "completion.text", "or completion.tool_calls")})


asyncio.run(main())
"""


def openai_program(request: LoggedRequest, base_url: str) -> str:
    """A program with OpenAI's library for Python."""
    body = chat_body(request)
    messages, model, router = body.pop("messages"), body.pop("model"), body.pop("router", None)
    fields = body | ({} if router is None else {"extra_body": {"router": router}})
    lines = "".join(f"    {name}={PYTHON.literal(value, 4)},\n" for name, value in fields.items())
    imports, reader = _python_picture_reader(request)
    return f"""import os
{imports}
from openai import OpenAI
{reader}
# {_KEY_HINT}
client = OpenAI(base_url={PYTHON.literal(base_url)}, api_key=os.environ["{KEY_VARIABLE}"], max_retries=0)

messages = {PYTHON.literal(messages)}

completion = client.chat.completions.create(
    model={PYTHON.literal(model)},
    messages=messages,
{lines})
message = completion.choices[0].message
print({_shown(request, "message.content", "or message.tool_calls")})
"""


def _python_picture_reader(request: LoggedRequest) -> tuple[str, str]:
    """What reads pictures: the imports that it needs, and its definition."""
    if not picture_files(request):
        return "", ""
    return (
        "from base64 import b64encode\nfrom pathlib import Path\n",
        """

def picture(file, kind):
    return f"data:image/{kind};base64,{b64encode(Path(file).read_bytes()).decode()}"

""",
    )


def typescript_program(request: LoggedRequest, base_url: str) -> str:
    """A program with `dual-router.ts`."""
    config = {"type": task_of(request)} | {_camel_case(name): True for name in flags_of(request)}
    options = {_camel_case(name): value for name, value in options_of(request).items()}
    values = [config, messages_of(request), *([options] if options else [])]
    arguments = "".join(f"  {TYPESCRIPT.literal(value, 2)},\n" for value in values)
    return f"""// dual-router.ts comes with the router, in router/gateway; copy it beside this file.
import {{ createDualRouter }} from "./dual-router.ts";
{_TYPESCRIPT_READER if picture_files(request) else ""}
// {_KEY_HINT}
const dualRouter = createDualRouter({{ baseURL: {TYPESCRIPT.literal(base_url)} }});

const completion = await dualRouter.complete(
{arguments});
console.log({_shown(request, "completion.text", "|| completion.toolCalls")});
"""


_TYPESCRIPT_READER = """import { readFileSync } from "node:fs";

const picture = (file: string, kind: string) => `data:image/${kind};base64,${readFileSync(file, "base64")}`;
"""


def _shown(request: LoggedRequest, text: str, calls: str) -> str:
    """What is printed: the text, or the calls where there were tools to call."""
    return f"{text} {calls}" if request.get("tools") else text


def _camel_case(name: str) -> str:
    first, *later_words = name.split("_")
    return first + "".join(word.capitalize() for word in later_words)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A way to make a request again.

    Attributes:
        name: as pages show it.
        language: as highlighters name it.
        write: the program; its arguments are the request and the gateway's address with `/v1`.
        needs_gateway: whether it calls the gateway, with an app's key.
    """

    name: str
    language: str
    write: Callable[[LoggedRequest, str], str]
    needs_gateway: bool = True


SNIPPETS: Mapping[str, Snippet] = {
    snippet.name: snippet
    for snippet in (
        Snippet("curl", "bash", curl_command),
        Snippet("Python", "python", python_program, needs_gateway=False),
        Snippet("Python (openai)", "python", openai_program),
        Snippet("TypeScript", "typescript", typescript_program),
    )
}
"""All of them, by name, in the order in which they are offered."""
