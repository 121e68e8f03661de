"""Near copies of texts are found, whatever their case and signs; other texts on the same matter are none."""

import random
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from automl_tl.data.near_texts import near_texts
from automl_tl.data.text_sketch import plain, sketch_texts

SYLLABLES = ("ka", "ri", "mon", "tel", "su", "bar", "ne", "li", "dor", "vi")
WORDS = [one + other + last for one in SYLLABLES for other in SYLLABLES for last in ("s", "ta", "")]


def prose(seed: int, *, words: int = 24) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(words))


def pairs(texts: Sequence[str]) -> set[tuple[int, ...]]:
    encoded = [text.encode() for text in texts]

    def read(places: Sequence[int]) -> Iterable[bytes]:
        return [encoded[place] for place in places]

    found = near_texts(sketch_texts(encoded), np.arange(len(texts)), read)
    return {tuple(pair) for pair in found.pairs.tolist()}


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text.replace(" ", ", ") + "!",
        lambda text: f"  {text} ".replace(" ", " \n\t"),
        lambda text: text.replace("r", "ｒ"),  # of full width
        lambda text: " ".join(["another", *text.split()[1:]]),
        lambda text: " ".join([*text.split()[:10], "changed", *text.split()[11:]]),
        lambda text: " ".join(text.split()[:-1]),
    ],
    ids=["case", "punctuation", "spaces", "width", "first word", "a word", "last word gone"],
)
def test_changed_copy_is_found_and_nothing_else(change: object) -> None:
    texts = [prose(seed) for seed in range(300)]

    found = pairs([*texts, *(change(text) for text in texts[:20])])  # type: ignore[operator]

    assert found == {(i, 300 + i) for i in range(20)}


@pytest.mark.parametrize(
    "script", ["猫が屋根の上で眠っている", "Кошка спит на крыше", "القطة تنام على السطح", "😀 👍🏽 ok"]
)
def test_texts_of_any_script_are_compared(script: str) -> None:
    other = script[::-1]

    assert pairs([script, f"«{script}»!", other]) == {(0, 1)}


def test_in_a_short_text_a_word_makes_the_difference() -> None:
    assert pairs(["play jazz in the kitchen", "play blues in the kitchen", "Play jazz in the kitchen."]) == {
        (0, 2)
    }


def test_texts_without_letters_are_not_compared() -> None:
    assert plain(b":-)") == plain(b"?!") == b""
    assert pairs([":-)", ":-(", "?!"]) == set()
    assert plain("Ünïcode — №5".encode()) == "ünïcode no5".encode()


def test_many_copies_of_one_text_become_one_family() -> None:
    base = prose(1, words=60)
    texts = [f"{base} {i}" for i in range(200)]

    found = pairs(texts)

    reached, edge = {0}, {0}
    while edge:
        edge = {b for a, b in found if a in edge} | {a for a, b in found if b in edge}
        edge -= reached
        reached |= edge
    assert reached == set(range(200))


def test_long_texts_are_compared_by_their_beginnings() -> None:
    long = " ".join(prose(seed) for seed in range(3000))

    assert pairs([long, long + " and a little more", prose(1)]) == {(0, 1)}
    assert pairs([prose(3)]) == set()
