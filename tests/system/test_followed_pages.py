"""README and the guides followed from top to bottom: every command that they show does something."""

import json
import shutil
import tarfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from page_reader import Reader
from patience import until
from PIL import Image
from shown import blocks

from automl_tl.client.address import find_address

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ["--executor", "inline", "--max-trials", "2", "--epoch-budget", "4"]
ELSEWHERE = {
    "make venv && . .venv/bin/activate": "by whoever runs this test",
    "make test PYTEST_ARGS=": "tests/unit/test_guides.py looks whether the tests exist",
    "make check": "this test is part of it",
    "curl http://127.0.0.1:8787/metrics": "tests/unit/metrics: a real Prometheus reads it",
    "promtool": "tests/unit/metrics/test_watching.py",
    "python deploy/grafana/dashboards.py": "tests/unit/metrics/test_watching.py",
    "docker compose": "not run: wants Docker; tests/unit/deploy reads what it would",
    "sudo": "not run: wants a machine of its own; tests/unit/deploy/test_systemd.py checks the files",
    "automl-tl run flowers --name flowers --space image-small": "wants a hub; tests/unit/zoo has one",
    "automl-tl zoo prefetch": "wants a hub; tests/unit/zoo/test_prefetch.py against one of ours",
    "automl-tl zoo pretrain": "an hour; tests/unit/zoo/test_embedded.py, in no minutes",
    "automl-tl bench": "minutes to hours; docs/benchmarks.md has what they printed",
}
"""What these tests do not run: the beginning of a line, and who does."""


def small(words: list[str]) -> list[str]:
    """What makes a job of seconds of it: few trials, of two nets where it says nothing of a space."""
    says_which = {"--space", "--from"} & set(words)
    return SMALL if says_which else [*SMALL, "--space", "small.toml"]


def run_small(reader: Reader, words: list[str]) -> None:
    reader.call(*words, *([] if "--plan" in words else small(words)))


def submit_small(reader: Reader, words: list[str]) -> None:
    ends = frozenset({0, 3} if "--fail-unless-promoted" in words else {0})
    reader.call(*words, *small(words), ends=ends)
    if "--reuse" not in words:  # that one has the answer of another
        with reader.client() as client:
            reader.stands_for["ID"] = client.jobs()["jobs"][0]["job"]


def serve(reader: Reader, words: list[str]) -> None:
    for name in ("URL", "KEY_FILE"):  # from here on the reader is at the daemon's machine again
        reader.environment.delenv(f"AUTOML_TL_{name}", raising=False)
    reader.serve()


def pause(reader: Reader, words: list[str]) -> None:
    submit_small(reader, ["submit", "flowers", "--name", "paused", "--seed", "3"])
    reader.call("jobs", "pause", reader.stands_for["ID"])
    _await(reader, "paused")


def cancel(reader: Reader, words: list[str]) -> None:
    reader.call(*words)
    _await(reader, "cancelled")


def follow_a_trial(reader: Reader, words: list[str]) -> None:
    assert "trial 0" in reader.call(*["0" if word == "3" else word for word in words])


def show_card(reader: Reader, words: list[str]) -> None:
    with reader.client() as client:
        jobs = client.jobs(states=["succeeded"])["jobs"]
    ended = next(job["job"] for job in jobs if job["decision"] is not None and job["trials"])
    reader.call(*[ended if word == reader.stands_for.get("ID", "ID") else word for word in words])


def export_best(reader: Reader, words: list[str]) -> None:
    shutil.rmtree(reader.folder / "best", ignore_errors=True)
    reader.call(*words)
    assert (reader.folder / "best" / "model.safetensors").is_file()


def predict_a_stream(reader: Reader, words: list[str]) -> None:
    reader.environment.setattr("sys.stdin", StringIO("new/one.png\nnew/two.png\n"))
    said = reader.call(*words)
    assert [json.loads(line)["label"] for line in said.splitlines()] == ["daisy", "rose"]


def ask_mails(reader: Reader, words: list[str]) -> None:
    reader.call("run", "mails.csv", "--name", "mails", "--label-column", "folder", *small([]))
    assert reader.call(*words)


def roll_back(reader: Reader, words: list[str]) -> None:
    before = _champion(reader)
    other = next(version for version in _versions(reader) if version != before)
    _promote(reader, other)
    assert f"champion: version {before}" in reader.call(*words)


def promote_another(reader: Reader, words: list[str]) -> None:
    other = next(version for version in _versions(reader) if version != _champion(reader))
    said = reader.call(*[str(other) if word == "3" else word for word in words])
    assert f"champion: version {other}" in said


def delete_one(reader: Reader, words: list[str]) -> None:
    first, second, *_, spare, _challenger = _versions(reader)
    for version in (second, first):
        if version != _champion(reader):
            _promote(reader, version)
    reader.call(*[str(spare) if word == "2" else word for word in words])
    assert spare not in _versions(reader)


def forget(reader: Reader, words: list[str]) -> None:
    with reader.client() as client:
        until(lambda: not any(client.jobs()["counts"][state] for state in ("queued", "running")), what="rest")
    reader.call(*words)


def revoke(reader: Reader, words: list[str]) -> None:
    (key,) = json.loads(reader.call("keys", "list", "--json"))["keys"]
    reader.call(*words[:-1], key["id"])
    made = json.loads(reader.call("keys", "create", "--tenant", "acme", "--role", "admin", "--json"))
    Path(reader.stands_for["~/.config/automl-tl.key"]).write_text(made["key"])
    reader.stands_for["https://automl.example.org"] = find_address(url=None, home=reader.home, token=None).url


def add_webhook(reader: Reader, words: list[str]) -> None:
    reader.stands_for["the webhook"] = json.loads(reader.call(*words, "--json"))["webhook"]


def show_webhook(reader: Reader, words: list[str]) -> None:
    said = reader.call(*words[:-1], reader.stands_for["the webhook"])
    assert "hooks.example.com/automl/acme of decided, failed, missed\nthere was nothing to tell yet" in said


def restore(reader: Reader, words: list[str]) -> None:
    target = Path(words[-1])
    reader.call(*words)
    assert "flowers" in reader.call("--home", str(target), "models", "list")


WAYS = {
    "run": run_small,
    "submit": submit_small,
    "serve": serve,
    "jobs pause": pause,
    "jobs cancel": cancel,
    "jobs logs ID --trial": follow_a_trial,
    "jobs card": show_card,
    "jobs export": export_best,
    "predict flowers -": predict_a_stream,
    "predict mails": ask_mails,
    "models rollback": roll_back,
    "models promote": promote_another,
    "models delete": delete_one,
    "data forget": forget,
    "keys revoke": revoke,
    "restore": restore,
    "webhooks add": add_webhook,
    "webhooks show": show_webhook,
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the pages' reader has: flowers of which daisies are bright and roses dark."""
    root, random = tmp_path_factory.mktemp("own"), np.random.default_rng(0)

    def draw(path: Path, *, light: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(light - 50, light + 50, (16, 16, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(path)

    for label, light in (("daisy", 170), ("rose", 60)):
        for number in range(80):
            draw(root / "flowers" / label / f"{number:02}.png", light=light)
        for number in range(12):
            draw(root / "labelled" / label / f"{number:02}.png", light=light)
    draw(root / "new" / "one.png", light=170)
    draw(root / "new" / "two.png", light=60)
    (root / "orders.csv").write_text("file,order\nnew/one.png,17\nnew/two.png,18\n")
    folders = (("todo", "please send the report by monday"), ("private", "see you at dinner tonight"))
    mails = [f"{text} {number},{folder}" for number in range(40) for folder, text in folders]
    (root / "mails.csv").write_text("\n".join(["text,folder", *mails]) + "\n")
    (root / "shop.csv").write_text("text,label\nall is well,a\n")
    (root / "spaces").mkdir()
    shutil.copy(REPOSITORY / "search_spaces" / "embedded.toml", root / "spaces" / "shop-small.toml")
    shutil.copy(root / "spaces" / "shop-small.toml", root / "mine.toml")
    head, *candidates = (root / "mine.toml").read_text().split("[[candidate]]")
    two = [text for text in candidates if "tiny_efficientnet" in text or "tiny_bert" in text]
    (root / "small.toml").write_text("[[candidate]]".join([head, *two]))
    (nightly,) = blocks((REPOSITORY / "docs" / "daemon.md").read_text(), "toml")
    (root / "nightly.toml").write_text(nightly)
    with tarfile.open(root / "flowers.tar", "w") as archive:
        archive.add(root / "flowers", arcname="flowers")
    return root


@pytest.fixture
def reader(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    folder = tmp_path / "here"
    shutil.copytree(own, folder)
    monkeypatch.chdir(folder)
    for name, value in (("HOME", tmp_path / "home"), ("REGISTRY", "folder"), ("DATASET_ROOTS", folder)):
        monkeypatch.setenv(f"AUTOML_TL_{name}", str(value))
    reader = Reader(
        folder=folder, home=tmp_path / "home", capture=capsys, environment=monkeypatch,
        ways=WAYS, elsewhere=ELSEWHERE,
    )  # fmt: skip
    reader.stands_for = {
        "somewhere/new.jpg": "new/one.png",
        "flowers/daisy/01.jpg": "flowers/daisy/01.png",
        "/data/flowers": str(folder / "flowers"),
        "/srv/": f"{tmp_path}/srv/",
        "tests/tables/": f"{REPOSITORY}/tests/tables/",
        "TABLE.csv": f"{REPOSITORY}/tests/tables/cnn11.csv",
        "FILE": "mine.toml",
        "NAME": "flowers",
        "DATASET": "flowers",
        "~/.config/automl-tl.key": str(tmp_path / "automl-tl.key"),
    }
    yield reader
    reader.end()


@pytest.mark.slow
def test_the_pages_from_a_first_dataset_to_a_forgotten_sample(reader: Reader) -> None:
    for page in (
        "README.md",
        *("docs/your-first-dataset.md", "docs/daemon.md", "docs/champions.md", "docs/queue.md"),
        *("docs/why-was-my-model-refused.md", "docs/upkeep.md"),
        *("docs/settings.md", "docs/how-it-works.md", "docs/extending.md", "search_spaces/README.md"),
    ):
        reader.follow((REPOSITORY / page).read_text())

    assert len(reader.ran) > 50


@pytest.mark.slow
def test_the_pages_for_who_keeps_a_daemon(reader: Reader) -> None:
    for seed in ("1", "2"):
        reader.call("run", "flowers", "--name", "flowers", "--seed", seed, *small([]))
    reader.serve()
    reader.call("schedule", "add", "flowers", "--dataset", "flowers", "--cron", "0 2 * * *")
    for page in ("docs/keys-and-webhooks.md", "docs/metrics.md", "deploy/README.md"):
        reader.follow((REPOSITORY / page).read_text())


def _await(reader: Reader, state: str) -> None:
    job = reader.stands_for["ID"]
    with reader.client() as client:
        until(lambda: client.job(job)["state"] == state, what=f"a job that is {state}")


def _model(reader: Reader) -> dict[str, object]:
    return dict(json.loads(reader.call("models", "show", "flowers", "--json")))


def _promote(reader: Reader, version: int) -> None:
    reader.call("models", "promote", "flowers", str(version), "--reason", "to have one before")


def _champion(reader: Reader) -> object:
    return _model(reader)["champion_version"]


def _versions(reader: Reader) -> list[int]:
    found = _model(reader)["versions"]
    assert isinstance(found, list)
    return sorted(one["version"] for one in found if one["gone"] is None)
