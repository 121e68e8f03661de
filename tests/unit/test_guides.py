"""What the guides show exists: commands, links, files, and code that runs."""

import re
from pathlib import Path

import pytest
from shown import blocks, commands, links, parse

from automl_tl.search.space_file import read_space

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = {
    str(file.relative_to(REPOSITORY)): file.read_text()
    for file in (*sorted(DOCS.glob("*.md")), REPOSITORY / "search_spaces" / "README.md")
}
EXTENDING = PAGES["docs/extending.md"]


def each(what: dict[str, list[str]]) -> list[object]:
    """One test for each page and thing."""
    return [pytest.param(name, one, id=f"{name} {one}") for name, found in what.items() for one in found]


@pytest.mark.parametrize("name", PAGES)
def test_commands_that_a_guide_shows_exist_with_their_options(name: str) -> None:
    for words in commands(PAGES[name], "automl-tl"):
        parse(words)


@pytest.mark.parametrize(("name", "link"), each({name: links(page) for name, page in PAGES.items()}))
def test_links_of_a_guide_lead_somewhere(name: str, link: str) -> None:
    assert (REPOSITORY / name).parent.joinpath(link).exists()


@pytest.mark.parametrize("words", commands(EXTENDING, "make"), ids=" ".join)
def test_what_is_made_is_a_target_and_its_tests_exist(words: list[str]) -> None:
    target, *given = words

    assert f"\n{target}: " in (REPOSITORY / "Makefile").read_text()
    assert all((REPOSITORY / word.partition("=")[2]).exists() for word in given)


@pytest.mark.parametrize("name", ["docs/extending.md", "ARCHITECTURE.md"])
def test_files_that_a_page_names_exist(name: str) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|css|md))`", (REPOSITORY / name).read_text())

    assert len(named) > 10
    for path in named:
        assert any((root / path).exists() for root in (REPOSITORY, REPOSITORY / "automl_tl")), path


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", *PAGES])
def test_lines_of_prose_fit_beside_each_other(name: str) -> None:
    """Tables, pictures and what is fenced are as wide as they are."""
    prose = re.sub(r"^```.*?^```", "", (REPOSITORY / name).read_text(), flags=re.MULTILINE | re.DOTALL)

    assert [line for line in prose.splitlines() if len(line) > 120 and line[0] not in "|!`"] == []


def test_its_space_can_be_read(tmp_path: Path) -> None:
    (block,) = blocks(EXTENDING, "toml")

    (candidate,) = read_space(block, root=tmp_path).candidates

    assert candidate.licence == "apache-2.0"


def test_its_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks(EXTENDING, "python")

    exec(compile(block, "guide", "exec"), {})  # noqa: S102  # our own page

    assert float(capsys.readouterr().out)


def test_what_the_gate_says_is_what_the_guide_explains() -> None:
    said = (REPOSITORY / "automl_tl" / "domain" / "judgement.py").read_text()

    for words in (
        "provenly better",
        "it is not proven better than",
        "groups are too few to prove anything",
        "the champion could not be compared, so a person decides",
        "which stays; a gain of about",
        "kept out, for the name is held",
    ):
        assert words in said
        assert words in PAGES["docs/why-was-my-model-refused.md"]
