"""The house's arrows go one way: router ← pages ← app, and inside the router each room stands on those before it."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

HOUSE = """
words       types errors
ground      redaction hosts environment settings ports workers
a request   json_answers request images
table       table
failures    failures
providers   providers
the cache   cache
engine      engine
beside it   store simulator telemetry
the door    simulated_mode speech api default_router router
on top      alerts background comparison services evaluation report gateway doctor
commands    commands __main__
"""
"""The router's rooms in the order in which they may stand on each other: one imports only what is named before it."""

ROOMS = [room for row in HOUSE.strip().splitlines() for room in row[12:].split()]
STANDS_ONLY_ON = {"store": {"errors", "types", "ports", "redaction", "environment"}, "simulator": {"hosts"}}


INSIDE_EVALUATION = {"cases": set(), "runs": {"cases"}, "results": {"cases"}}
"""The rooms of an evaluation, each with those it stands on: a run knows no result, and a result no run."""

INSIDE_THE_STORE = {"database": set(), "log": {"database"}, "state": {"database"}, "console": {"database"}}
"""The store's rooms, each with those it stands on; `store.py` puts them together."""

ON_PAGES = """
ground      console
a request   answer prompt run
the log     log
operators   health routing setup apps usage
the product evaluate coach compare demonstration
"""
"""The rooms of the pages' components, in the order in which they may stand on each other."""

COMPONENTS = [room for row in ON_PAGES.strip().splitlines() for room in row[12:].split()]


def sources(folder):
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts]


def room_of(module):
    return module.split(".")[1] if "." in module else module


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path, top):
    """A file's imports from one package."""
    return [name for name in all_imports(path) if name == top or name.startswith(f"{top}.")]


@cache
def all_imports(path):
    """Every import in a file, those within functions and `TYPE_CHECKING` included."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names += [name for alias in node.names for name in _whole(node.module or "", alias.name)]
    return names


def _whole(package, name):
    """`from router import timing` imports the module `router.failures.durations`, and not the door."""
    inner = ROOT.joinpath(*package.split("."), name)
    return [f"{package}.{name}"] if inner.with_suffix(".py").exists() or inner.is_dir() else [package]


@pytest.mark.parametrize("path", sources("router"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_of_the_router_stands_only_on_those_before_it(path):
    room = room_of(module_of(path))
    allowed = STANDS_ONLY_ON.get(room, ROOMS[: ROOMS.index(room)])
    for imported in imports(path, "router"):
        assert room_of(imported) in {room, *allowed}, f"{path}: {room} → {room_of(imported)}"


@pytest.mark.parametrize("path", sources("pages/components"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_of_the_components_stands_only_on_those_before_it(path):
    room = path.relative_to(ROOT / "pages/components").parts[0]
    for imported in imports(path, "pages"):
        other = imported.split(".")[2]
        assert room == "__init__.py" or other in COMPONENTS[: COMPONENTS.index(room) + 1], (
            f"{path}: {room} → {imported}"
        )


@pytest.mark.parametrize("room", INSIDE_THE_STORE)
def test_a_room_of_the_store_stands_only_on_its_database(room):
    for path in sources(f"router/store/{room}"):
        for imported in imports(path, "router.store"):
            assert imported.split(".")[2] in {room, *INSIDE_THE_STORE[room]}, f"{path}: {room} → {imported}"


@pytest.mark.parametrize("room", INSIDE_EVALUATION)
def test_a_room_of_an_evaluation_stands_only_on_its_cases(room):
    for path in sources(f"router/evaluation/{room}"):
        for imported in imports(path, "router.evaluation"):
            assert imported.split(".")[2] in {room, *INSIDE_EVALUATION[room]}, f"{path}: {room} → {imported}"


@pytest.mark.parametrize("path", sources("router"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_router_knows_no_page_and_no_screen(path):
    for top in ("pages", "app", "streamlit", "pandas", "plotly"):
        assert imports(path, top) == []


@pytest.mark.parametrize("path", sources("router"), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_store_speaks_sql_and_nothing_imports_the_services(path):
    own = room_of(module_of(path))
    if own != "store":
        assert imports(path, "sqlalchemy") == imports(path, "sqlite3") == []
    if own not in ("services", "simulator", "evaluation"):
        assert not [name for name in imports(path, "router") if room_of(name) == "services"]


@pytest.mark.parametrize("path", [*sources("router"), *sources("pages")], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_outside_tests_and_benchmarks_imports_those(path):
    for top in ("tests", "benchmarks"):
        assert imports(path, top) == []


def test_modules_import_each_other_in_no_circle():
    graph = {module_of(path): set(imports(path, "router")) for path in sources("router")}
    done, path = set(), []

    def visit(module):
        assert module not in path, f"circle: {' → '.join([*path, module])}"
        if module in done:
            return
        path.append(module)
        for other in graph.get(module, ()):
            if other != module:
                visit(other)
        path.pop()
        done.add(module)

    for module in graph:
        visit(module)


@pytest.fixture(scope="module")
def model_ids():
    """Every model id of the routing table, as it would stand in a text: by itself, or behind its provider."""
    table = tomllib.loads((ROOT / "router/table/routes.toml").read_text())
    ids = sorted({key.partition(":")[2] for key in table["models"]}, key=len, reverse=True)
    return re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, ids))})(?![\w/-])")


@pytest.mark.parametrize("words", ['"{}"', "groq:{}", "such as {}, which", "'openrouter:{}'"])
def test_a_model_id_is_seen_however_it_is_written(model_ids, words):
    assert model_ids.search(words.format("openai/gpt-oss-20b"))
    assert not model_ids.search(words.format("openai/gpt-oss-20b-of-another-make"))


@pytest.mark.parametrize(
    "path",
    [path for path in [ROOT / "app.py", *sources("pages"), *sources("router")] if "simulator" not in path.parts],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_model_id_stands_in_code(model_ids, path):
    assert model_ids.findall(path.read_text()) == []


def test_importing_the_router_loads_nothing_heavy():
    heavy = (
        "streamlit",
        "pandas",
        "plotly",
        "sqlalchemy",
        "aiohttp",
        "PIL",
        "starlette",
        "jsonschema",
        "opentelemetry",
    )
    code = f"import sys, router; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def provider_names():
    """Every provider of the shipped table, by its name and its label's first word."""
    table = tomllib.loads((ROOT / "router/table/routes.toml").read_text())
    entries = table["providers"] | table["offers"]
    words = {*entries, *(entry["label"].split()[0].lower() for entry in entries.values())}
    return words | set(table["dialects"]) - {"openai", "local"}


def code_words(path):
    """The names and texts in a file's code; what docstrings and comments say of where a fact comes from is left out."""
    tree = ast.parse(path.read_text())
    documented = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body
        and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    }  # fmt: skip
    notes = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented | notes:
            yield node.value.lower()
        elif isinstance(node, ast.Name):
            yield node.id.lower()
        elif isinstance(node, ast.Attribute):
            yield node.attr.lower()
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name.lower()


@pytest.mark.parametrize(
    "path",
    # Keys are masked by their forms too, and one of those has its maker's name in it.
    [path for path in sources("router") if "simulator" not in path.parts and path.name != "redaction.py"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_vendor_is_named_in_code(provider_names, path):
    pattern = re.compile(rf"(?:^|[^a-z])(?:{'|'.join(map(re.escape, sorted(provider_names)))})(?:[^a-z]|$)")
    assert [word for word in code_words(path) if pattern.search(word)] == []
