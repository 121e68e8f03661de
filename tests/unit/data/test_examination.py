"""What is worth a look is told with its figure; what is as it should be is not told."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from drawn_dataset import fact

from automl_tl.data.change import changes
from automl_tl.data.examination import examine
from automl_tl.data.hints import hint, labels_in_texts, name_keys
from automl_tl.data.shift import shifts, whole_of
from automl_tl.data.sketch import SKETCH
from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Found, Survey
from automl_tl.data.text_sketch import TEXT_SKETCH, sketch_texts
from automl_tl.data.two_samples import TwoSamples
from automl_tl.domain.dataset import Changes, Measure, Modality, Sample, Split
from automl_tl.domain.finding import Finding

TRAIN = Split.TRAIN
_NOWHERE = Path("/nowhere")


def told(findings: Sequence[Finding]) -> list[str]:
    return [finding.found for finding in findings]


def halves(count: int) -> np.ndarray:
    return np.arange(count) % 2 == 0


def test_shift_of_a_trait_is_told_with_its_figure() -> None:
    draw = np.random.default_rng(0)
    is_test = halves(400)
    brightness = draw.normal(100, 10, 400) + 12 * is_test

    found = shifts(
        {"brightness": brightness, "width": draw.normal(64, 9, 400)}, labels=["a"] * 400, is_test=is_test
    )

    assert len(found) == 1
    assert "brightness alone tells test from training with AUROC 0.78" in found[0].found
    assert "median 11" in found[0].found


def test_shift_of_class_shares_is_told() -> None:
    is_test = halves(400)
    labels = ["cat" if (i % 3 == 0) == held else "dog" for i, held in enumerate(is_test.tolist())]

    found = shifts({}, labels=labels, is_test=is_test)

    assert len(found) == 1
    assert "33% of the samples would have to change class" in found[0].found
    assert '"cat" is 33.5% of test and 66.5% of training' in found[0].found


def test_a_whole_that_is_told_apart_is_a_shift_where_no_trait_says_as_much() -> None:
    draw = np.random.default_rng(0)
    is_test = halves(400)
    traits = {"brightness": draw.normal(100, 10, 400) + 12 * is_test}

    clear, faint, chance = (
        told(shifts(traits, labels=["a"] * 400, is_test=is_test, whole=TwoSamples(auroc=auroc, chance=p)))
        for auroc, p in ((0.93, 0.0), (0.7, 0.0), (0.93, 0.01))
    )

    assert len(clear) == 2
    assert "another source than training" in clear[1]
    assert "AUROC 0.93" in clear[1]
    assert len(faint) == len(chance) == 1


def test_a_whole_is_told_too_where_a_trait_may_differ_by_the_shares_of_classes_alone() -> None:
    is_test = halves(400)
    labels = ["bright" if (i % 10 == 0) != held else "dark" for i, held in enumerate(is_test.tolist())]
    brightness = np.array([float(label == "bright") for label in labels])

    found = told(
        shifts(
            {"brightness": brightness}, labels=labels, is_test=is_test, whole=TwoSamples(auroc=0.7, chance=0)
        )
    )

    assert [("brightness" in one, "another source" in one, "classes" in one[:8]) for one in found] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_copies_on_one_side_are_one_sample() -> None:
    """Each of a hundred pictures of noise lies five times on its side: who knows one knows the others."""
    draw = np.random.default_rng(0)
    grey = draw.integers(0, 255, (100, 32, 32))
    sketches = Sketches(SKETCH)
    samples = []
    for row in range(500):
        record = np.zeros((), dtype=SKETCH)
        record["grey"] = grey[row % 100]
        given = Split.TEST if row % 2 else Split.TRAIN
        sketch = sketches.add(record.tobytes())
        sha256 = str(row % 100)
        samples.append(Found(path=f"{row}", size=1, sha256=sha256, label="a", given=given, sketch=sketch))
    survey = Survey(root=_NOWHERE, samples=tuple(samples), sketches=sketches)
    is_test = np.array([sample.given is Split.TEST for sample in samples])

    found = whole_of(survey, samples, is_test=is_test)

    assert found is not None
    assert found.chance > 1e-3


def test_pictures_of_another_source_are_told() -> None:
    """Light falls from the left in the test, and from either side in training."""
    ramp = np.linspace(-30, 30, 32)
    draw = np.random.default_rng(0)
    sketches = Sketches(SKETCH)
    samples = []
    for row in range(400):
        record = np.zeros((), dtype=SKETCH)
        record["width"] = record["height"] = 64
        slope = -1 if row % 4 == 1 else 1
        record["grey"] = draw.integers(60, 180, (32, 32)) + slope * ramp
        given = Split.TRAIN if row % 2 else Split.TEST
        sketch = sketches.add(record.tobytes())
        samples.append(
            Found(
                path=f"{row}.png",
                size=1,
                sha256=str(row),
                label="ab"[row % 3 == 0],
                given=given,
                sketch=sketch,
            )
        )
    survey = Survey(root=_NOWHERE, samples=tuple(samples), sketches=sketches)

    assert (
        "another source than training"
        in told([finding for finding in examine(survey, survey.samples).findings if finding.what == "shift"])[
            0
        ]
    )


def test_chance_is_no_shift() -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        traits = {name: draw.normal(size=300) for name in ("width", "height", "brightness")}
        labels = draw.choice(["a", "b", "c"], 300).tolist()

        assert shifts(traits, labels=labels, is_test=draw.random(300) < 0.2) == ()


def test_few_samples_show_no_shift() -> None:
    assert shifts({"width": np.arange(30.0)}, labels=["a"] * 30, is_test=np.arange(30) > 25) == ()


def test_what_tells_the_class_is_told_and_what_does_not_is_not() -> None:
    labels = ["cat", "dog"] * 50

    assert hint([label[0] for label in labels], labels, what="x", advice="y")[0].found == (
        "x alone tells the class of 100% of the samples (the commonest class: 50%)"
    )
    assert hint([i // 2 for i in range(100)], labels, what="x", advice="y") == ()
    assert hint(list(range(100)), labels, what="x", advice="y") == ()  # a key of one's own tells nothing
    assert hint(["same"] * 100, labels, what="x", advice="y") == ()


def test_names_after_the_class_are_no_hint_but_names_after_a_source_are() -> None:
    usual = [fact(f"{label}/{label}_{i}.jpg", label) for label in ("cat", "dog") for i in range(20)]
    sources = [
        fact(f"{label}/{camera}_{i}.jpg", label)
        for label, camera in (("cat", "canon"), ("dog", "nikon"))
        for i in range(20)
    ]

    assert name_keys(usual) is None
    assert set(name_keys(sources) or ()) == {"canon", "nikon"}


def test_labels_in_texts_are_told() -> None:
    labels = ["sport", "politics"] * 40
    texts = [f"{label}: number {i}".encode() for i, label in enumerate(labels)]

    assert labels_in_texts([b"number one"] * 80, labels) == ()
    assert labels_in_texts([b"sport and politics"] * 80, labels) == ()
    assert told(labels_in_texts(texts, labels)) == [
        '100% of the texts of class "politics" say its name, and so do those of 1 more, and hardly any '
        "other text does"
    ]


def pictures(width: Sequence[int], height: Sequence[int], *, contrast: int = 50) -> Survey:
    sketches = Sketches(SKETCH)
    samples: list[Found] = []
    for i, (wide, high) in enumerate(zip(width, height, strict=True)):
        record = np.zeros((), dtype=SKETCH)
        record["width"], record["height"] = wide, high
        record["grey"][::2] = 2 * contrast
        row = sketches.add(record.tobytes())
        label = "cat" if i % 2 else "dog"
        samples.append(Found(path=f"{label}/{i}.png", size=1, sha256=str(i), label=label, sketch=row))
    return Survey(root=_NOWHERE, samples=tuple(samples), sketches=sketches)


def test_odd_pictures_are_counted_and_sizes_measured() -> None:
    found = pictures([*[64] * 37, 8, 90, 64], [*[48] * 37, 8, 10, 48])

    examined = examine(found, found.samples)

    assert told(examined.findings) == [
        "2 of 40 pictures are smaller than 16 pixels",
        "1 of 40 pictures are more than four times as long as wide",
    ]
    assert examined.measures["width"] == Measure(least=8, low=64, median=64, high=64, most=90)


def test_blank_pictures_are_counted() -> None:
    found = pictures([64] * 6, [64] * 6, contrast=0)

    assert told(examine(found, found.samples).findings) == [
        "6 of 6 pictures are blank or nearly (one grey, no contrast)"
    ]


def test_size_that_tells_the_class_is_a_hint() -> None:
    draw = np.random.default_rng(0)
    sizes = [int(draw.integers(58, 66)) if i % 2 else int(draw.integers(118, 140)) for i in range(60)]

    examined = examine(found := pictures(sizes, sizes), found.samples)

    assert told(examined.findings)[0].startswith("a picture's size alone tells the class of 1")


def test_lengths_of_texts_are_measured() -> None:
    sketches = Sketches(TEXT_SKETCH, make=sketch_texts)
    texts = [*["one two three"] * 30, "!!!", "word " * 60]
    samples = [
        Found(path=f"{i}.txt", size=1, sha256=str(i), label="ab"[i % 2], sketch=sketches.add(text.encode()))
        for i, text in enumerate(texts)
    ]
    found = Survey(root=_NOWHERE, samples=tuple(samples), sketches=sketches, modality=Modality.TEXT)

    examined = examine(found, found.samples)

    assert told(examined.findings) == [
        "1 of 32 texts are without a letter or digit",
        "1 of 32 texts are more than 10 times as long as the median",
    ]
    assert (examined.measures["words"].median, examined.measures["characters"].most) == (3, 300)


def test_unbalanced_classes_are_told() -> None:
    samples = [fact(f"a/{i}", "a") for i in range(30)] + [fact(f"b/{i}", "b") for i in range(10)]

    balanced = examine(Survey(root=_NOWHERE, samples=tuple(samples[10:])), samples[10:])
    unbalanced = examine(Survey(root=_NOWHERE, samples=tuple(samples)), samples)

    assert balanced.findings == ()
    assert told(unbalanced.findings) == ['class "a" has 30 samples, "b" has 10: 3.0 times as many']


def test_nothing_left_is_nothing_to_look_at() -> None:
    assert examine(Survey(root=_NOWHERE, samples=()), ()).findings == ()


def frozen(sha256: str, label: str) -> Sample:
    return Sample(path=f"{label}/{sha256}", size=1, sha256=sha256, label=label, split=TRAIN)


def test_changes_are_counted_by_what_samples_are_not_by_where_they_lie() -> None:
    before = [frozen("a", "cat"), frozen("b", "cat"), frozen("c", "dog")]
    now = [frozen("a", "cat"), frozen("b", "dog"), frozen("d", "dog"), frozen("d", "dog")]

    assert changes(now, before) == Changes(added=1, gone=1, relabelled=1)
    assert changes(before, before) == Changes(added=0, gone=0, relabelled=0)
