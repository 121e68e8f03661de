"""Splits are stratified, seeded, kept for ever, and never part what belongs together."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest
from drawn_dataset import fact
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tl.data.splitting import SHARES, assign
from automl_tl.data.survey import Found
from automl_tl.domain.dataset import Split

TRAIN, VALIDATION, RETEST, TEST = Split.TRAIN, Split.VALIDATION, Split.RETEST, Split.TEST
few = settings(max_examples=40, deadline=None)
GIVENS: list[list[Split | None]] = [[None], [TRAIN, TEST], [TRAIN, VALIDATION], [TRAIN, VALIDATION, TEST]]


@st.composite
def datasets(draw: st.DrawFn, *, groups: bool = True) -> list[Found]:
    """Some classes, with copies and groups, and splits given in every usual way."""
    givens = draw(st.sampled_from(GIVENS))
    samples = []
    for label in range(draw(st.integers(2, 4))):
        for i in range(draw(st.integers(2, 30))):
            content = draw(st.sampled_from([str(i), str(i), str(i), "0", "1"]))
            group = draw(st.sampled_from([None, None, f"g{i % 3}"])) if groups else None
            given_split = draw(st.sampled_from(givens))
            near = draw(st.sampled_from([None, None, None, f"n{i % 5}"])) if groups else None
            if given_split is not None:  # what the check leaves: no copies, no groups across given splits
                content, group = f"{given_split}{content}", group and f"{given_split}{group}"
                near = near and f"{given_split}{near}"
            sha256 = f"{label}-{content}"
            samples.append(
                fact(f"{label}/{i}", str(label), content=sha256, given=given_split, group=group, near=near)
            )
    return samples


def plain(counts: dict[str, int], *, given_split: Split | None = None, tag: str = "") -> list[Found]:
    return [
        fact(f"{tag}{label}/{i}", label, given=given_split)
        for label, count in counts.items()
        for i in range(count)
    ]


def memory(samples: Sequence[Found], splits: Sequence[Split | None]) -> dict[str, Split]:
    return {s.sha256: split for s, split in zip(samples, splits, strict=True) if split is not None}


def tally(samples: Sequence[Found], splits: Sequence[Split | None]) -> dict[str, Counter[Split | None]]:
    found: defaultdict[str, Counter[Split | None]] = defaultdict(Counter)
    for sample, split in zip(samples, splits, strict=True):
        found[sample.label][split] += 1
    return found


def test_shares_are_whole() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    assert set(SHARES) == set(Split)


@few
@given(datasets(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_order_of_the_samples_does_not_matter(
    samples: list[Found], seed: int, shuffle: random.Random
) -> None:
    splits = dict(zip(samples, assign(samples, remembered={}, seed=seed), strict=True))
    shuffled = samples[:]
    shuffle.shuffle(shuffled)

    assert dict(zip(shuffled, assign(shuffled, remembered={}, seed=seed), strict=True)) == splits


@few
@given(datasets(), st.integers(0, 3))
def test_copies_and_groups_share_a_split(samples: list[Found], seed: int) -> None:
    splits = assign(samples, remembered={}, seed=seed)

    by_key: defaultdict[str, set[Split | None]] = defaultdict(set)
    for sample, split in zip(samples, splits, strict=True):
        by_key[sample.sha256].add(split)
        if sample.group is not None:
            by_key[f"group {sample.group}"].add(split)
        if sample.near is not None:
            by_key[f"near {sample.near}"].add(split)
    assert all(len(found) == 1 for found in by_key.values())


@few
@given(datasets())
def test_given_splits_are_obeyed(samples: list[Found]) -> None:
    splits = assign(samples, remembered={}, seed=0)

    given_splits = {sample.given for sample in samples}
    for sample, split in zip(samples, splits, strict=True):
        assert (split is TEST) == (sample.given is TEST) or TEST not in given_splits
        if VALIDATION in given_splits:
            assert (split in (VALIDATION, RETEST)) == (sample.given is VALIDATION)


@few
@given(st.lists(st.integers(4, 60), min_size=2, max_size=5), st.integers(0, 5))
def test_every_class_stands_in_every_split_in_its_share(counts: list[int], seed: int) -> None:
    samples = plain({str(label): count for label, count in enumerate(counts)})

    found = tally(samples, assign(samples, remembered={}, seed=seed))

    for label, count in enumerate(counts):
        for split, share in SHARES.items():
            held = found[str(label)][split]
            assert held >= 1
            assert abs(held - count * share) <= 2


@few
@given(datasets(), datasets(), st.integers(0, 3), st.integers(0, 3))
def test_sample_keeps_its_split_when_the_dataset_grows(
    old: list[Found], new: list[Found], seed: int, other_seed: int
) -> None:
    remembered = memory(old, assign(old, remembered={}, seed=seed))

    splits = assign([*old, *new], remembered=remembered, seed=other_seed)

    straddling = _straddling([*old, *new])
    for sample, split in zip([*old, *new], splits, strict=True):
        if sample.sha256 in remembered and sample.sha256 not in straddling:
            assert split is remembered[sample.sha256]


def _straddling(samples: Sequence[Found]) -> set[str]:
    givens: defaultdict[str, set[Split]] = defaultdict(set)
    for sample in samples:
        givens[sample.sha256].add(sample.given or TRAIN)
    return {sha256 for sha256, found in givens.items() if len(found) > 1}


@few
@given(datasets(), st.integers(0, 3), st.integers(4, 7))
def test_same_dataset_again_is_split_the_same_by_any_seed(
    samples: list[Found], seed: int, other: int
) -> None:
    splits = assign(samples, remembered={}, seed=seed)

    assert assign(samples, remembered=memory(samples, splits), seed=other) == splits


@few
@given(st.integers(20, 60), st.integers(1, 40))
def test_new_samples_fill_the_splits_to_their_shares(old_count: int, new_count: int) -> None:
    old, new = plain({"a": old_count, "b": old_count}), plain({"a": new_count}, tag="new/")
    remembered = memory(old, assign(old, remembered={}, seed=0))

    found = tally([*old, *new], assign([*old, *new], remembered=remembered, seed=1))["a"]

    for split, share in SHARES.items():
        assert abs(found[split] - share * (old_count + new_count)) <= 2


def test_another_seed_gives_other_splits() -> None:
    samples = plain({"a": 50, "b": 50})

    assert assign(samples, remembered={}, seed=0) != assign(samples, remembered={}, seed=1)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (2, {TRAIN: 1, TEST: 1}),
        (3, {TRAIN: 1, TEST: 1, VALIDATION: 1}),
        (4, {TRAIN: 1, TEST: 1, VALIDATION: 1, RETEST: 1}),
        (100, {TRAIN: 60, TEST: 20, VALIDATION: 12, RETEST: 8}),
    ],
)
def test_small_class_fills_train_first_then_test_then_validation(
    count: int, expected: dict[Split, int]
) -> None:
    samples = plain({"small": count, "large": 50})

    assert tally(samples, assign(samples, remembered={}, seed=0))["small"] == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({TRAIN: 80, TEST: 20}, {TRAIN: 60, VALIDATION: 12, RETEST: 8, TEST: 20}),
        ({TRAIN: 80, VALIDATION: 20}, {TRAIN: 60, VALIDATION: 12, RETEST: 8, TEST: 20}),
        ({TRAIN: 70, VALIDATION: 10, TEST: 20}, {TRAIN: 70, VALIDATION: 6, RETEST: 4, TEST: 20}),
    ],
)
def test_what_is_not_given_is_carved(counts: dict[Split, int], expected: dict[Split, int]) -> None:
    samples = [
        sample
        for split, count in counts.items()
        for sample in plain({"a": count, "b": count}, given_split=split, tag=f"{split}/")
    ]

    found = tally(samples, assign(samples, remembered={}, seed=0))

    assert found == {"a": expected, "b": expected}


def test_remembered_split_outlives_a_move_between_folders() -> None:
    samples = [*plain({"a": 8, "b": 8}, given_split=TRAIN), fact("moved", "a", given=TEST)]

    splits = assign(samples, remembered={"moved": TRAIN, "a/0": TEST}, seed=0)

    assert splits[-1] is TRAIN
    assert splits[0] is TEST


def test_new_sample_that_would_bridge_two_splits_is_quarantined() -> None:
    old = [fact("a/1", "a", group="g"), fact("b/1", "b", group="h")]
    bridge = [fact("new/1", "a", content="x", group="g"), fact("new/2", "a", content="x", group="h")]

    splits = assign([*old, *bridge], remembered={"a/1": TRAIN, "b/1": TEST}, seed=0)

    assert splits == (TRAIN, TEST, None, None)


def test_new_sample_joins_its_kin() -> None:
    samples = [fact("a/1", "a", group="g"), fact("a/2", "a", group="g"), fact("a/3", "a", content="a/1")]

    assert assign(samples, remembered={"a/1": RETEST}, seed=0) == (RETEST, RETEST, RETEST)


def test_copies_left_in_two_given_splits_obey_their_owner_for_ever() -> None:
    samples = [fact("train/1", "a", content="x", given=TRAIN), fact("test/1", "a", content="x", given=TEST)]

    assert assign(samples, remembered={"x": TEST}, seed=0) == (TRAIN, TEST)
