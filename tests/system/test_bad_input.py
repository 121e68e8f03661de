"""What bad input gets: one clear sentence, the right exit status, one JSON object, and nothing lost."""

import errno
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from automl_tl.bench.numbers import SPACE, NumbersWorker
from automl_tl.cli.main import main
from automl_tl.data.describe import describe
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.work import Describe, Evaluate, Result, Score, Work
from automl_tl.errors import DatasetChanged
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.premises import occupied
from automl_tl.settings import Home, Settings
from automl_tl.store.sql import open_store
from automl_tl.web.server import listen
from automl_tl.wiring import runner
from automl_tl.zoo.embedded_zoo import EmbeddedZoo

QUICK = ("--executor", "inline", "--max-trials", "1")


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, str]:
        """The error of the one JSON object."""
        assert "Traceback" not in self.err
        found = json.loads(self.out)["error"]
        assert set(found) == {"title", "detail"}
        return dict(found)


class PictureWorker(NumbersWorker):
    """Reads datasets and candidates as a real worker does; the rest is numbers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def perform(self, work: Work) -> Result:
        """Describe and score for real."""
        if isinstance(work, Describe):
            return describe(
                work,
                datasets=self.settings.folders.datasets,
                manifests=self.settings.folders.manifests,
                unpacked_bytes=self.settings.unpacked_bytes,
                unreadable_share=self.settings.unreadable_share,
            )
        if isinstance(work, Score):
            EmbeddedZoo().facts(Candidate(id=work.candidate.id, source=work.candidate.source))
        return super().perform(work)


@pytest.fixture
def ask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Answer]]:
    """Run the command line in this process, on a home of the test's own."""
    monkeypatch.setenv("AUTOML_TL_REGISTRY", "folder")

    def workers(kind: object, settings: Settings, **_: object) -> InlineExecutor:
        return InlineExecutor(PictureWorker(settings))

    monkeypatch.setattr(runner, "executor_of", workers)

    def ask(*words: object) -> Answer:
        with pytest.raises(SystemExit) as left:
            main(["--home", str(tmp_path / "home"), *map(str, words)])
        said = capsys.readouterr()
        return Answer(int(left.value.code or 0), said.out, said.err)

    yield ask


@pytest.fixture
def space(tmp_path: Path) -> Callable[..., Path]:
    """Write a small space file."""

    def write(*, source: str = "embedded:tiny_resnet", lines: str = "") -> Path:
        path = tmp_path / "space.toml"
        text = f'[space]\nname = "s"\nmax_epochs = 1\n{lines}\n[[candidate]]\nsource = "{source}"\n'
        path.write_text(text)
        return path

    return write


def draw(folder: Path, **classes: int) -> Path:
    """A folder of class folders with so many small pictures, each another."""
    number = 0
    for label, count in classes.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            number += 1
            pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{index}.png")
    return folder


def cut(folder: Path, *, count: int) -> None:
    for path in sorted(folder.glob("*.png"))[:count]:
        path.write_bytes(path.read_bytes()[:60])


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def unpackable(path: Path) -> Path:
    with tarfile.open(path, "w") as file:
        entry = tarfile.TarInfo("a/../../../out.png")
        entry.size = 1
        file.addfile(entry, io.BytesIO(b"x"))
    return path


def bomb(path: Path) -> Path:
    return zipped(path, {"a/1.png": bytes(80 * 2**20)})


DATASETS: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda p: p.mkdir(), "is empty, but a folder of class folders was expected"),
    "flat": (lambda p: draw(p.parent, flat=3), "no file in a class folder"),
    "one-class": (lambda p: draw(p, a=9), 'only one class, "a", was found, but at least two are needed'),
    "one-sample": (lambda p: draw(p, a=9, b=1), 'class "b" has 1 sample, but each class needs at least 2'),
    "cut": (lambda p: cut(draw(p, a=9, b=9) / "a", count=3), "3 of 18 samples could not be read, more than"),
    "no-picture": (lambda p: (draw(p, a=0, b=0) / "a" / "x.txt").write_text("x"), "at least two are needed"),
    "climbs.tar": (unpackable, "would land outside of its folder"),
    "climbs.zip": (lambda p: zipped(p, {"../../x.png": b"x"}), 'holds "../../x.png", which would land'),
    "bomb.zip": (bomb, "unpacks to more than 200 times"),
    "nothing.zip": (lambda p: zipped(p, {}), "holds no file"),
}


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_that_cannot_be_learnt_from_is_refused(
    ask: Callable[..., Answer], space: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    make, sentence = DATASETS[name]
    make(tmp_path / name)

    said = ask("run", tmp_path / name, "--name", "n", "--space", space(), *QUICK, "--json")

    outcome = json.loads(said.out)
    assert said.status == 2
    assert (outcome["state"], outcome["fault"]) == ("failed", "request")
    assert sentence in outcome["error"]["detail"]
    assert "Traceback" not in said.err
    assert not list(tmp_path.rglob("out.png"))


def test_a_few_unreadable_pictures_are_left_out_and_reported(
    ask: Callable[..., Answer], tmp_path: Path
) -> None:
    cut(draw(tmp_path / "d", a=20, b=20) / "a", count=2)

    said = ask("data", "check", tmp_path / "d", "--json")

    report = json.loads(said.out)
    assert said.status == 0
    assert (report["samples"], report["unreadable"]) == (38, 2)
    assert [row["path"] for row in report["rejected"]] == ["a/0.png", "a/1.png"]


def test_a_check_that_refuses_gives_the_report_and_the_error(
    ask: Callable[..., Answer], tmp_path: Path
) -> None:
    said = ask("data", "check", draw(tmp_path / "d", a=9), "--json")

    assert said.status == 2
    assert json.loads(said.out)["verdict"] == "refused"
    assert said.error["detail"].startswith('only one class, "a"')


OPTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "negative time": (("--time-budget=-5m",), "'-5m' is negative"),
    "no time": (("--time-budget", "0"), "expected more than 0 seconds"),
    "no duration": (("--time-budget", "soon"), "'soon' is not a duration such as 90s"),
    "no trials": (("--max-trials", "0"), "max_trials 0: expected 1 or more"),
    "negative epochs": (("--epoch-budget", "-1"), "epoch_budget -1: expected 1 or more"),
    "half trials": (("--max-trials", "1.5"), "'1.5' is not a valid integer"),
    "no metric": (("--metric", "fine"), "metric: expected 'accuracy'"),
    "bad dataset name": (("--dataset-name", "A b"), "dataset_name 'A b': expected 1 to 63"),
    "negative seed": (("--seed", "-1"), "seed -1: expected 0 to"),
    "no limit": (("--max-size-mb", "nan"), "max_size_mb: expected a finite number"),
    "no such strategy": (("--strategy", "luck"), "'luck' is not one of"),
    "tune without Ray": (("--strategy", "tune", "--executor", "inline"), "strategy tune runs on Ray"),
    "no such space": (("--space", "shop"), 'no search space is called "shop"'),
    "no such space file": (("--space", "shop.toml"), "shop.toml does not exist"),
    "no such option": (("--max-trial", "3"), "No such option"),
    "too many": (("another",), "unexpected extra argument"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_that_makes_no_sense_is_refused_before_anything_is_stored(
    ask: Callable[..., Answer], tmp_path: Path, name: str
) -> None:
    words, sentence = OPTIONS[name]
    dataset = draw(tmp_path / "d", a=1)

    said = ask("run", dataset, "--name", "n", *words, "--json")

    assert said.status == 2
    assert sentence in said.error["detail"]
    assert not (tmp_path / "home").exists()
    spoken = ask("run", dataset, "--name", "n", *words)
    assert (spoken.status, spoken.out) == (2, "")
    assert sentence in spoken.err


def test_names_and_datasets_that_are_none_are_refused(ask: Callable[..., Answer], tmp_path: Path) -> None:
    dataset = draw(tmp_path / "d", a=1)
    (tmp_path / "text").write_text("hello")

    assert "'B d': expected 1 to 63" in ask("run", dataset, "--name", "B d", "--json").error["detail"]
    assert "name is missing" in ask("run", dataset, "--json").error["detail"]
    assert "dataset is missing" in ask("run", "--name", "n", "--json").error["detail"]
    nowhere = ask("run", tmp_path / "nowhere", "--name", "n", "--json")
    assert (nowhere.status, nowhere.error["title"]) == (2, "the dataset was refused")
    assert "does not exist: expected a folder" in nowhere.error["detail"]
    assert "is neither a folder nor a zip" in ask("run", tmp_path / "text", "--name", "n").err


SPACES: dict[str, tuple[dict[str, str], str]] = {
    "unknown key": (
        {"lines": "max_epoch = 3"},
        'unknown key "max_epoch" in [space]; did you mean "max_epochs"?',
    ),
    "unknown source": ({"source": "tim:resnet18"}, 'did you mean "timm"?'),
    "share beyond": ({"lines": 'freeze_depth = ["150%"]'}, "freeze_depth in [space] is ['150%']; expected"),
    "no number": ({"lines": "weight_decay = 3"}, "a table such as"),
    "unknown policy": ({"lines": '[gate]\npolicy = "bettr"'}, 'did you mean "better"?'),
}


@pytest.mark.parametrize("name", SPACES)
def test_a_space_file_that_says_nothing_searchable_is_refused(
    ask: Callable[..., Answer], space: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    parts, sentence = SPACES[name]

    said = ask("run", draw(tmp_path / "d", a=1), "--name", "n", "--space", space(**parts), "--json")

    assert (said.status, said.error["title"]) == (2, "the search space is not valid")
    assert sentence in said.error["detail"]


def test_a_space_file_that_is_no_text_is_refused(ask: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(b"\xff\xfe\0")

    said = ask("run", draw(tmp_path / "d", a=1), "--name", "n", "--space", tmp_path / "s.toml", "--json")

    assert (said.status, said.error["title"]) == (2, "the search space is not valid")


RUNS: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "unknown candidate": (
        {"source": "embedded:tiny_resnt"},
        (),
        "there is no embedded net 'tiny_resnt', but",
    ),
    "too deep": ({"lines": "freeze_depth = [0, 99]"}, (), "freeze depth 99, but tiny_resnet has 4 stages"),
    "too large": ({}, ("--max-params", "10"), "1000 parameters, but at most 10 are allowed"),
}


@pytest.mark.parametrize("name", RUNS)
def test_what_only_the_candidates_tell_is_refused_by_the_job(
    ask: Callable[..., Answer], space: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    parts, words, sentence = RUNS[name]
    dataset = draw(tmp_path / "d", a=8, b=8)

    said = ask("run", dataset, "--name", "n", "--space", space(**parts), *QUICK, *words, "--json")

    assert said.status == 2
    assert sentence in json.loads(said.out)["error"]["detail"]


FILES: dict[str, tuple[str, str]] = {
    "no TOML": ("x = [", "is not TOML"),
    "unknown key": ('nmae = "n"', "unknown key 'nmae'; did you mean \"name\"?"),
    "dataset of another type": ('name = "n"\ndataset = 3', "dataset: expected a valid string, found 3"),
    "name of another type": ('name = 3\ndataset = "d"', "name: expected a valid string, found 3"),
    "truth for a number": ('name = "n"\ndataset = "d"\nmax_trials = true', "max_trials: expected a number"),
    "date for a time": (
        'name = "n"\ndataset = "d"\ntime_budget = 2026-01-01',
        "time_budget: expected a valid",
    ),
    "no dataset there": ('name = "n"\ndataset = "e"', "does not exist"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_job_file_that_says_no_job_is_refused(
    ask: Callable[..., Answer], tmp_path: Path, name: str
) -> None:
    text, sentence = FILES[name]
    draw(tmp_path / "d", a=1)
    (tmp_path / "job.toml").write_text(text)

    said = ask("run", "--from", tmp_path / "job.toml", "--json")

    assert said.status == 2
    assert sentence in said.error["detail"]


ABSENT = (
    ("submit", "d", "--name", "n"),
    ("jobs", "list"),
    *(("jobs", verb, "j-1") for verb in ("show", "watch", "cancel", "retry", "pause", "resume", "logs")),
)


@pytest.mark.parametrize("words", ABSENT, ids=" ".join)
def test_without_a_daemon_its_commands_say_so(ask: Callable[..., Answer], words: tuple[str, ...]) -> None:
    said = ask(*words, "--json")

    assert (said.status, said.error["title"]) == (2, "no daemon is running")
    assert "start one with automl-tl serve" in said.error["detail"]
    assert ask(*words).err.count("\n") == 1


def test_names_without_a_model_are_not_found(ask: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")

    for words in (
        ("models", "show", "m"),
        ("predict", "m", tmp_path / "text.png"),
        ("evaluate", "m", tmp_path),
    ):
        said = ask(*words, "--json")
        assert (said.status, said.error["title"]) == (2, "not found"), words


@pytest.mark.parametrize(("variable", "value"), [("REGISTRY", "shelf"), ("PORT", "high"), ("WORKERS", "0")])
def test_a_setting_that_makes_no_sense_is_named(
    ask: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"AUTOML_TL_{variable}", value)

    said = ask("models", "list", "--json")

    assert said.status == 2
    assert said.error["detail"].startswith(f"AUTOML_TL_{variable} is '{value}'; expected ")


def test_a_second_daemon_on_a_home_is_refused(ask: Callable[..., Answer], tmp_path: Path) -> None:
    with occupied(Home(root=tmp_path / "home")):
        said = ask("serve", "--port", "0")

    assert said.status == 2
    assert "is the daemon of" in said.err and "stop it first" in said.err


def test_a_port_in_use_is_refused(ask: Callable[..., Answer]) -> None:
    with closing(listen(host="127.0.0.1", port=0)) as taken:
        port = taken.getsockname()[1]
        said = ask("serve", "--port", port)

    assert said.status == 2
    assert f"port {port} of 127.0.0.1 is in use by another process: choose another" in said.err


def test_a_home_that_cannot_be_made_is_named(ask: Callable[..., Answer], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    said = ask("--home", tmp_path / "file" / "home", "models", "list", "--json")

    assert said.status == 2
    assert str(tmp_path / "file") in said.error["detail"]


def _failing(error: Exception, *, on: type[Any]) -> Callable[..., Result]:
    whole = NumbersWorker.perform

    def perform(self: NumbersWorker, work: Work) -> Result:
        if isinstance(work, on):
            raise error
        return whole(self, work)

    return perform


FULL = (
    OSError(errno.ENOSPC, "No space left on device", "/home/x"),
    ValueError("Error while serializing: I/O error: No space left on device (os error 28)"),
)


@pytest.mark.parametrize("error", FULL, ids=["the system's", "a library's"])
def test_a_full_disk_is_said_and_the_job_goes_on_after_a_retry(
    ask: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    (tmp_path / "numbers.toml").write_text(SPACE)
    dataset = draw(tmp_path / "d", a=1)
    monkeypatch.setattr(runner, "executor_of", lambda kind, settings, **_: InlineExecutor(NumbersWorker()))
    words = ("run", dataset, "--name", "n", "--space", tmp_path / "numbers.toml", *QUICK, "--json")
    with monkeypatch.context() as broken:
        broken.setattr(NumbersWorker, "perform", _failing(error, on=Evaluate))
        said = ask(*words)

    outcome = json.loads(said.out)
    assert said.status == 2
    assert (outcome["fault"], outcome["error"]["title"]) == ("operator", "the disk is full")
    with closing(open_store(tmp_path / "home" / "store.sqlite3")) as store:
        assert store.retry(outcome["job"]).state == "queued"
    assert ask(*words).status == 0


def test_a_dataset_that_changes_under_its_job_ends_it_with_the_file(
    ask: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers.toml").write_text(SPACE)
    monkeypatch.setattr(runner, "executor_of", lambda kind, settings, **_: InlineExecutor(NumbersWorker()))
    error = DatasetChanged("a/1.png is not what it was when the job began")
    monkeypatch.setattr(NumbersWorker, "perform", _failing(error, on=Evaluate))

    said = ask("run", draw(tmp_path / "d", a=1), "--name", "n", "--space", tmp_path / "numbers.toml", *QUICK)

    assert said.status == 2
    assert "the dataset changed under its job: a/1.png is not" in said.out


def test_another_metric_for_a_name_and_a_champion_refused_have_their_status(
    ask: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers.toml").write_text(SPACE)
    monkeypatch.setattr(runner, "executor_of", lambda kind, settings, **_: InlineExecutor(NumbersWorker()))
    space = ("--space", tmp_path / "numbers.toml")
    words = ("run", draw(tmp_path / "d", a=1), "--name", "n", *space, *QUICK)

    first = ask(*words, "--fail-unless-promoted", "--json")
    again = ask(*words, "--fail-unless-promoted", "--json")
    other = ask(*words, "--metric", "mcc", "--json")

    assert [json.loads(said.out)["decision"] for said in (first, again)] == ["promote", "keep"]
    assert (first.status, again.status, other.status) == (0, 3, 2)
    assert "n has been judged by accuracy since its first job" in other.error["detail"]
