"""The baseline from scratch: the winner's architecture trained from random weights, as long as it."""

from dataclasses import asdict
from pathlib import Path

from automl_tl.domain.measurement import Measurement
from automl_tl.domain.trial import Configuration, Report, Trial
from automl_tl.domain.work import Contender, Evaluate
from automl_tl.errors import TrialFailed
from automl_tl.job.desk import Desk
from automl_tl.job.scoring import facts_of
from automl_tl.job.study import begun_seconds
from automl_tl.search.shares import SCRATCH_SHARE, fixed_seconds

_LEARNING_RATE = 1e-3


def scratch_contender(desk: Desk, *, manifest: Path, winner: Trial) -> Contender | None:
    """The trained baseline, trained now unless it was before; None where it could not be trained.

    Each winner has its own: another finalist may take its place.
    """
    rows = {m.key: m.value for m in desk.store.measurements(desk.job.id) if m.kind == "scratch"}
    key = str(winner.number)
    if key not in rows:
        desk.store.measure(desk.lease, _train(desk, manifest=manifest, winner=winner))
        return scratch_contender(desk, manifest=manifest, winner=winner)
    checkpoint = rows[key].get("checkpoint")
    if checkpoint is None:
        return None
    if not Path(str(checkpoint)).is_dir():  # a search that was taken up again swept it away
        _train(desk, manifest=manifest, winner=winner)
    return Contender(
        name="scratch",
        candidate=desk.space.candidate(winner.configuration.candidate),
        configuration=_configuration(winner),
        checkpoint=str(checkpoint),
        artifact=str(desk.folder / "artifacts" / f"scratch-{winner.number}"),
    )


def _train(desk: Desk, *, manifest: Path, winner: Trial) -> Measurement:
    work = Evaluate(
        trial=winner.number,
        seed=winner.seed,
        candidate=desk.space.candidate(winner.configuration.candidate),
        configuration=_configuration(winner),
        manifest=str(manifest),
        metric=desk.job.request.metric,
        until_epoch=winner.epoch,
        cycles=(winner.epoch,),
        into=str(desk.folder / "checkpoints" / f"scratch-{winner.number}"),
        deadline_seconds=_seconds(desk),
        progress=str(desk.folder / "progress" / f"scratch-{winner.number}"),
        kernels=facts_of(desk)[winner.configuration.candidate].kernels,
    )
    try:
        report = desk.carry_out(work)
    except TrialFailed as failure:
        return Measurement(kind="scratch", key=str(winner.number), value={"failure": str(failure)})
    assert isinstance(report, Report)
    return Measurement(kind="scratch", key=str(winner.number), value=asdict(report))


def _seconds(desk: Desk) -> float | None:
    budget, left = desk.job.request.budget.seconds, desk.seconds_left()
    if budget is None or left is None:
        return None
    rest = fixed_seconds(budget, begun=begun_seconds(desk) or 0.0) + desk.baseline_seconds
    return max(1.0, min(SCRATCH_SHARE * budget, left - rest))


def _configuration(winner: Trial) -> Configuration:
    return Configuration(
        candidate=winner.configuration.candidate,
        freeze_depth=0,
        learning_rate=_LEARNING_RATE,
        head_learning_rate=_LEARNING_RATE,
        weight_decay=winner.configuration.weight_decay,
        augmentation=winner.configuration.augmentation,
        pretrained=False,
    )
