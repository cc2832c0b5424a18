"""Each program, pasted as it is, makes the request again: the provider sees what it saw before."""

import asyncio
import io
import os
import shutil
import sys

import pytest
from PIL import Image

from router import TaskConfig
from router.gateway.snippets.programs import SNIPPETS
from tests.clients.gateway_process import ROOT
from tests.clients.typescript import build_programs, needs_node

pytestmark = pytest.mark.anyio

NASTY = (
    "It's \"$HOME\" `id` $(id) ${x} %s \\n \\u0000picture-1.png\\u0000 'x' \\x00\n"
    "JSON\nEOF\n'''\n\"\"\"\n*/ // # <!-- \u2028 é 😀 !! {0} </script>\t\\"
)
SCHEMA = {
    "type": "object",
    "properties": {"meal": {"type": "string"}, "hot": {"enum": [True, False, None]}},
    "required": ["meal", "hot"],
    "additionalProperties": False,
}
REQUESTS = {
    "plain": {
        "messages": [{"role": "user", "content": "2 eggs and toast"}],
        "config": TaskConfig(type="real-time-chat", prioritize_accuracy=True),
    },
    "everything": {
        "messages": [
            {"role": "system", "content": NASTY},
            {"role": "user", "content": "2 eggs"},
            {"role": "assistant", "content": "Noted."},
            {"role": "user", "content": NASTY},
        ],
        "parameters": {"temperature": 0.5, "max_tokens": 900, "seed": 7, "stop": ["'END\"", "END\\"]},
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
        "targets": ["groq:openai/gpt-oss-120b"],
        "config": TaskConfig(type="structured-output", requires_json=True),
    },
    "picture": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                ],
            }
        ],
        "config": TaskConfig(type="vision", requires_vision=True),
    },
}


@pytest.fixture(scope="module")
def typescript_programs(tmp_path_factory):
    """All requests' programs, checked and stripped in one go; the address is put in when they run."""
    folder = tmp_path_factory.mktemp("programs")
    texts = {
        f"{name}.ts": SNIPPETS["TypeScript"].write(REQUESTS[name], "http://gateway.invalid/v1") for name in REQUESTS
    }
    return {path.stem: path.read_text() for path in build_programs(folder, texts).glob("*.js")}


async def run_program(line, folder, gateway):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DUAL_ROUTER_API_KEY": gateway.key,
        **gateway.world.environment,
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*line, cwd=folder, env=environment, stdout=pipe, stderr=pipe)
    output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, ""), output.decode()
    return output.decode()


def draw_picture(folder):
    """The file that a program with a picture reads."""
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(target, "PNG")
    (folder / "picture-1.png").write_bytes(target.getvalue())


def asked_of_provider(gateway):
    """What the only request that the providers have seen asked, without what is the account's or the door's."""
    (request,) = [seen for seen in gateway.world.simulator.requests if seen.id > gateway.mark]
    gateway.mark = request.id
    return {name: value for name, value in request.body.items() if name != "stream"}


async def asked_directly(gateway, request):
    options = {
        **request.get("parameters", {}),
        **{name: request[name] for name in ("response_format", "targets") if name in request},
    }
    await gateway.world.router.complete(config=request["config"], messages=request["messages"], **options)
    return asked_of_provider(gateway)


async def check_program(gateway, name, line, folder):
    """Hold what a program asks to what the router itself asks for the same request."""
    requests = gateway.world.simulator.requests
    gateway.mark = requests[-1].id if requests else 0
    draw_picture(folder)
    output = await run_program(line, folder, gateway)
    asked = asked_of_provider(gateway)
    assert output.strip()
    if name == "picture":
        assert "red" in output
    else:
        assert asked == await asked_directly(gateway, REQUESTS[name])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("shell", ["sh", "bash"])
async def test_the_command_for_curl_asks_the_same(gateway, tmp_path, name, shell):
    (tmp_path / "pasted.sh").write_text(SNIPPETS["curl"].write(REQUESTS[name], gateway.base_url))
    await check_program(gateway, name, [shell, "pasted.sh"], tmp_path)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("kind", ["Python", "Python (openai)"])
async def test_the_program_in_python_asks_the_same(gateway, tmp_path, name, kind):
    (tmp_path / "pasted.py").write_text(SNIPPETS[kind].write(REQUESTS[name], gateway.base_url))
    await check_program(gateway, name, [sys.executable, "-W", "error", "pasted.py"], tmp_path)


@needs_node[0]
@needs_node[1]
@pytest.mark.parametrize("name", REQUESTS)
async def test_the_program_in_typescript_asks_the_same(gateway, tmp_path, typescript_programs, name):
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "dual-router.js").write_text(typescript_programs["dual-router"])
    program = typescript_programs[name].replace("http://gateway.invalid/v1", gateway.base_url)
    (tmp_path / "pasted.js").write_text(program)
    await check_program(gateway, name, ["node", "pasted.js"], tmp_path)


async def test_no_program_holds_a_key(gateway):
    for snippet in SNIPPETS.values():
        assert gateway.key not in snippet.write(REQUESTS["plain"], gateway.base_url)


def test_tools_are_offered_and_their_calls_shown():
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]
    request = REQUESTS["plain"] | {"tools": tools, "tool_choice": "required"}
    texts = [snippet.write(request, "http://127.0.0.1:8700/v1") for snippet in SNIPPETS.values()]
    assert all("get_weather" in text and "required" in text for text in texts)
    assert all("tool_calls" in text or "toolCalls" in text for text in texts[1:])
