"""Which split each sample stands in, for ever."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from automl_tl.data.kin import Kin, kin
from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Split

SHARES: dict[Split, float] = {
    Split.TRAIN: 0.60,  # fitting gets most
    Split.TEST: 0.20,  # proof needs narrow intervals: they decide promotion
    Split.VALIDATION: 0.12,  # read at every rung of every trial, by differences of several points
    Split.RETEST: 0.08,  # chooses among a few finalists, once
}
"""Of samples that nobody put anywhere; in this order a small class fills the splits."""

_SPLITS = tuple(SHARES)
_PLACE = {split.value: place for place, split in enumerate(_SPLITS)}  # an enum's own hash is slow
_MOST = 2**48  # members of a family
_Places = tuple[int, ...]  # positions in _SPLITS


def assign(
    samples: Sequence[Found], *, remembered: Mapping[str, Split], seed: int
) -> tuple[Split | None, ...]:
    """The split of each sample, in the samples' order; None: quarantined, it would bridge two splits.

    What is ``remembered`` (by sha256) stays. A given test is test, a given validation becomes validation and
    retest, everything else is shared out by ``SHARES``, stratified by class; retest comes from training where
    no validation is given. Kin (copies, groups) stay together. Within a class the order is that of
    sha256(seed, sample), so the samples' order does not matter, and a class with at least four kins that may
    stand anywhere stands everywhere.
    """
    families = kin(samples)
    known = _known(samples, families=families, remembered=remembered)
    places: list[int | None] = [None] * len(samples)
    have: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(_SPLITS))
    free: list[Kin] = []
    for family in families:
        old = {known[i] for i in family.members if i in known} if known else set()
        if not old:
            free.append(family)
            continue
        only = next(iter(old)) if len(old) == 1 else None
        for i in family.members:
            places[i] = place = known.get(i, only)
            if place is not None:
                have[samples[i].label][place] += 1
    allowed = _allowed({family.given for family in families})
    want = _wanted(samples, free=free, allowed=allowed, have=have)
    free.sort(key=lambda family: _order(family, samples=samples, seed=seed))
    for family in free:
        pool = allowed[family.given.value]
        if len(family.members) == 1:  # most are, and there may be millions
            label = samples[family.members[0]].label
            place = _lacking(pool, want=want[label], have=have[label])
        else:
            labels = Counter(samples[i].label for i in family.members)
            place = _choose(labels, allowed=pool, want=want, have=have)
        for i in family.members:
            places[i] = place
            have[samples[i].label][place] += 1
    return tuple(None if place is None else _SPLITS[place] for place in places)


def _known(
    samples: Sequence[Found], *, families: Iterable[Kin], remembered: Mapping[str, Split]
) -> dict[int, int]:
    """The remembered place of each sample that has one, by position.

    A sample that its owner left in two splits at once has none: each of its copies obeys the owner.
    """
    if not remembered:
        return {}
    givens: dict[str, Split] = {}
    straddling: set[str] = set()
    for family in families:
        for i in family.members:
            if givens.setdefault(samples[i].sha256, family.given) is not family.given:
                straddling.add(samples[i].sha256)
    return {
        i: _PLACE[remembered[sample.sha256].value]
        for i, sample in enumerate(samples)
        if sample.sha256 in remembered and sample.sha256 not in straddling
    }


def _allowed(given: set[Split]) -> dict[str, _Places]:
    """Where samples may go, by the split that they were given (train: as if nothing was given)."""
    held = (Split.VALIDATION, Split.RETEST)
    training = [
        split
        for split in _SPLITS
        if not (split is Split.TEST and Split.TEST in given)
        and not (split in held and Split.VALIDATION in given)
    ]
    pools = {Split.TRAIN: training, Split.VALIDATION: held, Split.TEST: (Split.TEST,)}
    return {split.value: tuple(_PLACE[s.value] for s in pool) for split, pool in pools.items()}


def _wanted(
    samples: Sequence[Found],
    *,
    free: Iterable[Kin],
    allowed: Mapping[str, _Places],
    have: Mapping[str, list[int]],
) -> dict[str, list[float]]:
    """How many samples of each class each place should hold in the end."""
    new: Counter[tuple[str, _Places]] = Counter()
    for family in free:
        pool = allowed[family.given.value]
        for i in family.members:
            new[samples[i].label, pool] += 1
    want: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(_SPLITS))
    shares = tuple(SHARES.values())
    for (label, pool), count in new.items():
        total = count + sum(have[label][place] for place in pool if label in have)
        for place in pool:
            share = shares[place] / sum(shares[p] for p in pool)
            want[label][place] = max(want[label][place], total * share)
    return want


def _order(family: Kin, *, samples: Sequence[Found], seed: int) -> bytes:
    """Large families first, while every split still has room; then by hash, alike on every machine."""
    first = min([samples[i].sha256 for i in family.members])
    size = (_MOST - len(family.members)).to_bytes(8, "big")  # one text compares faster than two values
    return size + hashlib.sha256(f"{seed}:{first}".encode()).digest()


def _lacking(allowed: _Places, *, want: Sequence[float], have: Sequence[int]) -> int:
    """The first place where one class has nothing yet, else the one that lacks most of it."""
    found, most = allowed[0], -math.inf
    for place in allowed:
        if not have[place]:
            return place
        if want[place] - have[place] > most:
            found, most = place, want[place] - have[place]
    return found


def _choose(
    labels: Mapping[str, int],
    *,
    allowed: _Places,
    want: Mapping[str, list[float]],
    have: Mapping[str, list[int]],
) -> int:
    """The first place where a class has nothing yet, else the one that lacks most."""
    if len(allowed) == 1:
        return allowed[0]
    for place in allowed:
        for label in labels:
            if not have[label][place]:
                return place
    lacks = [0.0] * len(_SPLITS)
    for label, n in labels.items():
        wanted, held = want[label], have[label]
        for place in allowed:
            lacks[place] += n * (wanted[place] - held[place])
    return max(allowed, key=lacks.__getitem__)
