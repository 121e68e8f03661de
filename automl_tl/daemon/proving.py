"""The prove phase: retest picks one challenger, the sealed test is read once, the gate decides."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from automl_tl.daemon.desk import Desk
from automl_tl.daemon.lineage import lineage_of
from automl_tl.daemon.retention import finalists
from automl_tl.daemon.scratch import scratch_contender
from automl_tl.daemon.turn import await_turn
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.gate import Opening, Proof
from automl_tl.domain.judgement import decide, held_back
from automl_tl.domain.measurement import Measurement
from automl_tl.domain.promotion import Decided, ModelLine
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Contender, Prove, Proven, Reading
from automl_tl.errors import Conflict, JobFailed, NotFound, OperatorError
from automl_tl.proof.choice import tied
from automl_tl.proof.reading import proof_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """The one finalist for the gate, with its retest reading."""

    trial: Trial
    retest: Reading


class Proving:
    """One job's way from finalists to a decision."""

    def __init__(
        self,
        desk: Desk,
        *,
        manifest: Manifest,
        path: Path,
        facts: dict[str, CandidateFacts],
        bring_back: Callable[[], object] = lambda: None,
    ) -> None:
        """``bring_back`` puts the champion's artifact back where it was let go."""
        self._bring_back = bring_back
        self._desk = desk
        self._manifest = manifest
        self._path = path
        self._facts = facts

    def run(self, trials: tuple[Trial, ...]) -> Decided:
        """The job's decision; a job that decided before it was interrupted keeps that decision."""
        decided = self._desk.store.decision(self._desk.job.id)
        while decided is None:
            challenge = self.challenge(trials)
            scratch = scratch_contender(self._desk, manifest=self._path, winner=challenge.trial)
            await_turn(self._desk)
            try:
                decided = self._decide(challenge, scratch)
            except Conflict:  # another job's challenger became champion in between
                _log.info("proved again", extra={"job": self._desk.job.id})
        return decided

    def challenge(self, trials: tuple[Trial, ...]) -> Challenge:
        """Retest the finalists: the cheapest of those that are tied with the best, see ``tied``.

        Cheapest counts multiply-adds; of the same network the better value wins. Raises JobFailed where there
        is no finalist, or none that can be read.
        """
        if not finalists(trials):
            raise JobFailed("no trial came to an end that could be proven: each failed, or was cancelled")
        by_number = {str(trial.number): trial for trial in (*trials, *finalists(trials))}
        known = self._readings("retest")
        if not known:
            contenders = tuple(self._packed(trial) for trial in finalists(trials))
            self._keep("retest", self._prove(Split.RETEST, contenders))
            known = self._readings("retest")
        readable = [reading for reading in known.values() if reading.predictions]
        if not readable:
            told = "; ".join(f"trial {reading.name} {reading.flaw}" for reading in known.values())
            raise JobFailed(f"no finalist can be read: {told}")
        standing = tied(
            [reading for reading in readable if not reading.flaw] or readable,
            manifest=self._manifest,
            metric=self._desk.job.request.metric,
            seed=self._desk.job.request.seed,
        )
        chosen = min(standing, key=lambda r: (self._cost(by_number[r.name]), -r.value, int(r.name)))
        return Challenge(trial=by_number[chosen.name], retest=chosen)

    def _cost(self, trial: Trial) -> int:
        return self._facts[trial.configuration.candidate].multiply_adds

    def _packed(self, trial: Trial) -> Contender:
        assert trial.report is not None
        return Contender(
            name=str(trial.number),
            candidate=self._desk.space.candidate(trial.configuration.candidate),
            configuration=trial.configuration,
            checkpoint=str(self._desk.folder / trial.report.checkpoint),
            artifact=str(self._desk.folder / "artifacts" / str(trial.number)),
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
            lineage=lineage_of(
                request=desk.job.request,
                manifest=self._manifest,
                candidate=desk.space.candidate(challenge.trial.configuration.candidate),
                facts=self._facts[challenge.trial.configuration.candidate],
                trial=challenge.trial,
                retest=retest,
            ),
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
            artifact, elsewhere = challenge.retest.artifact, (Split.TRAIN, Split.VALIDATION)
            contenders = [Contender(name="challenger", artifact=artifact, elsewhere=elsewhere)]
            if champion is not None:
                if not Path(champion.artifact).is_dir():
                    self._bring_back()
                contenders.append(Contender(name="champion", artifact=champion.artifact))
            contenders += [Contender(name="majority"), Contender(name="cheap")]
            contenders += [scratch] if scratch is not None else []
            self._keep(key, self._prove(Split.TEST, tuple(contenders)))
            known = self._readings(key)
        if not known["challenger"].predictions:
            raise OperatorError(f"the challenger {known['challenger'].flaw}")
        return proof_of(
            tuple(known.values()),
            manifest=self._manifest,
            metric=self._desk.job.request.metric,
            opening=opening,
            alpha=self._desk.space.gate.alpha,
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


def readings_of(measurements: Sequence[Measurement], kind: str) -> dict[str, Reading]:
    """The readings of one split that were kept, by name; empty before they were taken."""
    kept = next((m.value["readings"] for m in measurements if m.kind == kind), [])
    assert isinstance(kept, list)
    return {row["name"]: Reading(**{**row, "classes": tuple(row.get("classes", ()))}) for row in kept}
