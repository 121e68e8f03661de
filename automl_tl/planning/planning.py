"""What a job would do and cost, told from what is known; nothing is queued, trained, fetched or written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automl_tl.data.counting import count_samples, seen_modality, split_counts
from automl_tl.data.manifest import read_manifest
from automl_tl.domain.dataset import Manifest, Modality, Split
from automl_tl.domain.job import JobRequest
from automl_tl.domain.plan import Basis, Plan, PlannedCandidate
from automl_tl.domain.space import Space
from automl_tl.errors import DatasetRefused
from automl_tl.job.own_champions import of_tenant
from automl_tl.planning.forecast import Forecast, forecast
from automl_tl.planning.known import Known, ReadSpace, known_of
from automl_tl.planning.planned_candidates import Sketch, planned, sketched
from automl_tl.search.base import Context, Strategy
from automl_tl.search.pace import Pace, pace
from automl_tl.search.shares import SCRATCH_SHARE, baseline_seconds, fixed_seconds
from automl_tl.settings import Settings
from automl_tl.store.base import Store

BEGIN_SECONDS = 20.0  # starting workers and reading the data, where no job has run here
_FINALISTS, _WAITING = 3, 24
_STATES = 4  # a checkpoint holds weights, their average, and AdamW's two moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """The parts that a plan is made with; ``store`` None: there is none yet, so nothing is known.

    ``strategy`` is the one that the job's search would have, ``slots`` its workers.
    """

    store: Store | None
    settings: Settings
    read_space: ReadSpace
    strategy: Strategy
    slots: int

    def plan(self, request: JobRequest, *, tenant: str) -> Plan:
        """The plan of a request; raises DatasetRefused for a dataset without any sample."""
        modality = seen_modality(Path(request.dataset.path), columns=request.dataset.columns)
        space = of_tenant(self.read_space(request.space, Path(request.space_root)), tenant)
        space = space.reading(modality) if modality else space
        known = self._known(request, space, tenant=tenant)
        latest = _latest(known)
        counts = _counts(request, latest)
        sketch = sketched(space, known, limits=request.limits, licences=self.settings.licences)
        speed = pace(known.trials, sketch.facts, counts=counts).having_paid(frozenset())
        past = () if self.store is None else self.store.past_results(tenant=self._past_tenant(tenant))
        candidates = planned(request, space, sketch, speed, past=past)
        searched = {c.candidate: sketch.facts[c.candidate] for c in candidates if _is_known(c, sketch)}
        begin = BEGIN_SECONDS if known.begin_seconds is None else known.begin_seconds
        context = Context(
            space=space,
            facts=searched,
            trials=(),
            seconds=begin,
            budget=request.budget,
            seed=request.seed,
            slots=self.slots,
            counts=counts,
            begun=begin,
            baseline_seconds=_baseline_seconds(modality, counts, latest),
        )
        can_tell = bool(searched) and all(_is_known(c, sketch) for c in candidates if c.is_searched)
        found = forecast(self.strategy, context, speed) if can_tell else None
        seconds = _seconds(context, found, speed, known=known)
        return Plan(
            name=request.name,
            dataset=request.dataset.path,
            samples=sum(counts.values()),
            candidates=candidates,
            seconds=seconds,
            trials=None if found is None else found.trials,
            epochs=None if found is None else found.epochs,
            disk_bytes=self._disk(candidates, sketch, counts),
            download_bytes=_download_bytes(candidates),
            notes=_notes(request, known, candidates, seconds),
        )

    def _known(self, request: JobRequest, space: Space, *, tenant: str) -> Known:
        if self.store is None:
            return Known()
        name = request.dataset_name or request.name
        return known_of(self.store, space, tenant=tenant, dataset_name=name, read_space=self.read_space)

    def _past_tenant(self, tenant: str) -> str | None:
        return None if self.settings.shared_prior else tenant

    def _disk(
        self, candidates: tuple[PlannedCandidate, ...], sketch: Sketch, counts: Mapping[Split, int]
    ) -> dict[str, int]:
        """What it may take at most, by use; boundaries' activations are bounded by the setting alone."""
        facts = [sketch.facts[c.candidate] for c in candidates if _is_known(c, sketch)]
        largest = max((found.size_bytes for found in facts), default=0)
        sizes = {found.prepared_bytes for found in facts}
        return {
            "pictures": sum(counts.values()) * sum(sizes),
            "activations": self.settings.activation_bytes,
            "checkpoints": (_WAITING + self.slots) * _STATES * largest,
            "artifacts": (_FINALISTS + 1) * largest,
        }


def _is_known(candidate: PlannedCandidate, sketch: Sketch) -> bool:
    return candidate.is_searched and candidate.candidate in sketch.facts


def _latest(known: Known) -> Manifest | None:
    is_there = known.manifest is not None and Path(known.manifest).is_file()
    return read_manifest(Path(known.manifest)) if is_there and known.manifest else None


def _baseline_seconds(
    modality: Modality | None, counts: Mapping[Split, int], latest: Manifest | None
) -> float:
    """How many classes there are is known of a dataset-name that had a job."""
    if modality is None or latest is None:
        return 0.0
    return baseline_seconds(modality, samples=counts.get(Split.TRAIN, 0), classes=len(latest.classes))


def _counts(request: JobRequest, latest: Manifest | None) -> dict[Split, int]:
    samples = count_samples(Path(request.dataset.path), columns=request.dataset.columns)
    if not samples:
        raise DatasetRefused(
            f"{request.dataset.path} holds no sample, but class folders of them or a table are expected"
        )
    return split_counts(samples, like=None if latest is None else latest.counts())


def _seconds(
    context: Context, found: Forecast | None, speed: Pace, *, known: Known
) -> dict[str, float | None]:
    """By part; a time budget bounds the total."""
    budget = context.budget.seconds
    prove = known.prove_seconds if found is not None else None
    if found is not None and (prove is None or budget is not None):
        epoch = max(speed.epoch((id, 0)) for id in context.facts)
        scratch = context.space.max_epochs * epoch
        fixed = fixed_seconds(budget if budget is not None else 60.0, begun=context.begun)
        prove = fixed + (scratch if budget is None else min(SCRATCH_SHARE * budget, scratch))
    if found is None:
        return {"begin": context.begun, "search": None, "prove": None, "total": budget}
    assert prove is not None
    total = context.begun + found.seconds + prove
    return {
        "begin": context.begun,
        "search": found.seconds,
        "prove": prove,
        "total": total if budget is None else min(total, budget),
    }


def _download_bytes(candidates: tuple[PlannedCandidate, ...]) -> int | None:
    """None where the size of something that would be fetched is not known."""
    sizes = [candidate.size_bytes for candidate in candidates if candidate.download is not None]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _notes(
    request: JobRequest,
    known: Known,
    candidates: tuple[PlannedCandidate, ...],
    seconds: Mapping[str, float | None],
) -> tuple[str, ...]:
    notes = []
    unknown = sum(c.basis is Basis.NOTHING for c in candidates if c.is_searched)
    guessed = sum(c.basis is Basis.PUBLISHED for c in candidates if c.is_searched)
    if unknown:
        notes.append(
            f"{unknown} of the candidates were not measured on this machine yet: the job opens and measures"
            " them first, and what it would try of them cannot be told before"
        )
    if guessed:
        notes.append(
            f"{guessed} of the candidates go by published multiply-adds; after a first job on this machine"
            " their time is told from measurements"
        )
    unstated = sum(c.licence is None and c.download is not None for c in candidates if c.is_searched)
    if unstated:
        notes.append(
            f"the licences of {unstated} of the candidates are not known here: each is read, and held against"
            " what is allowed, before its weights are fetched"
        )
    if known.begin_seconds is None:
        notes.append(
            f"that it begins to search after {BEGIN_SECONDS:.0f} s is a guess: no job here has told yet"
        )
    if seconds["total"] is not None and request.budget.seconds is not None:
        notes.append("a job may end before its time budget: where three trials make no mistake on validation")
    return tuple(notes)
