"""A search whose trials are formulas: a runner's loop on a clock of its own."""

import math
import random
from dataclasses import dataclass, field, replace

from automl_tl.domain.budget import Budget
from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.space import Space
from automl_tl.domain.trial import Configuration, Report, Trial, TrialState
from automl_tl.search.base import Context, Finish, Propose, Run, Strategy
from automl_tl.search.pace import effort

MACS = {"small": 1_000, "middle": 2_500, "large": 6_000}
QUALITY = {"small": 0.86, "middle": 0.93, "large": 0.92}
BEST_RATE = {"small": 0.0, "middle": 0.5, "large": -0.5}  # log10 of the multiple of the default
BEST_SHARE = {"small": 0.2, "middle": 0.55, "large": 0.8}
STAGES = 5


def facts() -> dict[str, CandidateFacts]:
    return {
        id: CandidateFacts(
            candidate=id,
            stages=tuple(f"stage{i}" for i in range(STAGES)),
            parameters=macs,
            multiply_adds=macs,
            stage_multiply_adds=(macs // STAGES,) * STAGES,
            features=64,
            image_size=32,
            learning_rate=1e-3,
            freeze_depth=2,
            weights_sha256=id,
            size_bytes=4 * macs,
        )
        for id, macs in MACS.items()
    }


def space(**changed: object) -> Space:
    candidates = tuple(Candidate(id=id, source=f"embedded:{id}") for id in MACS)
    return replace(Space(name="simulated", candidates=candidates), **changed)


def value(configuration: Configuration, *, epoch: int, seed: int) -> float:
    """A learning curve: slower with less frozen, its height a bowl around the candidate's best point."""
    id, share = configuration.candidate, configuration.freeze_depth / STAGES
    rate = math.log10(configuration.learning_rate / 1e-3)
    ratio = math.log10(configuration.head_learning_rate / configuration.learning_rate)
    height = (
        QUALITY[id]
        - 0.06 * (rate - BEST_RATE[id]) ** 2 * (1 - 0.7 * share)
        - 0.25 * (share - BEST_SHARE[id]) ** 2
        - 0.02 * (ratio - 1.0) ** 2
        - 0.01 * (math.log10(configuration.weight_decay) + 2) ** 2 / 4
        - 0.02 * (configuration.augmentation - 0.4) ** 2
    )
    noise = random.Random(f"{seed}/{epoch}").gauss(0.0, 0.004)
    reached = 1 - 0.5 * math.exp(-epoch / (0.7 + 3 * (1 - share)))
    return 0.1 + (height - 0.1) * reached + noise


def final_value(trial: Trial) -> float:
    """What a trial is truly worth where it stands, without noise."""
    reached = value(trial.configuration, epoch=trial.epoch, seed=trial.seed)
    return reached - random.Random(f"{trial.seed}/{trial.epoch}").gauss(0.0, 0.004)


@dataclass
class SimulatedSearch:
    """Runs a strategy to its end; ``seconds_per_mac`` is how slow the machine is."""

    strategy: Strategy
    space: Space
    budget: Budget
    seed: int = 0
    slots: int = 1
    seconds_per_mac: float = 1e-3
    fails_above: float = math.inf  # learning rates that diverge
    now: float = 0.0
    trials: dict[int, Trial] = field(default_factory=dict)
    flights: dict[int, float] = field(default_factory=dict)
    contexts: list[Context] = field(default_factory=list)

    def run(self) -> str:
        """Until the strategy finishes; its reason."""
        while True:
            reason = self._fill()
            if not self.flights:
                assert reason is not None, "the search waits although nothing runs"
                return reason
            number = min(self.flights, key=lambda n: (self.flights[n], n))
            self.now = self.flights.pop(number)
            self._settle(number)

    def context(self) -> Context:
        trials = tuple(self.trials.values())
        return Context(
            space=self.space,
            facts=facts(),
            trials=trials,
            seconds=self.now,
            budget=self.budget,
            seed=self.seed,
            slots=self.slots,
        )

    def _fill(self) -> str | None:
        while len(self.flights) < self.slots:
            context = self.context()
            step = self.strategy.step(context)
            if isinstance(step, Run):
                self._start(step)
            elif isinstance(step, Propose):
                self.contexts.append(context)
                trial = self.strategy.propose(context)
                assert trial.number == len(self.trials)
                self.trials[trial.number] = trial
            elif isinstance(step, Finish):
                return step.reason
            else:
                return None
        return None

    def _start(self, step: Run) -> None:
        trial = self.trials[step.number]
        assert trial.state in (TrialState.PROPOSED, TrialState.WAITING)
        assert step.until_epoch > trial.epoch
        self.trials[step.number] = replace(trial, state=TrialState.RUNNING, until_epoch=step.until_epoch)
        self.flights[step.number] = self.now + self.seconds(trial, until_epoch=step.until_epoch)

    def seconds(self, trial: Trial, *, until_epoch: int) -> float:
        boundary = (trial.configuration.candidate, trial.configuration.freeze_depth)
        known = {
            (t.configuration.candidate, t.configuration.freeze_depth)
            for t in self.trials.values()
            if t.reports
        }
        macs = effort(
            facts()[boundary[0]],
            freeze_depth=boundary[1],
            epochs=until_epoch - trial.epoch,
            first=boundary not in known,
        )
        return 0.2 + macs * self.seconds_per_mac

    def _settle(self, number: int) -> None:
        trial = self.trials[number]
        if trial.configuration.learning_rate > self.fails_above:
            self.trials[number] = replace(trial, state=TrialState.FAILED, failure="the loss was no number")
            return
        epoch = trial.until_epoch
        report = Report(
            epoch=epoch,
            value=value(trial.configuration, epoch=epoch, seed=trial.seed),
            loss=1.0,
            checkpoint=f"checkpoints/{number}-{epoch}",
            seconds=self.seconds(trial, until_epoch=epoch),
            multiply_adds=1,
        )
        state = TrialState.COMPLETE if epoch >= self.space.max_epochs else TrialState.WAITING
        self.trials[number] = replace(trial, reports=(*trial.reports, report), state=state)
