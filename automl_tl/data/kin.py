"""Kin: samples that must stand in one split, because they are copies or of one group."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Samples that belong together, by position, ascending; ``given`` is the split all were given."""

    members: tuple[int, ...]
    given: Split


def kin(samples: Sequence[Found]) -> tuple[Kin, ...]:
    """The families of ``samples``: joined by sha256 or group, in order of their first members.

    Samples given into different splits stay apart: whoever left them so wished it. No given split counts as
    training.
    """
    parents = list(range(len(samples)))
    firsts: dict[Hashable, int] = {}
    for i, sample in enumerate(samples):
        given = (sample.given or Split.TRAIN).value
        _join(parents, i, firsts.setdefault((given, sample.sha256), i))
        if sample.group is not None:
            _join(parents, i, firsts.setdefault((given, "group", sample.group), i))
    members: defaultdict[int, list[int]] = defaultdict(list)
    for i in range(len(samples)):
        members[_root(parents, i)].append(i)
    return tuple(
        Kin(members=tuple(family), given=samples[family[0]].given or Split.TRAIN)
        for family in members.values()
    )


def _join(parents: list[int], one: int, other: int) -> None:
    if one != other:
        a, b = _root(parents, one), _root(parents, other)
        parents[max(a, b)] = min(a, b)


def _root(parents: list[int], i: int) -> int:
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i
