"""``bench grown``: what a job costs in forward passes after its dataset grew by one percent."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from automl_tl.bench.forwards import counted_forwards, pictures
from automl_tl.domain.events import EventKind
from automl_tl.domain.job import Phase
from automl_tl.proof.digits import write_digits
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.foreground import run_here

GROWTH = 0.01
_PROBES = """
[space]
name = "probes"
freeze_depth = ["100%"]
augmentation = { low = 0.0, high = 0.0 }
max_epochs = 3
"""
_CANDIDATE = """
[[candidate]]
source = "embedded:{name}"
modality = "image"
"""
_NETS = ("tiny_resnet", "tiny_efficientnet", "tiny_vit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Pictures that went into a network's first layer, phase by phase of a job, and how the job ended."""

    score: int
    search: int
    prove: int
    outcome: str


def run(*, samples: int, trials: int) -> dict[str, Any]:
    """Two jobs of one name, linear probes of three embedded nets on digits, inline; between them 1 % is new.

    Counted is what the second job's search costs of the first one's: kept features are by sample. ``score``
    opens and times each candidate anew on blank pictures, and ``prove`` reads the sealed test and trains the
    baseline from random weights, whatever was kept.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        home, digits = Path(folder) / "home", Path(folder) / "digits"
        before = round(samples / (1 + GROWTH))
        jobs = []
        for count in (before, samples):
            write_digits(digits, limit=count)
            jobs.append(_job(digits, home=home, trials=trials))
    first, second = jobs
    share = second.search / first.search
    found = {"samples": [before, samples], "jobs": [asdict(job) for job in jobs], "search_share": share}
    return {**found, "table": _table(jobs, samples=(before, samples), share=share)}


def _job(digits: Path, *, home: Path, trials: int) -> Passes:
    space = _PROBES + "".join(_CANDIDATE.format(name=name) for name in _NETS)
    said = {"dataset": str(digits), "name": "digits", "space": space, "space_root": str(home)}
    phases = _Phases()
    with counted_forwards() as forwards:
        outcome = run_here(
            {**said, "max_trials": trials, "executor": "inline"},
            Settings(home=home, registry="folder"),
            tell=phases,
        )
    counted = phases.counted(forwards)
    return Passes(
        **{str(phase): counted[phase] for phase in (Phase.SCORE, Phase.SEARCH, Phase.PROVE)},
        outcome=str(outcome["state"]),
    )


@dataclass
class _Phases:
    """Hears when a job entered each phase."""

    begun: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            if event["kind"] == EventKind.PHASE_ENTERED:
                self.begun.append((event["time"], event["data"]["phase"]))

    def counted(self, forwards: Sequence[tuple[float, int]]) -> dict[str, int]:
        """Pictures by phase; ``forwards`` are (seconds since the epoch, pictures)."""
        ends = [*self.begun, (time.time(), "")]
        return {
            phase: pictures(one for one in forwards if begun <= one[0] < ended)
            for (begun, phase), (ended, _) in pairwise(ends)
        }


def _table(jobs: list[Passes], *, samples: tuple[int, int], share: float) -> str:
    lines = [f"{'samples':>8} {'score':>8} {'search':>8} {'prove':>8}  ended"]
    lines += [
        f"{count:>8,} {job.score:>8,} {job.search:>8,} {job.prove:>8,}  {job.outcome}"
        for count, job in zip(samples, jobs, strict=True)
    ]
    lines.append(f"the second search cost {share:.2%} of the first one's forward passes")
    return "\n".join(lines)
