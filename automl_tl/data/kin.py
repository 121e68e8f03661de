"""Kin: samples that must stand in one split, because they are copies, near copies or of one group."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from automl_tl.data.joined import Joined
from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Samples that belong together, by position, ascending; ``given`` is the split all were given."""

    members: tuple[int, ...]
    given: Split


def kin(samples: Sequence[Found]) -> tuple[Kin, ...]:
    """The families of ``samples``: joined by sha256, near copies or group, in order of their first members.

    Samples given into different splits stay apart: whoever left them so wished it. No given split counts as
    training.
    """
    joined = Joined(len(samples))
    for given in Split:
        here = [i for i, sample in enumerate(samples) if (sample.given or Split.TRAIN) is given]
        copies: dict[str, int] = {}
        groups: dict[str, int] = {}
        near: dict[str, int] = {}
        for i in here:
            sample = samples[i]
            joined.join(i, copies.setdefault(sample.sha256, i))
            if sample.group is not None:
                joined.join(i, groups.setdefault(sample.group, i))
            if sample.near is not None:
                joined.join(i, near.setdefault(sample.near, i))
    members: defaultdict[int, list[int]] = defaultdict(list)
    for i in range(len(samples)):
        members[joined.first(i)].append(i)
    return tuple(
        Kin(members=tuple(family), given=samples[family[0]].given or Split.TRAIN)
        for family in members.values()
    )
