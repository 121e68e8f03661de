"""The prove phase: retest picks one challenger, the sealed test is read once, the gate decides."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from automl_tl.daemon.desk import Desk
from automl_tl.daemon.retention import finalists
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.gate import Opening, Proof, decide, granted, held_back
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.promotion import Decided, ModelLine
from automl_tl.domain.trial import Configuration, Report, Trial
from automl_tl.domain.work import Contender, Evaluate, Prove, Proven, Reading
from automl_tl.errors import Conflict, NotFound, TrialFailed
from automl_tl.proof.reading import proof_of

_log = logging.getLogger(__name__)
_SCRATCH_SHARE = 0.2  # of the time budget: what the from-scratch baseline may cost at most
_SCRATCH_LEARNING_RATE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """The one finalist for the gate, with its retest reading."""

    trial: Trial
    retest: Reading


class Proving:
    """One job's way from finalists to a decision."""

    def __init__(
        self, desk: Desk, *, manifest: Manifest, path: Path, facts: dict[str, CandidateFacts]
    ) -> None:
        self._desk = desk
        self._manifest = manifest
        self._path = path
        self._facts = facts

    def run(self, trials: tuple[Trial, ...]) -> Decided:
        """The job's decision; a job that decided before it was interrupted keeps that decision."""
        decided = self._desk.store.decision(self._desk.job.id)
        while decided is None:
            challenge = self.challenge(trials)
            scratch = self._scratch(challenge.trial)
            try:
                decided = self._decide(challenge, scratch)
            except Conflict:  # another job's challenger became champion in between
                _log.info("proved again", extra={"job": self._desk.job.id})
        return decided

    def challenge(self, trials: tuple[Trial, ...]) -> Challenge:
        """Retest the finalists; the best value wins, a tie goes to the one that is quicker to serve."""
        by_number = {str(trial.number): trial for trial in finalists(trials)}
        known = self._readings("retest")
        if not known:
            contenders = tuple(self._packed(trial) for trial in by_number.values())
            self._keep("retest", self._prove(Split.RETEST, contenders))
            known = self._readings("retest")
        best = max(known.values(), key=lambda r: (r.value, -r.seconds, -int(r.name)))
        trial = by_number.get(best.name) or next(t for t in trials if str(t.number) == best.name)
        return Challenge(trial=trial, retest=best)

    def _packed(self, trial: Trial) -> Contender:
        assert trial.report is not None
        return Contender(
            name=str(trial.number),
            candidate=self._desk.space.candidate(trial.configuration.candidate),
            configuration=trial.configuration,
            checkpoint=str(self._desk.folder / trial.report.checkpoint),
            artifact=str(self._desk.folder / "artifacts" / str(trial.number)),
        )

    def _scratch(self, winner: Trial) -> Contender | None:
        """Train the winner's architecture from random weights for the winner's epochs."""
        rows = {
            m.key: m.value for m in self._desk.store.measurements(self._desk.job.id) if m.kind == "scratch"
        }
        if "checkpoint" not in rows:
            self._desk.store.measure(self._desk.lease, self._train_scratch(winner))
            return self._scratch(winner)
        checkpoint = rows["checkpoint"].get("checkpoint")
        if checkpoint is None:
            return None
        return Contender(
            name="scratch",
            candidate=self._desk.space.candidate(winner.configuration.candidate),
            configuration=self._scratch_configuration(winner),
            checkpoint=str(checkpoint),
            artifact=str(self._desk.folder / "artifacts" / "scratch"),
        )

    def _train_scratch(self, winner: Trial) -> Measurement:
        budget = self._desk.job.request.budget.seconds
        work = Evaluate(
            trial=winner.number,
            seed=winner.seed,
            candidate=self._desk.space.candidate(winner.configuration.candidate),
            configuration=self._scratch_configuration(winner),
            manifest=str(self._path),
            metric=self._desk.job.request.metric,
            until_epoch=winner.epoch,
            cycles=(winner.epoch,),
            into=str(self._desk.folder / "checkpoints" / "scratch"),
            deadline_seconds=None if budget is None else self._scratch_seconds(budget),
            progress=str(self._desk.folder / "progress" / "scratch"),
        )
        try:
            report = self._desk.carry_out(work)
        except TrialFailed as failure:
            return Measurement(kind="scratch", key="checkpoint", value={"failure": str(failure)})
        assert isinstance(report, Report)
        return Measurement(kind="scratch", key="checkpoint", value=asdict(report))

    def _scratch_seconds(self, budget: float) -> float:
        left = self._desk.seconds_left()
        assert left is not None
        return max(1.0, min(_SCRATCH_SHARE * budget, 0.8 * left))

    def _scratch_configuration(self, winner: Trial) -> Configuration:
        return Configuration(
            candidate=winner.configuration.candidate,
            freeze_depth=0,
            learning_rate=_SCRATCH_LEARNING_RATE,
            head_learning_rate=_SCRATCH_LEARNING_RATE,
            weight_decay=winner.configuration.weight_decay,
            augmentation=winner.configuration.augmentation,
            pretrained=False,
        )

    def _decide(self, challenge: Challenge, scratch: Contender | None) -> Decided:
        desk, name = self._desk, self._desk.job.request.name
        line = self._line()
        champion = None if line is None else line.champion
        opening = desk.store.open_test(
            desk.lease,
            tenant=desk.job.tenant,
            name=name,
            fingerprint=self._manifest.fingerprint,
            samples=[self._manifest.samples[i].sha256 for i in self._manifest.indices(Split.TEST)],
        )
        proof = self._read_test(challenge, scratch, champion, opening=opening)
        decision = decide(proof, desk.space.gate)
        if line is not None and line.held is not None:
            decision = held_back(decision, line.held)
        retest = challenge.retest
        assert retest.artifact is not None and retest.digest is not None
        return desk.store.decide(
            desk.lease,
            decision=decision,
            proof=proof,
            artifact=retest.artifact,
            digest=retest.digest,
            lineage=self._lineage(challenge),
            against=None if champion is None else champion.id,
        )

    def _line(self) -> ModelLine | None:
        try:
            return self._desk.store.model(tenant=self._desk.job.tenant, name=self._desk.job.request.name)
        except NotFound:
            return None

    def _read_test(
        self, challenge: Challenge, scratch: Contender | None, champion: Decided | None, *, opening: Opening
    ) -> Proof:
        against = champion.id if champion is not None else "none"
        key = f"test-{against}"
        known = self._readings(key)
        if not known:
            contenders = [Contender(name="challenger", artifact=challenge.retest.artifact)]
            if champion is not None:
                contenders.append(Contender(name="champion", artifact=champion.artifact))
            contenders += [Contender(name="majority"), Contender(name="cheap")]
            contenders += [scratch] if scratch is not None else []
            self._keep(key, self._prove(Split.TEST, tuple(contenders)))
            known = self._readings(key)
        return proof_of(
            tuple(known.values()),
            metric=self._desk.job.request.metric,
            opening=opening,
            alpha=granted(self._desk.space.gate.alpha, reading=opening.reading),
            seed=self._desk.job.request.seed,
            champion_version=None if champion is None else champion.version,
        )

    def _prove(self, split: Split, contenders: tuple[Contender, ...]) -> tuple[Reading, ...]:
        proven = self._desk.carry_out(
            Prove(
                split=split,
                manifest=str(self._path),
                metric=self._desk.job.request.metric,
                contenders=contenders,
                into=str(self._desk.folder / "predictions" / split),
                seed=self._desk.job.request.seed,
            )
        )
        assert isinstance(proven, Proven)
        return proven.readings

    def _keep(self, kind: str, readings: tuple[Reading, ...]) -> None:
        value: dict[str, object] = {"readings": [asdict(reading) for reading in readings]}
        self._desk.store.measure(self._desk.lease, Measurement(kind=kind, key="readings", value=value))

    def _readings(self, kind: str) -> dict[str, Reading]:
        return readings_of(self._desk.store.measurements(self._desk.job.id), kind)

    def _lineage(self, challenge: Challenge) -> dict[str, object]:
        facts = self._facts[challenge.trial.configuration.candidate]
        request = self._desk.job.request
        return {
            "manifest": self._manifest.fingerprint,
            "dataset": request.dataset.path,
            "trial": challenge.trial.number,
            "candidate": challenge.trial.configuration.candidate,
            "freeze_depth": challenge.trial.configuration.freeze_depth,
            "seed": challenge.trial.seed,
            "configuration": asdict(challenge.trial.configuration),
            "epochs": challenge.trial.epoch,
            "validation": challenge.trial.report.value if challenge.trial.report else None,
            "retest": challenge.retest.value,
            "temperature": challenge.retest.temperature,
            "weights_sha256": facts.weights_sha256,
            "revision": facts.revision,
            "licence": facts.licence,
            "classes": list(self._manifest.classes),
        }


def readings_of(measurements: Sequence[Measurement], kind: str) -> dict[str, Reading]:
    """The readings of one split that were kept, by name; empty before they were taken."""
    kept = next((m.value["readings"] for m in measurements if m.kind == kind), [])
    assert isinstance(kept, list)
    return {row["name"]: Reading(**row) for row in kept}
