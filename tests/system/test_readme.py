"""What README and the guides show exists: commands, targets, files, and code that imports.

That the commands do something is shown by ``test_followed_pages.py``.
"""

import ast
import importlib
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image
from shown import blocks, commands, links, parse

from automl_tl.cli.main import cli, main
from automl_tl.cli.submission import submission
from automl_tl.search.space_file import read_space

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
PAGES = [(REPOSITORY / "docs" / f"{name}.md").read_text() for name in ("daemon", "champions", "upkeep")]
CHEAP = (
    *("space list", "space check embedded", "space show embedded", "zoo list", "models list", "doctor"),
    *("du", "gc --dry-run", "gc", "settings", "data check DATASET", "run DATASET --name flowers --plan"),
)


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command there is, as its words."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from every_command(found, (*path, name))


def call(*words: str) -> int:
    """The exit status of a command, run here."""
    with pytest.raises(SystemExit) as left:
        main(words)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's folder, drawn: daisies are bright, roses are dark."""
    root, random = tmp_path_factory.mktemp("own") / "flowers", np.random.default_rng(0)
    for name, light in (("daisy", 170), ("rose", 60)):
        (root / name).mkdir(parents=True)
        for number in range(80):
            pixels = random.integers(light - 50, light + 50, (16, 16, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number:02}.png")
    return root


@pytest.mark.parametrize("words", commands(README, "automl-tl"), ids=" ".join)
def test_a_command_that_the_readme_shows_exists_with_its_options(words: list[str]) -> None:
    parse(words)


@pytest.mark.parametrize("words", commands(README, "make"), ids=" ".join)
def test_a_target_that_the_readme_shows_can_be_made(words: list[str]) -> None:
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)

    assert words[0] in targets


@pytest.mark.parametrize("words", list(every_command(cli)), ids=" ".join)
def test_every_command_says_how_it_is_used(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words, "--help") == 0
    assert "Usage: automl-tl" in capsys.readouterr().out


def test_choices_are_written_as_people_write_them() -> None:
    choices = [
        (words, [*parameter.type.choices, parameter.default])
        for words in every_command(cli)
        for parameter in _command(words).params
        if isinstance(parameter.type, click.Choice)
    ]

    assert len(choices) > 10
    # An enum's members would be asked for by the names that they have in the code.
    assert [words for words, found in choices if any(isinstance(one, StrEnum) for one in found)] == []


def _command(words: tuple[str, ...]) -> click.Command:
    found: click.Command = cli
    for word in words:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), word)
        assert inner is not None
        found = inner
    return found


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "words"])
@pytest.mark.parametrize("line", CHEAP)
def test_cheap_commands_work_on_an_empty_home(
    line: str, as_json: bool, flowers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if as_json and line.startswith("space show"):
        pytest.skip("a file is shown as it stands")
    words = [str(flowers) if word == "DATASET" else word for word in line.split()]

    assert call("--home", str(tmp_path), *words, *(["--json"] if as_json else [])) == 0
    said = capsys.readouterr().out
    assert isinstance(json.loads(said), dict) if as_json else said.strip()


def test_python_of_the_guides_compiles_and_imports_what_exists() -> None:
    found = [block for page in PAGES for block in blocks(page, "python")]
    assert found

    for block in found:
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom):
                module = importlib.import_module(str(node.module))
                assert all(hasattr(module, alias.name) for alias in node.names)


def test_the_job_file_of_the_guide_has_the_keys_of_a_submission(tmp_path: Path) -> None:
    (block,) = (block for page in PAGES for block in blocks(page, "toml"))
    (tmp_path / "spaces").mkdir()
    shutil.copy(REPOSITORY / "search_spaces" / "embedded.toml", tmp_path / "spaces" / "shop-small.toml")
    (tmp_path / "nightly.toml").write_text(block)

    said = submission({}, from_file=tmp_path / "nightly.toml")

    assert said.keys() - {"space_root"} == tomllib.loads(block).keys()
    assert said["dataset"] == str(tmp_path / "flowers")


def test_the_spaces_of_their_page_can_be_read(tmp_path: Path) -> None:
    page = (REPOSITORY / "search_spaces" / "README.md").read_text()
    (space,) = (block for block in blocks(page, "toml") if block.startswith("[space]"))
    gates = [block for block in blocks(page, "toml") if not block.startswith("[space]")]

    assert len(read_space(space, root=tmp_path).candidates) == 2
    assert len(gates) > 1
    assert all(tomllib.loads(block) for block in gates)


@pytest.mark.parametrize("file", sorted((REPOSITORY / "search_spaces").glob("*.toml")), ids=lambda f: f.stem)
def test_every_space_that_comes_along_can_be_read(file: Path) -> None:
    assert read_space(file.read_text(), root=file.parent).candidates


@pytest.mark.parametrize("link", links(README))
def test_links_of_the_readme_lead_somewhere(link: str) -> None:
    assert (REPOSITORY / link).exists()
