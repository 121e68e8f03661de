"""Gathers what a decided job's card tells: rows of the store, and the files of its folder."""

from functools import partial
from pathlib import Path

from automl_tl.card.account import Account
from automl_tl.card.compose import card_of
from automl_tl.card.excerpt import excerpt
from automl_tl.card.thumbnail import LARGEST, thumbnail
from automl_tl.card.values import Card, Loading
from automl_tl.champions.loading import client_lines, http_lines, loading_lines, shell_lines
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import DataReport, Manifest, Modality
from automl_tl.domain.gate import Outcome
from automl_tl.domain.job import Job
from automl_tl.domain.promotion import Decided
from automl_tl.errors import AutomlError
from automl_tl.job.outcome import best_so_far
from automl_tl.job.own_champions import of_tenant
from automl_tl.job.phases import phase_seconds
from automl_tl.job.readings import readings_of
from automl_tl.job.scoring import facts_in
from automl_tl.registry.names import registered_name
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.base import Store


def gathered(store: Store, settings: Settings, decided: Decided) -> Card:
    """The card of a decision; what is not there any more, such as a prediction's file, is left out."""
    account = _account(store, settings, decided)
    manifest, facts = account.manifest, account.facts.get(account.winner.configuration.candidate)
    if manifest is None:
        return card_of(account, show=lambda sample: None)
    if manifest.modality is Modality.TEXT:
        return card_of(account, show=partial(excerpt, root=Path(manifest.root)))
    size = LARGEST if facts is None else facts.image_size or LARGEST
    return card_of(account, show=partial(thumbnail, root=Path(manifest.root), size=size))


def _account(store: Store, settings: Settings, decided: Decided) -> Account:
    job = store.job(decided.job)
    measurements = store.measurements(job.id)
    data = store.data_report(job.id)
    tests = [m.kind for m in measurements if m.kind.startswith("test-")]
    return Account(
        job=job,
        decided=decided,
        trials=store.trials(job.id),
        facts={m.key: facts_in(m.value) for m in measurements if m.kind == "facts"},
        candidates=_candidates(job, data),
        left_out={m.key: str(m.value["reason"]) for m in measurements if m.kind == "left-out"},
        seconds=_seconds(store, job),
        phases=phase_seconds(store, job.id),
        curve=best_so_far(store, job),
        data=data,
        manifest=_manifest(job),
        retest={n: r for n, r in readings_of(measurements, "retest").items() if r.predictions},
        test=readings_of(measurements, tests[-1]) if tests else {},
        loading=_loading(decided, settings, is_text=data is not None and data.modality is Modality.TEXT),
    )


def _loading(decided: Decided, settings: Settings, *, is_text: bool) -> Loading:
    """By the alias where the gate promoted it, else by its number; nothing for what was refused."""
    if decided.decision.outcome is Outcome.REFUSE:
        return Loading(python="", client="", shell="", http="")
    is_champion = decided.decision.outcome is Outcome.PROMOTE
    alias = "champion" if is_champion else str(decided.version or "VERSION")
    return Loading(
        python="\n".join(loading_lines(registered_name(decided.tenant, decided.name), settings, alias=alias)),
        client="\n".join(client_lines(decided.name, alias=alias, is_text=is_text)),
        shell="\n".join(shell_lines(decided.name, alias=alias, is_text=is_text)),
        http="\n".join(http_lines(decided.name, settings, alias=alias, is_text=is_text)),
    )


def _seconds(store: Store, job: Job) -> float:
    """Wall time spent on the job: the claims that ended, and the one that has not."""
    begun = None if job.state.is_final else job.claimed
    return job.spent_seconds + (0.0 if begun is None else store.now() - begun)


def _candidates(job: Job, data: DataReport | None) -> tuple[Candidate, ...]:
    try:
        space = read_space(job.request.space, root=Path(job.request.space_root))
        space = of_tenant(space, job.tenant)
        return (space.reading(data.modality) if data else space).candidates
    except AutomlError:  # an earlier release's space file
        return ()


def _manifest(job: Job) -> Manifest | None:
    try:
        return None if job.manifest is None else read_manifest(Path(job.manifest))
    except (OSError, AutomlError):
        return None
