"""A card in Markdown and in HTML says the same, and nobody's words become markup."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from drawn_account import HOSTILE, account

from automl_tl.card.compose import card_of
from automl_tl.card.html import as_html
from automl_tl.card.markdown import as_markdown, summary
from automl_tl.card.values import Card
from automl_tl.domain.floors import Figures, Part
from automl_tl.domain.gate import Common, Gain, Interval, Outcome


def card(folder: Path, *, classes: tuple[str, ...] = ("cat", "dog", "owl")) -> Card:
    return card_of(
        account(folder, classes=classes, wrong={0: 1, 11: 0}, temperature=1.31), show=lambda s: None
    )


class Balance(HTMLParser):
    """Counts elements, and those that were not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.astray: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.astray.append(tag)


def test_people_read_decision_test_classes_trials_cost_and_how_to_load_it(tmp_path: Path) -> None:
    text = as_markdown(card(tmp_path))

    assert text.startswith("# digits: promoted, version 1\n\nAccuracy 0.986; there was no champion.\n")
    assert "| **this model** | 0.8333 | 0.8133 to 0.8433 |" in text
    assert "| majority class (always the same) | 0.1000 |  | +0.7333 | +0.5500 to +0.9000 |" in text
    assert "| 1 | **0** | plain | 2 of 4 | 0.001 | 0.01 | 9 |  | 0.9800 | 0.9790 | default |" in text
    assert "| **cat** | 3 | 1 | · |" in text
    assert "| retest/000-0.png | cat | dog | 90 % | 5 % |" in text
    assert "| huge | left out | 9000000 parameters, but at most 1000000 are allowed |" in text
    assert "- failed 1×: the loss was nan" in text
    assert "| search | 50 s |" in text
    assert 'mlflow.pyfunc.load_model("models:/digits@champion")' in text


def test_the_page_says_the_same(tmp_path: Path) -> None:
    page = as_html(card(tmp_path))
    seen = re.sub(r"<[^>]+>", " ", page)

    for said in (
        "0.8333",
        "+0.7333",
        "at most 1000000 are allowed",
        "the loss was nan",
        "models:/digits@champion",
    ):
        assert said in seen, said
    assert "retest/000-0.png" in seen and "12 of retest were called wrong" in seen


@pytest.mark.parametrize("render", [as_markdown, as_html])
def test_no_sample_of_the_sealed_test_is_named(tmp_path: Path, render: Callable[[Card], str]) -> None:
    text = render(card(tmp_path))

    assert "retest/000-0.png" in text and "test/000" not in text.replace("retest/", "")


def test_nobodys_words_become_markup(tmp_path: Path) -> None:
    hostile = card(tmp_path, classes=HOSTILE)

    page, text = as_html(hostile), as_markdown(hostile)

    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "<script" not in text and "cat\\|dog" in text and "](http" not in text.replace("\\](http", "")
    rows = [line for line in text.splitlines() if line.startswith("| **") and "cat" in line]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows if "script" not in row[:12]), rows


def test_the_page_is_whole_and_needs_nothing_beside_itself(tmp_path: Path) -> None:
    page = as_html(card(tmp_path))
    found = Balance(page)

    assert found.astray == [] and found.open == []
    assert "script" not in found.tags and "link" not in found.tags
    assert not re.search(r"(?:src|href)=\"(?!data:)", page) and "url(" not in page and "@import" not in page
    assert page.count('role="img"') == page.count("<svg") - page.count('aria-hidden="true"')


def test_many_classes_are_told_by_the_pairs_most_confused(tmp_path: Path) -> None:
    classes = tuple(f"intent {number:02}" for number in range(77))
    many = card_of(account(tmp_path, classes=classes, each=2, wrong={0: 5, 1: 5, 9: 0}), show=lambda s: None)

    page, text = as_html(many), as_markdown(many)

    assert "| intent 00 | intent 05 | 2 |" in text and "| intent 04 | intent 00 | 1 |" in text
    assert "47 more classes in `card.json`" in text
    assert "intent 00 → intent 05" in page and "2 of 2" in page
    assert "Confusion of 77 classes: 3 of 154 samples off the diagonal." in page
    assert page.count("<rect") < 300


def test_negative_transfer_and_no_benefit_are_two_facts(tmp_path: Path) -> None:
    told = card(tmp_path)
    gains = (
        *told.proof.gains,
        Gain(over="scratch", mean=-0.02, interval=Interval(low=-0.03, high=-0.01)),
        Gain(over="cheap", mean=0.01, interval=Interval(low=-0.01, high=0.03)),
    )
    values = {**told.proof.values, "scratch": 0.99, "cheap": 0.95}
    told = replace(told, proof=replace(told.proof, gains=gains, values=values))

    text = as_markdown(told)

    assert (
        "- **Negative transfer**: the same architecture from scratch is provenly better (gain −0.0200" in text
    )
    assert "- **A benefit is not proven**: the strongest cheap classifier ties (gain +0.0100" in text
    assert "Negative transfer" in as_html(told)


def test_transfer_that_was_not_measured_is_said_so(tmp_path: Path) -> None:
    assert "**Transfer was not measured**: the same architecture from scratch was not" in as_markdown(
        card(tmp_path)
    )


def test_calibration_is_told_before_and_after_the_temperature(tmp_path: Path) -> None:
    told = card(tmp_path)
    told = replace(told, proof=replace(told.proof, calibration=0.012, uncalibrated=0.034))

    said = "Expected calibration error 0.012, with the temperature 1.31 that retest asked for; 0.034 without."

    assert said in as_markdown(told) and said in as_html(told)


def test_a_card_with_little_to_tell_still_reads_well(tmp_path: Path) -> None:
    bare = replace(card(tmp_path), judged=None, mistakes=None, curve=(), version=None, outcome=Outcome.REFUSE)

    page, text = as_html(bare), as_markdown(bare)

    assert text.startswith("# digits: refused\n") and "## Confusion" not in text
    assert Balance(page).astray == [] and "Example mistakes" not in page


def test_the_summary_is_the_head_of_the_whole(tmp_path: Path) -> None:
    assert as_markdown(card(tmp_path)).startswith(summary(card(tmp_path)))


def test_slices_groups_other_classes_flaws_and_the_way_from_train_are_told(tmp_path: Path) -> None:
    told = card(tmp_path)
    found = Figures(
        classes=(Part(name="cat", samples=4, units=4, value=0.75, loss=0.25),),
        slices=(
            Part(name="day", samples=8, units=8, value=0.9),
            Part(name="night|shift", samples=4, units=4, value=0.5, loss=-0.1),
        ),
        train=0.99,
        validation=0.95,
    )
    common = Common(classes=2, samples=8, new=("owl",), lost=("yak", "gnu"), challenger=0.9)
    told = replace(
        told,
        proof=replace(told.proof, figures=found, groups=5, common=common, flaws={"scratch": "broke down"}),
    )

    page, text = as_html(told), as_markdown(told)

    assert "| night\\|shift | 4 | 0.5000 | +0.1000 |\n| day | 8 | 0.9000 |  |" in text
    assert "| cat | 4 | 75 % | 30 % to 95 % | 75 % | −0.2500 |" in text
    for said in (
        "The samples came in 5 groups, and each group counts as one in the intervals.",
        "other classes (learnt anew: owl; gone from the data: yak, gnu), and was compared on the 8 samples",
        "Same network from scratch broke down.",
        "0.9900 on train, 0.9500 on validation, 0.9790 on retest, 0.8333 on the sealed test.",
    ):
        assert said in text and said in page, said
    assert "night|shift" in page and "−0.2500" in page
