"""What is imported is listed with its reason, and what is listed is what the locks install."""

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
OUR_OWN = {"app", "pages", "router", "tests", "benchmarks"}
LOADED_BY_ANOTHER = {"authlib", "linkify-it-py", "python-multipart"}
"""Packages that another one loads once it is asked to, and names no requirement for."""
OPTIONAL = {"opentelemetry"}
"""What runs without: it is loaded where a setting asks for it, and the tests' requirements name its packages."""
OF_ANOTHER_ENVIRONMENT = ("tests/clients/python", "tests/clients/.venv")
RUN, DEVELOP, CLIENTS = "requirements.lock", "requirements-dev.lock", "tests/clients/requirements.lock"


def pins_in(*names):
    """The entries of requirements files."""
    lines = [line.partition("#")[0].strip() for name in names for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


def listed(*names):
    """The packages that requirements files name, with their versions."""
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins_in(*names)}


def listed_extras(*names):
    """The extras of the packages that requirements files name, as pairs."""
    return [(canonicalize_name(pin.name), extra) for pin in pins_in(*names) for extra in pin.extras]


@cache
def locked(name):
    """A lock's entries: (requirement, hashes)."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    entries = (line.split("--hash=") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return tuple((Requirement(pin.strip()), tuple(digest.strip() for digest in hashes)) for pin, *hashes in entries)


def installed_here(name):
    """What a lock installs on this machine: version by package."""
    pins = (pin for pin, _ in locked(name) if pin.marker is None or pin.marker.evaluate())
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


def imported_by(*folders):
    """The packages that code imports, also within functions."""
    paths = [path for folder in folders for path in [*ROOT.glob(f"{folder}/**/*.py"), *ROOT.glob(f"{folder}.py")]]
    names = set()
    for path in paths:
        if any(path.is_relative_to(ROOT / folder) for folder in OF_ANOTHER_ENVIRONMENT):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
    foreign = names - OUR_OWN - set(sys.stdlib_module_names) - OPTIONAL
    distributions = packages_distributions()
    return {canonicalize_name(distributions.get(name, [name])[0]) for name in foreign}


@pytest.mark.parametrize(
    ("folders", "files"),
    [
        (("app", "pages", "router"), ("requirements.txt",)),
        (("tests",), ("requirements.txt", "requirements-dev.txt")),
        (("benchmarks",), ("requirements.txt", "requirements-dev.txt", "benchmarks/requirements.txt")),
    ],
)
def test_every_package_that_code_imports_is_listed(folders, files):
    assert sorted(imported_by(*folders) - set(listed(*files))) == []


def test_every_package_that_runs_is_imported():
    unused = set(listed("requirements.txt")) - imported_by("app", "pages", "router", "tests")
    assert unused == LOADED_BY_ANOTHER


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-dev.txt", "benchmarks/requirements.txt", "tests/clients/requirements.txt"],
)
def test_every_listed_package_has_one_version_and_a_reason(name):
    for line in (ROOT / name).read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[\w-]+(\[\w+\])?==[\w.]+ +# \S.*", line), line


@pytest.mark.parametrize("name", [RUN, DEVELOP])
def test_the_lock_holds_each_listed_package_in_the_listed_version(name):
    files = ("requirements.txt",) if name == RUN else ("requirements.txt", "requirements-dev.txt")
    pins = installed_here(name)
    assert {package: pins.get(package) for package in listed(*files)} == listed(*files)


@pytest.mark.parametrize("name", [RUN, DEVELOP])
def test_the_lock_holds_what_those_packages_need_and_nothing_besides(name):
    files = ("requirements.txt",) if name == RUN else ("requirements.txt", "requirements-dev.txt")
    pins, needed = installed_here(name), set()
    open_packages = [*((package, "") for package in listed(*files)), *listed_extras(*files)]
    environment = default_environment()
    while open_packages:
        package, extra = open_packages.pop()
        if (package, extra) in needed:
            continue
        needed.add((package, extra))
        for line in requires(package) or ():
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate(environment | {"extra": extra}):
                assert need.specifier.contains(pins[canonicalize_name(need.name)], prereleases=True), (
                    f"{package}: {need}"
                )
                open_packages += [(canonicalize_name(need.name), part) for part in ("", *need.extras)]
    assert {package for package, _ in needed} == set(pins)


@pytest.mark.parametrize("name", [RUN, DEVELOP, CLIENTS])
def test_every_entry_of_a_lock_is_one_version_with_hashes(name):
    for pin, hashes in locked(name):
        assert [part.operator for part in pin.specifier] == ["=="], pin
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), pin


def test_what_runs_is_tested_in_the_same_versions():
    both = {str(pin): hashes for pin, hashes in locked(DEVELOP)}
    assert [str(pin) for pin, hashes in locked(RUN) if both.get(str(pin)) != hashes] == []


@pytest.mark.parametrize("name", [RUN, DEVELOP, CLIENTS])
def test_a_lock_names_no_host_to_fetch_from(name):
    assert re.search(r"://|index-url|find-links|trusted-host", (ROOT / name).read_text()) is None


def test_the_makefile_installs_from_the_locks_alone_and_asks_for_hashes():
    makefile = (ROOT / "Makefile").read_text()
    makefile = makefile.replace("\\\n", " ")
    installs = re.findall(r"^\t@?\$\((?:PIP|INSTALL)\)(.*)$", makefile, re.MULTILINE)
    assert installs == [f" -r {RUN}", f" -r {DEVELOP}"]
    others = re.findall(r"^\t.*pip install.*$", makefile, re.MULTILINE)
    assert [line.rpartition(" -r ")[2] for line in others] == ["$(CLIENTS)/requirements.lock"]
    for line in (re.search(r"^INSTALL := (.*)$", makefile, re.MULTILINE)[1], *others):
        assert "--require-hashes --only-binary :all:" in line
