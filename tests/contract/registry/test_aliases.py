"""Where the aliases are after each thing that can happen to a name, in every registry."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from decided_line import ALIASES, Line

DOINGS: dict[str, Callable[[Line], object]] = {
    "promote": lambda line: line.decide("promote"),
    "keep": lambda line: line.decide("keep"),
    "refuse": lambda line: line.decide("refuse"),
    "pending": lambda line: line.decide("pending"),
    "rollback": lambda line: line.steering.rollback(line.name, reason="it was slow"),
    "force 1": lambda line: line.steering.promote(line.name, version=1, reason="legal asked"),
    "force 2": lambda line: line.steering.promote(line.name, version=2, reason="legal asked"),
    "by hand to 1": lambda line: line.registry.point(line.name, alias="champion", version=1),
    "by hand away": lambda line: line.registry.point(line.name, alias="champion", version=None),
    "by hand to a stranger": lambda line: line.registry.point(
        line.name, alias="champion", version=line.register_foreign()
    ),
    "challenger by hand": lambda line: line.registry.point(line.name, alias="challenger", version=1),
    "previous by hand": lambda line: line.registry.point(line.name, alias="previous", version=2),
    "delete 1": lambda line: line.delete(1),
    "delete 2": lambda line: line.delete(2),
    "unhold": lambda line: line.steering.unhold(line.name),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What happens, one after the other, each reconciled; where champion, challenger, previous are then."""

    doings: tuple[str, ...]
    aliases: tuple[int | None, int | None, int | None]
    beats: int | None
    held: bool = False

    def __str__(self) -> str:
        return ", ".join(self.doings)


CASES = (
    Case(doings=("refuse",), aliases=(None, None, None), beats=None),
    Case(doings=("keep",), aliases=(None, 1, None), beats=None),
    Case(doings=("pending", "force 1"), aliases=(1, 1, None), beats=1),
    Case(doings=("promote",), aliases=(1, 1, None), beats=1),
    Case(doings=("promote", "keep"), aliases=(1, 2, None), beats=1),
    Case(doings=("promote", "refuse"), aliases=(1, 1, None), beats=1),
    Case(doings=("promote", "promote"), aliases=(2, 2, 1), beats=2),
    Case(doings=("promote", "promote", "rollback"), aliases=(1, 2, 2), beats=1, held=True),
    Case(
        doings=("promote", "promote", "rollback", "unhold", "promote"),
        aliases=(3, 3, 1),
        beats=3,
    ),
    Case(doings=("promote", "keep", "force 2"), aliases=(2, 2, 1), beats=2),
    Case(doings=("promote", "promote", "by hand to 1"), aliases=(1, 2, 2), beats=1),
    Case(doings=("promote", "promote", "by hand to 1", "promote"), aliases=(3, 3, 1), beats=3),
    Case(doings=("promote", "promote", "by hand to 1", "rollback"), aliases=(2, 2, 1), beats=2, held=True),
    Case(doings=("promote", "by hand away"), aliases=(None, 1, 1), beats=None, held=True),
    Case(doings=("promote", "by hand away", "rollback"), aliases=(1, 1, None), beats=1, held=True),
    Case(doings=("promote", "by hand away", "unhold", "promote"), aliases=(2, 2, 1), beats=2),
    Case(doings=("promote", "by hand to a stranger"), aliases=(2, 1, 1), beats=None, held=True),
    Case(doings=("promote", "by hand to a stranger", "rollback"), aliases=(1, 1, None), beats=1, held=True),
    Case(
        doings=("promote", "by hand to a stranger", "delete 2"), aliases=(None, 1, 1), beats=None, held=True
    ),
    Case(doings=("by hand to a stranger", "keep"), aliases=(1, 2, None), beats=None, held=True),
    Case(doings=("promote", "promote", "challenger by hand"), aliases=(2, 2, 1), beats=2),
    Case(doings=("promote", "promote", "previous by hand"), aliases=(2, 2, 1), beats=2),
    Case(doings=("promote", "promote", "delete 1"), aliases=(2, 2, None), beats=2),
    Case(doings=("promote", "promote", "delete 2"), aliases=(None, 1, 1), beats=None, held=True),
    Case(doings=("promote", "promote", "delete 2", "rollback"), aliases=(1, 1, None), beats=1, held=True),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_aliases_stand_where_they_belong(case: Case, line: Line) -> None:
    line.lease()  # the name is known from its first job on

    for doing in case.doings:
        DOINGS[doing](line)
        line.reconcile()

    assert line.aliases() == dict(zip(ALIASES, case.aliases, strict=True))
    assert line.champion() == case.beats
    assert (line.held() is not None) == case.held
    assert line.reconcile() == 0
