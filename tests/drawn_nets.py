"""Small random nets in folders, drawn once each, and trials of them on a manifest of their own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.work import Evaluate
from automl_tl.training.plan import Plan
from automl_tl.training.way import Varied, Way

Build = Callable[..., Evaluate]
Net = Callable[[str], Candidate]


def drawn_once(draw: Callable[[Path, str], Candidate], folder: Path) -> Net:
    """The net of a name, drawn when it is first asked for."""
    made: dict[str, Candidate] = {}

    def net(name: str) -> Candidate:
        if name not in made:
            made[name] = draw(folder / name, name)
        return made[name]

    return net


def work_on(manifest: Path, *, work: Build, nets: Net) -> Build:
    """Evaluations of those nets on that manifest."""

    def build(name: str, **values: object) -> Evaluate:
        return replace(work(manifest=str(manifest), **values), candidate=nets(name))

    return build


def forced(way: Way) -> Callable[..., Plan]:
    """A planner that knows one way alone, and varies nothing."""

    def plan(*, depth: int, **facts: object) -> Plan:
        kept = depth if way is Way.FROM_BOUNDARY else None
        return Plan(way=way, varied=Varied.NOTHING, kept=kept, told="")

    return plan
