"""The prove phase: a challenger is picked, the sealed test is read once, the gate decides."""

import logging
from collections.abc import Callable
from pathlib import Path

from automl_tl.champions.champion_artifact import why_unreadable
from automl_tl.champions.lineage import lineage_of
from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.gate import Opening, Proof
from automl_tl.domain.judgement import decide, held_back
from automl_tl.domain.promotion import Decided, ModelLine
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Contender, Reading
from automl_tl.errors import Conflict, NotFound
from automl_tl.job.desk import Desk
from automl_tl.job.readings import Readings
from automl_tl.job.retest import Challenge, Retest
from automl_tl.job.scratch import scratch_contender
from automl_tl.job.turn import await_turn
from automl_tl.proof.reading import proof_of

_log = logging.getLogger(__name__)


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
        """``bring_back`` puts the champion's artifact back where it is gone."""
        self._bring_back = bring_back
        self._desk = desk
        self._manifest = manifest
        self._path = path
        self._facts = facts
        self._readings = Readings(desk, path=path)
        self._retest = Retest(desk, self._readings, manifest=manifest, facts=facts)

    def run(self, trials: tuple[Trial, ...]) -> Decided:
        """The job's decision; a job that decided before it was interrupted keeps that decision.

        What is decided about are the bytes that retest and test were read with: where they are lost in
        between, the challenger is packed and read again, or the next finalist takes its place.
        """
        decided = self._desk.store.decision(self._desk.job.id)
        while decided is None:
            challenge = self._retest.challenge(trials)
            scratch = scratch_contender(self._desk, manifest=self._path, winner=challenge.trial)
            await_turn(self._desk)
            try:
                decided = self._decide(challenge, scratch)
            except _Void as void:
                self._retest.void(challenge, why=str(void))
            except Conflict:  # another job's challenger became champion in between
                _log.info("proved again", extra={"job": self._desk.job.id})
        return decided

    def _decide(self, challenge: Challenge, scratch: Contender | None) -> Decided:
        desk, name = self._desk, self._desk.job.request.name
        line = self._line()
        champion = None if line is None else line.champion
        why = challenge.why_void()
        if why is not None:  # the test stays closed
            raise _Void(why)
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
        return desk.store.decide(
            desk.lease,
            decision=decision,
            proof=proof,
            artifact=challenge.artifact,
            digest=challenge.digest,
            lineage=lineage_of(
                request=desk.job.request,
                manifest=self._manifest,
                candidate=desk.space.candidate(challenge.trial.configuration.candidate),
                facts=self._facts[challenge.trial.configuration.candidate],
                trial=challenge.trial,
                retest=challenge.retest,
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
        key = f"test-{champion.id if champion is not None else 'none'}"
        known = self._readings.known(key)
        if not known or _why_void(known["challenger"], challenge) is not None:
            self._readings.keep(key, self._test(challenge, scratch, champion))
            known = self._readings.known(key)
        why = _why_void(known["challenger"], challenge)
        if why is not None:
            raise _Void(why)
        return proof_of(
            tuple(known.values()),
            manifest=self._manifest,
            metric=self._desk.job.request.metric,
            opening=opening,
            alpha=self._desk.space.gate.alpha,
            seed=self._desk.job.request.seed,
            champion_version=None if champion is None else champion.version,
        )

    def _test(
        self, challenge: Challenge, scratch: Contender | None, champion: Decided | None
    ) -> tuple[Reading, ...]:
        """Read the sealed test for everybody at once; a champion that is not there is said to be so."""
        elsewhere = (Split.TRAIN, Split.VALIDATION)
        contenders = [Contender(name="challenger", artifact=challenge.artifact, elsewhere=elsewhere)]
        missing = None if champion is None else why_unreadable(champion, bring_back=self._bring_back)
        if champion is not None and missing is None:
            contenders.append(Contender(name="champion", artifact=champion.artifact))
        contenders += [Contender(name="majority"), Contender(name="cheap")]
        contenders += [scratch] if scratch is not None else []
        readings = self._readings.take(Split.TEST, contenders)
        if missing is None:
            return readings
        return (*readings, Reading(name="champion", value=0.0, predictions="", flaw=missing))


class _Void(Exception):
    """The challenger's artifact is not the one that retest read, or cannot be read; in one clause."""


def _why_void(test: Reading, challenge: Challenge) -> str | None:
    if not test.predictions:
        return f"the challenger {test.flaw}"
    if test.digest != challenge.digest:
        return f"its artifact {challenge.artifact} was changed between retest and test"
    return None
