"""Search-space files are read whole, or refused in one sentence that names the mistake."""

from pathlib import Path

import pytest

from automl_tl.data.manifest import freeze
from automl_tl.domain.candidate import CandidateFacts, Recipe, Source
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.domain.floors import Bounds, Floors
from automl_tl.domain.gate import GatePolicy, MustBeat
from automl_tl.domain.licence import ANY, LicencePolicy, Unknown
from automl_tl.domain.space import Range, Space
from automl_tl.errors import SpaceInvalid
from automl_tl.search.gate_table import check_names
from automl_tl.search.space_file import check_space, find_space, read_space, spaces

ROOT = Path("/spaces")
FULL = """
[space]
name = "shop-small"
freeze_depth = "every"
learning_rate = { low = 0.03, high = 30, log = true, relative = true }
head_learning_rate = { low = 1, high = 100, log = true }
weight_decay = { low = 1e-6, high = 1e-1, log = true }
augmentation = { low = 0.0, high = 1.0 }
max_epochs = 27

[gate]
policy = "better"
min_gain = 0.01
must_beat = "cheap"

[[candidate]]
source = "timm:mobilenetv3_small_100.lamb_in1k"

[[candidate]]
source = "local-dir:weights/mobilenetv2_100_tf2_in1k"
modality = "image"
licence = "apache-2.0"
revision = "main"
parameters = 3504872
multiply_adds = 300774272
upstream_accuracy = 0.72
pretraining_data = "ImageNet-1k"
image_size = 160
recipe = { learning_rate = 1e-3, freeze_depth = "50%" }
"""
SHORT = '[space]\nname = "s"\n[[candidate]]\nsource = "embedded:plain"\n'


def read(text: str) -> Space:
    return read_space(text, root=ROOT)


def with_space(line: str) -> str:
    return SHORT.replace('name = "s"\n', f'name = "s"\n{line}\n')


def test_every_key_of_a_full_file_arrives() -> None:
    space = read(FULL)

    first, second = space.candidates
    assert space.name == "shop-small" and space.freeze_depth == "every" and space.max_epochs == 27
    assert space.learning_rate == Range(low=0.03, high=30.0, log=True, relative=True)
    assert space.gate == GatePolicy(min_gain=0.01, must_beat=MustBeat.CHEAP)
    assert first.id == "mobilenetv3_small_100.lamb_in1k" and first.kind is Source.TIMM
    assert second.reference == "/spaces/weights/mobilenetv2_100_tf2_in1k"
    assert second.recipe == Recipe(learning_rate=1e-3, freeze_depth="50%")
    assert (second.licence, second.image_size, second.upstream_accuracy) == ("apache-2.0", 160, 0.72)


def test_what_a_file_leaves_open_is_the_domains_default() -> None:
    space = read(SHORT)

    assert space == Space(name="s", candidates=space.candidates)


def test_ids_of_the_same_last_part_are_numbered() -> None:
    text = SHORT + '[[candidate]]\nsource = "timm:other/plain"\n[[candidate]]\nsource = "embedded:plain"\n'

    assert [c.id for c in read(text).candidates] == ["plain", "plain-2", "plain-3"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            with_space("freez_depth = [0]"),
            'unknown key "freez_depth" in [space]; did you mean "freeze_depth"?',
        ),
        (SHORT + "sorce = 1", 'unknown key "sorce" in [[candidate]] 1; did you mean "source"?'),
        (SHORT + "[gates]", 'unknown key "gates" in the search space; did you mean "gate"?'),
        (SHORT + "recipe = {lr = 1}", 'unknown key "lr" in recipe of [[candidate]] 1; expected one of'),
        ("name = ", "is not TOML"),
        ('[space]\nname = "s"', "has no candidate"),
        ("[[candidate]]\nsource = 'timm:a'", 'the search space has no "space"'),
        ('[space]\nname = "s"\n[candidate]\nsource = "timm:a"', "begin with [[candidate]]"),
        ("space = 3", "[space] is 3; expected a table"),
        (with_space("head_start = 1"), "head_start in [space] is 1; expected true or false"),
        (with_space("max_epochs = 0"), "max_epochs in [space] is 0; expected a whole number from 1"),
        (with_space("max_epochs = -3"), "max_epochs in [space] is -3"),
        (with_space("max_epochs = true"), "max_epochs in [space] is true"),
        (with_space("learning_rate = 0.1"), "learning_rate in [space] is 0.1; expected a table such as"),
        (with_space("learning_rate = {low = 3, high = 1}"), "goes from 3 down to 1; expected low ≤ high"),
        (with_space("learning_rate = {low = 0, high = 1}"), "low in learning_rate of [space] is 0"),
        (with_space("weight_decay = {low = 0, high = 1, log = true}"), "above 0 on a log scale"),
        (with_space("weight_decay = {low = 'a', high = 1}"), 'low in weight_decay of [space] is "a"'),
        (with_space("weight_decay = {low = 0}"), 'weight_decay of [space] has no "high"'),
        (with_space("weight_decay = {low = 0, high = inf}"), "is inf; expected a number"),
        (with_space("weight_decay = {low = 0, high = 1, relative = true}"), "only learning_rate can be"),
        (with_space("augmentation = {low = 0, high = 2}"), "is 2; expected a number from 0 to 1"),
        (with_space('freeze_depth = "all"'), 'freeze_depth in [space] is "all"; expected "every", or'),
        (with_space("freeze_depth = [-1]"), "freeze_depth in [space] is [-1]"),
        (with_space('freeze_depth = ["120%"]'), "freeze_depth in [space] is ['120%']"),
        (with_space("freeze_depth = []"), "freeze_depth in [space] is []"),
        ('[space]\nname = "A b"\n[[candidate]]\nsource = "timm:a"', 'name in [space] is "A b"'),
        (SHORT.replace("embedded:", "embeded:"), 'did you mean "embedded"?'),
        (SHORT.replace("embedded:plain", "embedded:"), "expected a kind and a name"),
        (SHORT + "recipe = {learning_rate = 0}", "learning_rate in recipe of [[candidate]] 1 is 0"),
        (SHORT + "recipe = {freeze_depth = '5'}", 'or a share such as "50%"'),
        (SHORT + "upstream_accuracy = 72", "is 72; expected a number from 0 to 1"),
        (SHORT + 'id = "a"\n[[candidate]]\nsource = "timm:b"\nid = "a"', 'two candidates have the id "a"'),
        (SHORT + 'modality = "video"', 'modality in [[candidate]] 1 is "video"; expected one of image, text'),
        (SHORT + "licence = 3", "licence in [[candidate]] 1 is 3; expected a text"),
        (SHORT + '[gate]\npolicy = "beter"', 'policy in [gate] is "beter"; did you mean "better"?'),
        (SHORT + "[gate]\nalpha = 0", "alpha in [gate] is 0"),
        (SHORT + "[gate]\nmin_recal = 0.9", 'unknown key "min_recal" in [gate]; did you mean "min_recall"?'),
        (SHORT + "[gate]\nmin_recall = 90", "min_recall in [gate] is 90; expected a number from 0 to 1"),
        (
            SHORT + "[gate]\nmin_recall = {cat = 2}",
            "cat in min_recall of [gate] is 2; expected a number from 0",
        ),
        (SHORT + "[gate]\nmax_class_loss = '5%'", 'max_class_loss in [gate] is "5%"; expected a number'),
        (SHORT + "[gate]\nmax_size_mb = 0", "max_size_mb in [gate] is 0; expected a number above 0"),
        (
            SHORT + "[gate]\nmax_train_gap = -1",
            "max_train_gap in [gate] is -1; expected a number of at least",
        ),
        (SHORT + "[gate]\nmin_gain = -0.1", "min_gain in [gate] is -0.1; expected a number of at least 0"),
    ],
)
def test_each_mistake_gets_its_own_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SpaceInvalid) as refusal:
        read(text)

    assert sentence in refusal.value.detail


def test_floors_stand_in_the_gate_for_all_or_by_name() -> None:
    space = read(
        SHORT.replace(
            "[[candidate]]",
            """[gate]
min_recall = { malignant = 0.95, "*" = 0.5 }
min_slice_value = 0.7
max_class_loss = 0.05
max_latency_ms = 12
max_calibration_error = 0.1
[[candidate]]""",
        )
    )

    assert space.gate.floors == Floors(
        min_recall=Bounds(every=0.5, named={"malignant": 0.95}),
        min_slice_value=Bounds(every=0.7),
        max_class_loss=Bounds(every=0.05),
        max_latency_ms=12.0,
        max_calibration_error=0.1,
    )


def sealed(*, slices: tuple[str | None, ...]) -> Manifest:
    samples = tuple(
        Sample(path=str(i), size=1, sha256=str(i), label=label, split=Split.TEST, slice=slices[i])
        for i, label in enumerate(("benign", "malignant"))
    )
    return freeze(samples, modality=Modality.IMAGE, dataset_name="d", root="/data")


@pytest.mark.parametrize(
    ("floors", "sentence"),
    [
        (
            Floors(min_recall=Bounds(named={"malignent": 0.9})),
            'min_recall in [gate] names class "malignent", of which no sealed sample is; '
            'did you mean "malignant"?',
        ),
        (
            Floors(max_slice_loss=Bounds(named={"night": 0.1})),
            'max_slice_loss in [gate] names slice "night", of which no sealed sample is; '
            "no sample is of any slice",
        ),
        (
            Floors(min_slice_value=Bounds(every=0.1)),
            "min_slice_value in [gate] asks for each slice, but no sealed sample is of any slice",
        ),
    ],
)
def test_a_floor_for_what_the_data_do_not_have_is_refused_before_the_search(
    floors: Floors, sentence: str
) -> None:
    with pytest.raises(SpaceInvalid) as refusal:
        check_names(floors, sealed(slices=(None, None)))

    assert refusal.value.detail == sentence


def test_floors_for_what_the_data_have_pass() -> None:
    floors = Floors(min_recall=Bounds(named={"malignant": 0.9}), min_slice_value=Bounds(named={"day": 0.1}))

    check_names(floors, sealed(slices=("day", None)))


def facts(*, stages: int) -> CandidateFacts:
    return CandidateFacts(
        candidate="plain",
        stages=tuple(f"s{i}" for i in range(stages)),
        parameters=1,
        multiply_adds=stages,
        stage_multiply_adds=(1,) * stages,
        features=8,
        image_size=32,
        learning_rate=1e-3,
        freeze_depth=stages,
        weights_sha256="",
        size_bytes=4,
    )


@pytest.mark.parametrize("text", [with_space("freeze_depth = [0, 9]"), SHORT + "recipe = {freeze_depth = 9}"])
def test_a_freeze_depth_beyond_the_stages_is_refused(text: str) -> None:
    with pytest.raises(SpaceInvalid, match="freeze depth 9, but plain has 4 stages"):
        check_space(read(text), {"plain": facts(stages=4)})


def test_freeze_depths_within_the_stages_pass() -> None:
    check_space(read(with_space('freeze_depth = [0, 4, "50%"]')), {"plain": facts(stages=4)})


def test_a_space_is_found_by_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SHORT)

    assert find_space(str(tmp_path / "mine.toml")) == (SHORT, tmp_path)


def test_an_unknown_space_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(SpaceInvalid, match='no search space is called "nothing-like-it"'):
        find_space("nothing-like-it")
    with pytest.raises(SpaceInvalid, match="does not exist"):
        find_space(str(tmp_path / "gone.toml"))


def test_a_candidate_is_offered_to_data_that_it_reads_and_one_that_does_not_say_to_all() -> None:
    said = "".join(f'[[candidate]]\nsource = "timm:{word}"\nmodality = "{word}"\n' for word in Modality)
    space = read(SHORT + said)

    offered = {word: [c.id for c in space.reading(word).candidates] for word in Modality}

    assert offered[Modality.IMAGE] == ["plain", "image"]
    assert offered[Modality.TEXT] == ["plain", "text"]
    assert offered[Modality.AUDIO] == ["plain", "image", "audio"]  # nets of pictures see spectrograms


def test_a_space_says_under_which_licences_its_candidates_may_be() -> None:
    asked = (
        read(SHORT + '[licence]\nallow = ["mit", "apache-*"]\nunknown = "refuse"\n').candidates[0].licences
    )

    assert asked == LicencePolicy(allow=("mit", "apache-*"), deny=(), unknown=Unknown.REFUSE)
    assert read(SHORT).candidates[0].licences == ANY


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('allow = "mit"', "a list of texts"),
        ("deny = [1]", "a list of texts"),
        ('unknown = "refused"', 'did you mean "refuse"'),
        ('denied = ["mit"]', 'unknown key "denied" in \\[licence\\]; did you mean "deny"'),
    ],
)
def test_a_licence_table_that_says_something_else_is_refused(line: str, words: str) -> None:
    with pytest.raises(SpaceInvalid, match=words):
        read(f"{SHORT}[licence]\n{line}\n")


@pytest.mark.parametrize("file", spaces(), ids=lambda file: file.stem)
def test_every_space_that_comes_with_the_project_is_read(file: Path) -> None:
    text, root = find_space(file.stem)

    assert read_space(text, root=root).name == file.stem
