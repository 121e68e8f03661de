"""Finds a model card that was written: by job, or by a name's version or alias."""

from enum import StrEnum
from pathlib import Path

from automl_tl.domain.promotion import Decided, succession
from automl_tl.errors import NotFound
from automl_tl.settings import Home
from automl_tl.store.base import Store


class CardKind(StrEnum):
    """How a card is told; the value is its file's suffix."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


def card_file(folder: Path, kind: CardKind) -> Path:
    """Where the card of a job's folder lies."""
    return folder / f"card.{kind}"


def job_card(store: Store, home: Home, job: str, kind: CardKind) -> str:
    """The card of a job; raises NotFound for an unknown job, and for one without a card."""
    found = store.job(job)
    try:
        return card_file(home.job(found.id), kind).read_text(encoding="utf-8")
    except FileNotFoundError:
        if store.decision(found.id) is None:
            raise NotFound(
                f"job {found.id} has no model card: it is {found.state}, and a card comes with a decision"
            ) from None
        raise NotFound(f"job {found.id} has no model card in its folder: it was deleted") from None


def model_card(store: Store, home: Home, *, tenant: str, name: str, kind: CardKind) -> str:
    """The card of ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``; raises NotFound.

    Without a version it is the champion's, and where there is none that of the newest decision.
    """
    line, _, which = name.partition("@")
    return job_card(store, home, _decided(store, tenant=tenant, name=line, which=which).job, kind)


def _decided(store: Store, *, tenant: str, name: str, which: str) -> Decided:
    champion = store.model(tenant=tenant, name=name).champion
    decisions = store.versions(tenant=tenant, name=name)
    if not which:
        found = champion or next(iter(decisions), None)
    elif which.isdecimal():
        found = next((decided for decided in decisions if decided.version == int(which)), None)
    else:
        stands = succession(store.promotions(tenant=tenant, name=name), versions=decisions)
        newest = next((decided.id for decided in decisions if decided.version is not None), None)
        aliases = {"champion": stands.champion, "previous": stands.previous, "challenger": newest}
        found = next((decided for decided in decisions if decided.id == aliases.get(which)), None)
    if found is None:
        raise NotFound(
            f"{name} has no {f'version {which}' if which.isdecimal() else which or 'decision yet'}"
        )
    return found
