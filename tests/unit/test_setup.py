"""The files that set the project up keep their promises."""

import re
import tomllib
from collections import Counter
from itertools import takewhile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PYPROJECT = (REPOSITORY / "pyproject.toml").read_text()
LOCK = (REPOSITORY / "requirements.lock").read_text()
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [*PROJECT["dependencies"], *(r for group in EXTRAS.values() for r in group)]


def comment_on(requirement: str) -> str:
    line = next(line for line in PYPROJECT.splitlines() if line.strip().startswith(f'"{requirement}"'))
    return line.partition("#")[2].strip()


def plain_name(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0].lower()


def test_lock_names_no_index_and_no_path() -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|@|\.whl", LOCK)


def test_lock_header_names_only_the_make_target() -> None:
    header = list(takewhile(lambda line: line.startswith("#"), LOCK.splitlines()))

    assert header[1:] == ["#    make lock"]


def test_lock_pins_every_line_exactly() -> None:
    pins = [line for line in LOCK.splitlines() if not line.startswith("#")]

    assert all(re.match(r"[\w.-]+==[\w.+]+( ; .+)?$", pin) for pin in pins)


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_dependency_is_locked_and_says_why(requirement: str) -> None:
    locked = {plain_name(line) for line in LOCK.splitlines() if "==" in line}

    assert plain_name(requirement) in locked
    assert comment_on(requirement)


@pytest.mark.parametrize("requirement", [r for group in EXTRAS.values() for r in group])
def test_each_extra_names_the_file_that_needs_it(requirement: str) -> None:
    file = comment_on(requirement).partition(":")[0]

    assert (REPOSITORY / file).exists(), f"{requirement}: no {file}"


def test_test_files_have_names_of_their_own() -> None:
    names = Counter(path.name for path in (REPOSITORY / "tests").rglob("test_*.py"))

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.xdist_group("setup")
def test_tests_of_one_group_run_in_one_worker(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("not distributed by group")

    # xdist distributes by what stands there; without it each worker starts a Ray and every server of its own.
    assert request.node.nodeid.endswith("@setup")
