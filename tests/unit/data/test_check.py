"""Copies and contradictions are found, counted and repaired as was wished."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from drawn_dataset import fact

from automl_tl.data.check import Checked, check
from automl_tl.data.contents import contents
from automl_tl.data.embedded import Embedded
from automl_tl.data.family import find_families
from automl_tl.data.folder import survey
from automl_tl.data.image import IMAGE
from automl_tl.data.source import read_source
from automl_tl.data.survey import Found, Survey
from automl_tl.domain.dataset import Columns, Leaks, OnLeak, Rejected, Split

NOWHERE = Embedded(datasets=Path("/nowhere"), limit_bytes=0)
TRAIN, VALIDATION, TEST = Split.TRAIN, Split.VALIDATION, Split.TEST


def checked(samples: Sequence[Found], *, on_leak: OnLeak = OnLeak.DROP_TRAIN) -> Checked:
    found = Survey(root=Path("/data"), samples=tuple(samples))
    return check(found, on_leak=on_leak, unreadable_share=0.1)


def given(split: Split | None, count: int) -> list[Found]:
    name = split.value if split else "all"
    return [
        fact(f"{name}/{label}/{i}", label, given=split) for label in ("cat", "dog") for i in range(count // 2)
    ]


def paths(samples: Sequence[Found]) -> set[str]:
    return {sample.path for sample in samples}


def reasons(found: Checked) -> dict[str, str]:
    return {rejected.path: rejected.reason for rejected in found.left_out}


CLEAN = [*given(TRAIN, 40), *given(TEST, 40)]
COPY = fact("train/cat/copy", "cat", content="test/cat/0", given=TRAIN)


def test_clean_dataset_stays_as_it_is() -> None:
    found = checked(CLEAN)

    assert found.samples == tuple(CLEAN)
    assert (found.leaks, found.label_conflicts, found.refusal) == (Leaks(), 0, None)


def test_training_copy_of_a_test_sample_goes() -> None:
    found = checked([*CLEAN, COPY])

    assert found.leaks == Leaks(exact=1)
    assert found.samples == tuple(CLEAN)
    assert reasons(found) == {"train/cat/copy": "is a copy of test/cat/0, which stands in test"}
    assert found.refusal is None


def test_held_out_side_of_a_copy_stays_in_validation_too() -> None:
    validation = fact("val/cat/0", "cat", given=VALIDATION)
    in_train = fact("train/cat/c1", "cat", content="val/cat/0", given=TRAIN)
    in_validation = fact("val/cat/c2", "cat", content="test/cat/1", given=VALIDATION)

    found = checked([*CLEAN, validation, in_train, in_validation])

    assert found.leaks == Leaks(exact=1)
    assert paths(found.samples) == paths([*CLEAN, validation])
    assert reasons(found) == {
        "train/cat/c1": "is a copy of val/cat/0, which stands in validation",
        "val/cat/c2": "is a copy of test/cat/1, which stands in test",
    }


def test_training_sample_that_is_nearly_a_test_sample_goes() -> None:
    tested = fact("test/cat/n", "cat", given=TEST, near="n")
    trained = [fact(f"train/cat/n{i}", "cat", given=TRAIN, near="n") for i in range(2)]

    found = checked([*CLEAN, tested, *trained])

    assert found.leaks == Leaks(near=1)
    assert paths(found.samples) == paths([*CLEAN, tested])
    assert reasons(found) == {
        f"train/cat/n{i}": "is nearly a copy of test/cat/n, which stands in test" for i in range(2)
    }


def test_a_test_sample_with_copies_of_both_kinds_is_counted_once() -> None:
    trained = [
        fact("train/cat/same", "cat", content="x", given=TRAIN, near="n"),
        fact("train/cat/near", "cat", given=TRAIN, near="n"),
    ]

    found = checked([*CLEAN, fact("test/cat/x", "cat", content="x", given=TEST, near="n"), *trained])

    assert found.leaks == Leaks(exact=1)
    assert paths(found.samples) == {*paths(CLEAN), "test/cat/x"}


def test_near_copies_under_two_labels_stay_and_are_told() -> None:
    doubtful = [
        fact("train/cat/n", "cat", given=TRAIN, near="n"),
        fact("train/dog/n", "dog", given=TRAIN, near="n"),
    ]

    found = checked([*CLEAN, *doubtful])

    assert (found.label_conflicts, found.left_out) == (0, ())
    assert found.notes == (
        "near copies stand under different labels once (as train/cat/n and train/dog/n do): are both right?",
    )


def test_groups_do_not_straddle_given_splits() -> None:
    tested = fact("test/cat/g", "cat", given=TEST, group="patient 7")
    trained = fact("train/dog/g", "dog", given=TRAIN, group="patient 7")

    found = checked([*CLEAN, tested, trained])

    assert found.leaks == Leaks(groups=1)
    assert reasons(found) == {"train/dog/g": "is of one group with test/cat/g, which stands in test"}


def test_sample_under_two_labels_leaves_every_split() -> None:
    clash = [
        fact("train/cat/x", "cat", content="x", given=TRAIN),
        fact("train/dog/x", "dog", content="x", given=TRAIN),
        fact("train/cat/y", "cat", content="y", given=TRAIN),
        fact("test/dog/y", "dog", content="y", given=TEST),
    ]

    found = checked([*CLEAN, *clash])

    assert (found.label_conflicts, found.leaks.exact) == (2, 1)
    assert found.samples == tuple(CLEAN)
    assert reasons(found)["test/dog/y"] == 'stands under "cat", "dog": which is right?'


def test_leak_is_refused_by_wish() -> None:
    found = checked([*CLEAN, COPY], on_leak=OnLeak.REFUSE)

    assert found.refusal is not None
    assert found.refusal.startswith("1 of 40 test samples have copies in training")


def test_leak_makes_the_splits_anew_by_wish() -> None:
    found = checked([*CLEAN, COPY], on_leak=OnLeak.RESPLIT)

    assert paths(found.samples) == paths([*CLEAN, COPY])
    assert {sample.given for sample in found.samples} == {None}
    assert any("made anew" in note for note in found.notes)


def test_splits_without_a_leak_are_not_made_anew() -> None:
    assert checked(CLEAN, on_leak=OnLeak.RESPLIT).samples == tuple(CLEAN)


def test_leaks_and_conflicts_are_counted_and_stay_by_wish() -> None:
    samples = [*CLEAN, COPY, fact("train/dog/x", "dog", content="train/cat/0", given=TRAIN)]

    found = checked(samples, on_leak=OnLeak.IGNORE)

    assert found.samples == tuple(samples)
    assert (found.leaks.exact, found.label_conflicts, found.left_out) == (1, 1, ())
    assert "leaks and conflicting labels were left as they are, as was wished" in found.notes


@pytest.mark.parametrize(("copies", "refused"), [(8, False), (9, True)])
def test_test_of_which_a_fifth_leaked_says_nothing(copies: int, refused: bool) -> None:
    leaked = [fact(f"train/cat/c{i}", "cat", content=f"test/cat/{i}", given=TRAIN) for i in range(copies)]

    refusal = checked([*CLEAN, *leaked]).refusal

    sentence = "9 of 40 test samples have copies in training, more than the 20% allowed"
    assert refusal == (sentence if refused else None)


def test_near_copies_count_towards_the_fifth() -> None:
    exact = [fact(f"train/cat/c{i}", "cat", content=f"test/cat/{i}", given=TRAIN) for i in range(8)]
    near = [
        fact("test/dog/n", "dog", given=TEST, near="n"),
        fact("train/dog/n", "dog", given=TRAIN, near="n"),
    ]

    assert checked([*CLEAN, *exact, *near]).refusal == (
        "9 of 41 test samples have copies in training (1 of them near copies), more than the 20% allowed"
    )


@pytest.mark.parametrize(("clashes", "refused"), [(2, False), (3, True)])
def test_test_that_loses_a_twentieth_to_conflicts_is_refused(clashes: int, refused: bool) -> None:
    clashing = [fact(f"train/dog/c{i}", "dog", content=f"test/cat/{i}", given=TRAIN) for i in range(clashes)]

    refusal = checked([*CLEAN, *clashing]).refusal

    sentence = "3 of 40 test samples stand under more than one label, more than the 5% allowed"
    assert refusal == (sentence if refused else None)


def test_conflicts_everywhere_are_refused_without_a_given_test() -> None:
    samples = [fact(f"{label}/{i}", label, content=str(i)) for label in ("cat", "dog") for i in range(10)]

    assert checked(samples).refusal == (
        "20 of 20 samples stand under more than one label, more than the 5% allowed"
    )


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        ([fact("a/1", "a"), fact("a/2", "a")], 'only one class, "a", was found, but at least two are needed'),
        (
            [*given(None, 20), fact("eel/1", "eel")],
            'class "eel" has 1 sample, but each class needs at least 2 (and 4 to stand in every split)',
        ),
        (
            [*given(None, 20), *(fact(f"eel/{i}", "eel", content="same") for i in range(9))],
            'class "eel" has 1 distinct sample, but each class needs at least 2 '
            "(and 4 to stand in every split)",
        ),
        (
            [*given(None, 20), fact("eel/1", "eel"), fact("fox/1", "fox"), fact("gnu/1", "gnu")],
            'class "eel" has 1 sample (so do 2 other classes), but each class needs at least 2 '
            "(and 4 to stand in every split)",
        ),
        (
            [*CLEAN, fact("test/eel/1", "eel", given=TEST), fact("test/eel/2", "eel", given=TEST)],
            'class "eel" stands in test or validation, but not in train',
        ),
    ],
)
def test_classes_that_cannot_be_learnt_are_refused(samples: list[Found], sentence: str) -> None:
    assert checked(samples).refusal == sentence


def test_small_classes_and_classes_missing_from_the_test_are_noted() -> None:
    eels = [fact(f"train/eel/{i}", "eel", given=TRAIN) for i in range(3)]

    notes = checked([*CLEAN, *eels]).notes

    assert any(note.startswith('class "eel" has 3 distinct samples: too few') for note in notes)
    assert 'class "eel" has no sample in the given test' in notes


@pytest.mark.parametrize(("unreadable", "refused"), [(8, False), (9, True)])
def test_unreadable_files_beyond_the_limit_are_refused(unreadable: int, refused: bool) -> None:
    broken = tuple(Rejected(path=f"train/cat/b{i}.png", reason="is empty") for i in range(unreadable))
    found = Survey(root=Path("/data"), samples=tuple(CLEAN), rejected=broken, unreadable=broken)

    refusal = check(found, on_leak=OnLeak.DROP_TRAIN, unreadable_share=0.1).refusal

    sentence = (
        "9 of 89 samples could not be read, more than the 10% allowed; the first: train/cat/b0.png is empty"
    )
    assert refusal == (sentence if refused else None)


def test_copies_within_a_split_are_noted() -> None:
    twin = fact("train/cat/twin", "cat", content="train/cat/0", given=TRAIN)

    found = checked([*CLEAN, twin])

    assert twin in found.samples
    assert found.notes == ("1 sample is an exact copy of another; copies share a split",)


def test_trashnet_has_one_picture_in_both_splits_and_three_under_two_labels(shared_data: Path) -> None:
    read = survey(shared_data / "image" / "trashnet", reader=IMAGE)

    found = check(find_families(read).survey, on_leak=OnLeak.DROP_TRAIN, unreadable_share=0.1)

    assert (found.leaks.exact, found.label_conflicts, found.refusal) == (1, 3, None)
    assert {path for path, reason in reasons(found).items() if "which is right?" in reason} == {
        "test/glass/glass389.jpg",
        "train/glass/glass115.jpg",
        "train/glass/glass176.jpg",
        "train/metal/metal91.jpg",
        "train/plastic/plastic152.jpg",
        "train/plastic/plastic332.jpg",
    }


@pytest.mark.parametrize(
    ("name", "near"),
    [
        (
            "trashnet",
            32,
        ),  # the same thing from one place, a moment later; but for two bottles seen from above
        ("bccd_cells", 9),  # each the same cell, photographed twice
        ("fashion_mnist_sprite", 0),
    ],
)
def test_near_copies_of_real_sets_are_those_that_people_see(shared_data: Path, name: str, near: int) -> None:
    found = find_families(survey(shared_data / "image" / name, reader=IMAGE))

    labels = {sample.path: sample.label for sample in found.survey.samples}
    assert len(found.pairs) == near
    assert all(labels[pair.one] == labels[pair.other] for pair in found.pairs)


@pytest.mark.parametrize(
    ("name", "near", "unlike"),  # unlike: near copies that stand under different labels
    [("sms_spam", 152, 0), ("snips", 115, 0), ("banking77", 133, 2), ("afrisenti_6lang", 39, 17)],
)
def test_near_copies_of_real_texts_are_those_that_people_see(
    shared_data: Path, name: str, near: int, unlike: int
) -> None:
    found = find_families(read_source(shared_data / "text" / name, columns=Columns(), embedded=NOWHERE))

    labels = {sample.path: sample.label for sample in found.survey.samples}
    assert len(found.pairs) == near
    assert sum(labels[pair.one] != labels[pair.other] for pair in found.pairs) == unlike


def test_sms_spam_has_96_texts_in_both_splits(shared_data: Path) -> None:
    root = shared_data / "text" / "sms_spam"
    samples = find_families(read_source(root, columns=Columns(), embedded=NOWHERE)).survey.samples
    texts = [text.strip() for text in contents(root, samples)]  # three differ in spaces at their ends
    trained = {text for text, sample in zip(texts, samples, strict=True) if sample.given is TRAIN}
    both = {
        sample.path: text
        for text, sample in zip(texts, samples, strict=True)
        if sample.given is TEST and text in trained
    }

    found = check(Survey(root=root, samples=samples), on_leak=OnLeak.DROP_TRAIN, unreadable_share=0.1)

    kept = {sample.path for sample in found.samples}
    assert (len(set(both.values())), found.leaks.exact) == (96, 112)
    assert set(both) <= kept
    left = {t for t, s in zip(texts, samples, strict=True) if s.path in kept and s.given is TRAIN}
    assert not left & set(both.values())
