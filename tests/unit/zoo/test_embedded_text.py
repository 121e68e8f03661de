"""The embedded text net: what it is made from, and that it is made again."""

import csv
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from automl_tl.proof.documentation import FAMILIES, write_documentation
from automl_tl.zoo.embedded.text import net
from automl_tl.zoo.embedded.text.corpus import Passage, passages
from automl_tl.zoo.embedded.text.pretrain import pretrain

SOURCE = '''"""Keeps the {word} of every {word} that was ever {word}."""

# What stands here is a comment of {word},
# and its second line.
def short():
    """Too short."""

def {word}(x):
    """Return the {word} of x, or of the next {word} that is larger than x."""
    return x  # beside code: not a passage of its own
'''


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A few modules, one that does not parse, and one of tests."""
    folder = tmp_path / "library"
    (folder / "package" / "tests").mkdir(parents=True)
    for number, word in enumerate(
        ["apple", "river", "stone", "cloud", "letter", "number", "window", "garden"]
    ):
        (folder / "package" / f"m{number}.py").write_text(SOURCE.format(word=word))
    (folder / "package" / "__init__.py").write_text('"""A package of things that have a name."""\n')
    (folder / "broken.py").write_text("def (:\n")
    (folder / "package" / "tests" / "test_m.py").write_text(SOURCE.format(word="test"))
    return folder


def test_passages_are_docstrings_and_comments_of_some_words(library: Path) -> None:
    found = [p for p in passages(library) if p.module == "package.m0"]

    assert [(p.text.split()[0], p.is_docstring) for p in found] == [
        ("Keeps", True),
        ("Return", True),
        ("What", False),
    ]
    assert "second line" in found[2].text
    assert {p.module for p in passages(library)} == {"package", *(f"package.m{i}" for i in range(8))}


def test_what_is_held_out_depends_on_the_text_alone() -> None:
    texts = [f"this is documentation string number {i}" for i in range(2000)]

    held = [Passage(module="a", text=t).is_held_out for t in texts]

    assert held == [Passage(module="b", text=t).is_held_out for t in texts]
    assert 0.25 < sum(held) / len(held) < 0.35
    assert not any(Passage(module="a", text=t, is_docstring=False).is_held_out for t in texts)


def test_the_same_seed_makes_the_same_net_and_no_text_is_unknown_to_it(library: Path, tmp_path: Path) -> None:
    said: list[str] = []
    for name in ("one", "two"):
        pretrain(out=tmp_path / name, seed=3, minutes=0, progress=said.append, library=library)

    one, two = (load_file(tmp_path / n / net.NAME / "model.safetensors") for n in ("one", "two"))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert said[-1].startswith("tiny_bert: step 8 of 8")
    tokens = net.learn_tokens(["some words"])
    assert net.UNKNOWN not in tokens.encode("Größe 😀 שלום\n").tokens


def test_documentation_is_labelled_and_its_test_was_never_seen(tmp_path: Path) -> None:
    folder = write_documentation(tmp_path, limit=200)

    rows = {name: list(csv.DictReader((folder / f"{name}.csv").open())) for name in ("train", "test")}
    assert {row["label"] for row in rows["train"]} == set(FAMILIES)
    assert [len(rows[name]) for name in ("train", "test")] == [200, 200]
    assert all(Passage(module="", text=row["text"]).is_held_out for row in rows["test"])
    assert not any(Passage(module="", text=row["text"]).is_held_out for row in rows["train"])
