"""Every decision leaves a card, which forgets a sample when it is asked to."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_account import account
from numbers_desk import NAME, NumbersDesk

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.card.compose import card_of
from automl_tl.card.values import Card
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.promotion import PromotionKind
from automl_tl.domain.work import Prove, Proven, Result, Work
from automl_tl.errors import NotFound
from automl_tl.job.card_shelf import CardKind, card_file, job_card, model_card
from automl_tl.job.cards import SHOWN, forget, keep_card, papers, write_card
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.rows import load


class WorseThanMajority(NumbersWorker):
    """The majority reads the sealed test as well as the challenger."""

    def perform(self, work: Work) -> Result:
        result = super().perform(work)
        if isinstance(result, Proven) and isinstance(work, Prove):
            challenger = next((r for r in result.readings if r.name == "challenger"), None)
            if challenger is not None:
                same = (replace(r, predictions=challenger.predictions) for r in result.readings)
                return Proven(readings=tuple(same))
        return result


def shelf(store: Store, settings: Settings, name: str) -> str:
    home = settings.folders
    return model_card(store, home, tenant=DEFAULT_TENANT, name=name, kind=CardKind.MARKDOWN)


def test_a_card_is_written_in_three_forms(store: Store, settings: Settings) -> None:
    desk = NumbersDesk(store=store, settings=settings)
    decided = desk.decided()

    card = write_card(store, settings, decided)

    folder = desk.desk.folder
    assert (folder / "card.md").read_text().startswith("# numbers: promoted\n")
    assert (folder / "card.html").read_text().startswith("<!doctype html>")
    assert load(Card, (folder / "card.json").read_text()) == card
    assert card.judged is not None and card.judged.samples == 100
    assert card.mistakes is not None and card.mistakes.samples == 100
    assert list(card.cost.phases) == []  # the desk enters none
    assert json.loads((folder / SHOWN).read_text())["samples"] == [m.sha256 for m in card.mistakes.shown]


def test_a_card_is_silent_on_candidates_for_other_data(store: Store, settings: Settings) -> None:
    space = f'{SPACE}\n[[candidate]]\nsource = "timm:gamma"\nmodality = "text"\n'
    decided = NumbersDesk(store=store, settings=settings, space=space).decided()

    card = write_card(store, settings, decided)

    assert {line.id for line in card.candidates} == {"alpha", "beta"}


def test_a_refused_model_has_a_card_that_says_why(store: Store, settings: Settings) -> None:
    decided = NumbersDesk(store=store, settings=settings, worker=WorseThanMajority()).decided()
    assert decided.decision.outcome is Outcome.REFUSE

    write_card(store, settings, decided)

    told = shelf(store, settings, NAME)
    assert told.startswith("# numbers: refused\n") and decided.decision.reason[1:60] in told
    assert "do not serve it" in told and told.endswith(
        "It is not in the registry, for the gate refused it.\n"
    )


def test_a_card_is_found_by_version_and_alias(store: Store, settings: Settings) -> None:
    first = NumbersDesk(store=store, settings=settings).decided()
    store.register(first.id, version=1)
    second = NumbersDesk(store=store, settings=settings).decided()
    store.register(second.id, version=2)
    for decided in (first, second):
        write_card(store, settings, store.decided(decided.id))
    store.promote(
        tenant=DEFAULT_TENANT, name=NAME, decision=second.id, kind=PromotionKind.FORCED, reason="because"
    )

    def shown(which: str) -> str:
        return shelf(store, settings, f"{NAME}{which}").splitlines()[0].rpartition(", ")[2]

    assert [shown(which) for which in ("", "@champion", "@2", "@challenger")] == ["version 2"] * 4
    assert [shown(which) for which in ("@1", "@previous")] == ["version 1"] * 2
    with pytest.raises(NotFound, match="numbers has no version 7"):
        shown("@7")
    with pytest.raises(NotFound, match="numbers has no best"):
        shown("@best")


def test_a_job_without_a_decision_says_that_there_is_no_card_yet(store: Store, settings: Settings) -> None:
    desk = NumbersDesk(store=store, settings=settings)

    with pytest.raises(NotFound, match="it is running, and a card comes with a decision"):
        job_card(store, settings.folders, desk.desk.job.id, CardKind.HTML)


def test_a_card_that_cannot_be_made_stops_nothing(store: Store, settings: Settings) -> None:
    desk = NumbersDesk(store=store, settings=settings)
    decided = desk.decided()
    shutil.rmtree(desk.desk.folder)
    desk.desk.folder.write_text("in the way")

    assert keep_card(store, settings, decided) is None
    assert papers(store, settings, decided) is None


def test_what_goes_into_the_registry_names_no_sample(store: Store, settings: Settings) -> None:
    decided = NumbersDesk(store=store, settings=settings).decided()
    card = write_card(store, settings, decided)
    assert card.mistakes is not None and card.mistakes.shown

    going = papers(store, settings, decided)

    assert going is not None and set(going.files) == {"card.md", "card.html"}
    for text in (going.summary, *going.files.values()):
        assert not any(m.path in text or m.sha256 in text for m in card.mistakes.shown)
    assert going.summary.startswith("# numbers: promoted")


def test_a_forgotten_sample_leaves_every_form_of_the_card(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    desk = NumbersDesk(store=store, settings=settings)
    card = write_card(store, settings, desk.decided())
    assert card.mistakes is not None
    gone, kept = card.mistakes.shown[0], card.mistakes.shown[1]

    assert forget(desk.desk.folder, [gone.sha256])

    for kind in CardKind:
        text = card_file(desk.desk.folder, kind).read_text()
        assert gone.path not in text and kept.path in text
    assert gone.sha256 not in (desk.desk.folder / SHOWN).read_text()
    assert not forget(desk.desk.folder, [gone.sha256])
    assert not forget(tmp_path / "without", [kept.sha256])


def test_phases_are_timed_by_their_events(store: Store, settings: Settings) -> None:
    from automl_tl.domain.job import Phase
    from automl_tl.job.phases import phase_seconds

    desk = NumbersDesk(store=store, settings=settings)
    store.enter(desk.lease, Phase.CHECK)
    store.enter(desk.lease, Phase.SCORE)
    store.requeue(desk.lease, spent_seconds=1.0, reason="stopping")
    events = {str(e.data.get("phase")) or str(e.kind): e.time for e in store.events(job=desk.desk.job.id)}

    found = phase_seconds(store, desk.desk.job.id)

    assert found["check"] == pytest.approx(events["score"] - events["check"])
    assert set(found) == {"check", "score"} and found["score"] >= 0


def test_pictures_survive_the_way_through_json(tmp_path: Path) -> None:
    card = card_of(account(tmp_path, wrong={0: 1}), show=lambda s: "data:image/png;base64,AA==")

    from automl_tl.store.rows import dump_strict

    assert load(Card, dump_strict(card)) == card
