"""TypeScript as a user has it: `dual-router.ts` beside a program, types checked, stripped, run by Node."""

import shutil
import subprocess

import pytest

from tests.clients.gateway_process import ROOT

NODE = ROOT / "tests/clients/node"


def node_version():
    """Node's major version; 0 where there is none."""
    if shutil.which("node") is None:
        return 0
    words = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(words.removeprefix("v").partition(".")[0])


needs_node = [
    pytest.mark.skipif(node_version() < 20, reason="Node 20 or newer is not installed"),
    pytest.mark.skipif(not (NODE / "node_modules").exists(), reason="the npm packages are brought by: make clients"),
]


def build_programs(folder, programs=None):
    """Check and strip programs with `dual-router.ts` beside them; gives the folder with the JavaScript.

    Args:
        programs: their texts by file name; Node's own types are there for them. The client does without those.
    """
    for source in (NODE / "tsconfig.json", NODE / "package.json", ROOT / "router/gateway/dual-router.ts"):
        shutil.copy(source, folder)
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    for name, text in (programs or {}).items():
        (folder / name).write_text(text)
    types = ["--types", "node"] if programs else []
    result = subprocess.run([NODE / "node_modules/.bin/tsc", *types], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    return folder / "built"
