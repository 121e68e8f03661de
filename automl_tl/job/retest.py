"""Retest and validation pick one challenger among the finalists, and again where its artifact is lost."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from automl_tl.domain.candidate import CandidateFacts
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Contender, Reading
from automl_tl.errors import JobFailed
from automl_tl.job.desk import Desk
from automl_tl.job.readings import Readings
from automl_tl.job.retention import finalists
from automl_tl.model.digest import why_other
from automl_tl.proof.choice import tied, together

_log = logging.getLogger(__name__)
_KIND = "retest"
_MOST = 6  # times that retest is read: by then something changes artifacts as fast as they are packed
_REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """The one finalist for the gate, with its retest reading."""

    trial: Trial
    retest: Reading

    @property
    def artifact(self) -> str:
        """The folder that was read."""
        assert self.retest.artifact is not None
        return self.retest.artifact

    @property
    def digest(self) -> str:
        """The sha256 of the bytes that were read."""
        assert self.retest.digest is not None
        return self.retest.digest

    def why_void(self) -> str | None:
        """What happened to the bytes that were read, None where they are still there."""
        why = why_other(Path(self.artifact), expected=self.digest)
        return None if why is None else f"its artifact {self.artifact} {why}"


class Retest:
    """One job's choice among its trials' finalists."""

    def __init__(
        self, desk: Desk, readings: Readings, *, manifest: Manifest, facts: Mapping[str, CandidateFacts]
    ) -> None:
        self._desk = desk
        self._readings = readings
        self._manifest = manifest
        self._facts = facts

    def challenge(self, trials: Sequence[Trial]) -> Challenge:
        """The cheapest of the finalists that are tied with the best, see ``tied``; its artifact is sound.

        Cheapest counts multiply-adds; of the same network the better value wins, on validation and retest
        together. Raises JobFailed where there is no finalist, or none that can be read.
        """
        if not finalists(trials):
            raise JobFailed("no trial came to an end that could be proven: each failed, or was cancelled")
        if not self._readings.known(_KIND):
            contenders = [self._packed(trial) for trial in finalists(trials)]
            self._readings.keep(_KIND, self._readings.take(Split.RETEST, contenders))
        while True:
            challenge = self._chosen({str(trial.number): trial for trial in trials})
            why = challenge.why_void()
            if why is None:
                return challenge
            self.void(challenge, why=why)

    def void(self, challenge: Challenge, *, why: str) -> None:
        """Count a reading no more: the checkpoint is packed and read again, or the trial is left out."""
        job, number = self._desk.job.id, challenge.trial.number
        _log.warning("retest reading void", extra={"job": job, "trial": number, "why": why})
        again = replace(challenge.retest, predictions="", flaw=f"cannot be read: {why}, time and again")
        if self._readings.times(_KIND) < _MOST:
            (again,) = self._readings.take(Split.RETEST, [self._packed(challenge.trial)])
        if not again.predictions and why not in again.flaw:
            again = replace(again, flaw=f"{again.flaw}; before, {why}")
        known = self._readings.known(_KIND) | {again.name: again}
        self._readings.keep(_KIND, tuple(known.values()))

    def _chosen(self, trials: Mapping[str, Trial]) -> Challenge:
        known = self._readings.known(_KIND).values()
        readable = [reading for reading in known if reading.predictions]
        if not readable:
            raise JobFailed(f"no finalist can be read: {_reasons(known)}")
        values = {reading.name: self._value(trials[reading.name], reading) for reading in readable}
        standing = tied(
            [reading for reading in readable if not reading.flaw] or readable,
            values=values,
            manifest=self._manifest,
            metric=self._desk.job.request.metric,
            seed=self._desk.job.request.seed,
        )
        chosen = min(standing, key=lambda r: (self._cost(trials[r.name]), -values[r.name], int(r.name)))
        return Challenge(trial=trials[chosen.name], retest=chosen)

    def _value(self, trial: Trial, reading: Reading) -> float:
        assert trial.report is not None
        metric = self._desk.job.request.metric
        return together(
            validation=trial.report.value, retest=reading.value, manifest=self._manifest, metric=metric
        )

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


def _reasons(readings: Iterable[Reading]) -> str:
    """The most common of what is wrong with each, and whose it is."""
    found = list(readings)
    told = []
    for flaw, count in Counter(reading.flaw for reading in found).most_common(_REASONS):
        names = ", ".join(reading.name for reading in found if reading.flaw == flaw)
        told.append(f"trial{'s' if count > 1 else ''} {names} {flaw}")
    return "; ".join(told)
