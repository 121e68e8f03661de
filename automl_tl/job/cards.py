"""Model cards on disk: written with the decision, cleaned when a sample has to be forgotten."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from automl_tl.card.html import as_html
from automl_tl.card.markdown import as_markdown, summary
from automl_tl.card.values import Card
from automl_tl.data.disk import replaced
from automl_tl.domain.dataset import DataReport
from automl_tl.domain.promotion import Decided
from automl_tl.errors import StoreUnavailable
from automl_tl.job.card_account import gathered
from automl_tl.job.card_shelf import CardKind, card_file
from automl_tl.registry.base import Papers
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.rows import dump_strict, load

_log = logging.getLogger(__name__)
SHOWN = "card-samples.json"
"""Beside each card: the sha256 of every sample that it shows."""


def write_card(store: Store, settings: Settings, decided: Decided) -> Card:
    """Write ``card.md``, ``card.html``, ``card.json`` into the job's folder; a second time, again.

    Raises DiskFull.
    """
    card = gathered(store, settings, decided)
    _write(card, settings.folders.job(decided.job))
    return card


def keep_card(store: Store, settings: Settings, decided: Decided) -> Card | None:
    """The same, but for want of a card no job fails and no model stays out of the registry: None, and logged.

    Raises StoreUnavailable.
    """
    try:
        return write_card(store, settings, decided)
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001  # whatever it is, the decision stands and the job goes on
        _log.exception("card not written", extra={"job": decided.job})
        return None


def papers(store: Store, settings: Settings, decided: Decided) -> Papers | None:
    """What goes along with a version into the registry; None where no card can be made.

    The registry may be far away and others may read it: it gets no sample's picture, and no sample's name.
    """
    card = keep_card(store, settings, decided)
    if card is None:
        return None
    bare = replace(card, mistakes=None, data=replace(card.data, report=_without_files(card.data.report)))
    return Papers(summary=summary(bare), files={"card.md": as_markdown(bare), "card.html": as_html(bare)})


def forget(folder: Path, samples: Collection[str]) -> bool:
    """Take these samples (sha256) off the card of a job's folder; whether any was on it."""
    try:
        shown: list[str] = json.loads((folder / SHOWN).read_text())["samples"]
    except FileNotFoundError:
        return False
    if not set(shown) & set(samples):
        return False
    card = load(Card, card_file(folder, CardKind.JSON).read_text(encoding="utf-8"))
    assert card.mistakes is not None
    left = tuple(mistake for mistake in card.mistakes.shown if mistake.sha256 not in samples)
    _write(replace(card, mistakes=replace(card.mistakes, shown=left)), folder)
    return True


def _without_files(report: DataReport | None) -> DataReport | None:
    return None if report is None else replace(report, rejected=())


def _write(card: Card, folder: Path) -> None:
    shown = [] if card.mistakes is None else [mistake.sha256 for mistake in card.mistakes.shown]
    files: Mapping[str, str] = {
        # First: whatever a card shows is on this list, also when the writing was cut short.
        SHOWN: json.dumps({"samples": shown}),
        "card.json": dump_strict(card),
        "card.html": as_html(card),
        "card.md": as_markdown(card),
    }
    for name, text in files.items():
        with replaced(folder / name) as file:
            file.write(text.encode())
