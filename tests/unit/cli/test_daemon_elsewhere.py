"""A laptop without a home drives a daemon elsewhere, with a key and with paths that are not its own."""

import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import played_job
import pytest
from served import app_over, served

from automl_tl.cli.main import main
from automl_tl.domain.api_key import new_key
from automl_tl.domain.caller import Role
from automl_tl.domain.prediction import OnError, PredictionTerms
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store
from automl_tl.web import access_view

Captured = pytest.CaptureFixture[str]


class Reader:
    """A models process that says of each file what is in it, and of an empty one that it is none."""

    def is_alive(self) -> bool:
        return True

    def predict(self, name: str, *, inputs: Sequence[Any], terms: PredictionTerms) -> list[dict[str, object]]:
        assert terms.on_error is OnError.TELL
        return [self._answer(one) for one in inputs]

    def _answer(self, given: Any) -> dict[str, object]:
        text = given.read_text() if isinstance(given, Path) else given.text
        if not text:
            return {"input": str(given), "error": {"title": "refused", "detail": f"{given} is empty"}}
        return {"input": str(given), "label": text, "probability": 1.0, "abstained": False}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the other machine: its home, and what a tenant may have read there."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "data" / "flowers" / "daisy").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def store(server: Path) -> Iterator[Store]:
    (server / "home").mkdir()
    store = open_store(server / "home" / "store.sqlite3")
    yield store
    store.close()


@pytest.fixture(scope="module")
def url(server: Path, store: Store) -> Iterator[str]:
    settings = Settings(home=server / "home", dataset_roots=(server / "data",))
    with served(app_over(store, settings, models=Reader())) as url:
        yield url


@pytest.fixture
def key(store: Store) -> str:
    return add_key(store, Role.SUBMITTER)


def add_key(store: Store, role: Role) -> str:
    made = access_view.add_key(store, tenant="default", role=role, label="laptop", expires=None, who="test")
    return str(made["key"])


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, and a home that is never made."""
    monkeypatch.setenv("AUTOML_TL_HOME", str(tmp_path / "no-home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(str(left.value.code))


def test_jobs_are_driven_with_the_key_of_a_file(
    server: Path, url: str, key: str, laptop: Path, store: Store, capsys: Captured
) -> None:
    (laptop / "key").write_text(key + "\n")
    there = ("--url", url, "--key-file", "key")
    flowers = str(server / "data" / "flowers")

    assert ask("submit", flowers, "--name", "roses", "--json", *there) == 0
    job = json.loads(capsys.readouterr().out)["job"]
    assert ask("jobs", "list", *there) == 0
    assert job in capsys.readouterr().out
    assert ask("jobs", "cancel", job, "--json", f"--url={url}", "--key-file=key") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "cancelled"
    assert ask("models", "list", *there) == 0
    assert ask("schedule", "add", "nightly", "--dataset", flowers, "--cron", "0 2 * * *", *there) == 0

    assert store.job(job).request.dataset.path == flowers
    assert not (laptop / "no-home").exists()


def test_environment_names_the_daemon_until_a_home_is_said(
    url: str, key: str, laptop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("AUTOML_TL_URL", url + "/")
    monkeypatch.setenv("AUTOML_TL_KEY", key)

    assert ask("jobs", "list", "--json") == 0
    assert ask("--home", str(laptop / "own"), "jobs", "list", "--json") != 0

    assert "no daemon runs on" in capsys.readouterr().out


def test_paths_of_this_machine_are_refused_or_sent(
    url: str, key: str, laptop: Path, capsys: Captured
) -> None:
    (laptop / "tulips" / "red").mkdir(parents=True)
    (laptop / "tulips" / "red" / "1.txt").write_text("red")
    with tarfile.open(laptop / "tulips.tar", "w") as archive:
        archive.add(laptop / "tulips", arcname="tulips")
    there = ("--name", "tulips", "--json", "--url", url, "--key", key)

    assert ask("submit", "tulips", *there) == 2
    refused = capsys.readouterr().out
    assert ask("submit", "tulips.tar", "--upload", *there) == 0

    assert "tulips is relative to this machine" in refused and key not in refused
    assert json.loads(capsys.readouterr().out)["state"] == "queued"


def test_files_of_this_machine_are_sent_to_be_predicted_for(
    url: str, key: str, laptop: Path, store: Store, capsys: Captured
) -> None:
    played_job.play_job(store, name="read")
    (laptop / "a.txt").write_text("one")
    (laptop / "b.txt").write_text("")
    words = ("predict", "read", "a.txt", "b.txt", "gone.txt", "--text", "two", "--jsonl")

    assert ask(*words, "--url", url, "--key", key) == 2

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row.get("label") for row in rows] == ["one", None, None, "two"]
    assert [row["input"] for row in rows] == ["a.txt", "b.txt", "gone.txt", "two"]
    assert rows[1]["error"]["detail"] == f"{laptop}/b.txt is empty"
    assert "gone.txt cannot be read: No such file" in rows[2]["error"]["detail"]


def test_admin_keeps_keys_and_quotas_of_a_daemon_elsewhere(
    url: str, store: Store, laptop: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("AUTOML_TL_URL", url)
    monkeypatch.setenv("AUTOML_TL_KEY", add_key(store, Role.ADMIN))

    assert ask("keys", "create", "--tenant", "acme", "--role", "submitter", "--expires", "1d", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert ask("keys", "list", "--tenant", "acme") == 0
    listed = capsys.readouterr().out
    assert ask("keys", "revoke", made["id"]) == 0
    assert ask("quota", "set", "acme", "--running-jobs", "2") == 0
    assert ask("quota", "list", "--json") == 0

    assert made["id"] in listed and made["key"] not in listed
    assert store.standing_key(made["id"]) is None
    tenants = json.loads(capsys.readouterr().out.splitlines()[-1])["tenants"]
    assert {"tenant": "acme", "running_jobs": 2, "compute_seconds": None, "running": 0} in [
        {key: row[key] for key in row if key != "used_seconds"} for row in tenants
    ]
    assert not (laptop / "no-home").exists()


def test_doctor_says_whether_it_answers_and_what_the_key_may_do(url: str, key: str, capsys: Captured) -> None:
    def found(*words: str) -> tuple[int, list[tuple[str, str, str]]]:
        status = ask("doctor", "--json", *words)
        findings = json.loads(capsys.readouterr().out)["findings"]
        return status, [(one["what"], one["health"], one["found"]) for one in findings[1:]]

    status, (answers, may) = found("--url", url, "--key", key)
    assert status == 0
    assert answers == ("daemon", "ok", f"{url} answers and takes jobs")
    assert may[:2] == ("key", "ok") and "submitter of default: sees, predicts, submits" in may[2]
    status, (_, wrong) = found("--url", url, "--key", new_key())
    assert status == 1 and wrong[1] == "bad" and "neither the daemon's token nor a key" in wrong[2]
    assert found("--url", "http://127.0.0.1:9")[1][0][1] == "bad"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--url", "ftp://there", "jobs", "list"), "'ftp://there' is not a daemon's address"),
        (("--url", "https://me:secret@there", "jobs", "list"), "holds a name or a password"),
        (("--url", "http://there:99999", "jobs", "list"), "is not a daemon's address"),
        (("--url", "http://there", "--home", "here", "jobs", "list"), "--home and --url were both given"),
        (("--url", "http://there", "gone", "--key-file", "none"), "No such command"),
        (("--url", "http://there", "--key-file", "none", "jobs", "list"), "the key file none cannot be read"),
        (("--url", "http://there", "audit"), "audit works on this machine"),
        (("--url", "http://there", "jobs", "export", "x", "--to", "y"), "jobs export works on this machine"),
        (("--url", "http://there", "data", "check", "x"), "data check works on this machine"),
        (("--url", "http://there", "completion", "zsh"), "completion works on this machine"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    words: tuple[str, ...], sentence: str, capsys: Captured
) -> None:
    assert ask(*words, "--json") != 0

    said = capsys.readouterr().out
    assert sentence in json.loads(said)["error"]["detail"]
    assert "secret" not in said


def test_backups_do_not_keep_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from automl_tl.settings import variables

    kept = variables({"AUTOML_TL_KEY": "atl_x", "AUTOML_TL_KEY_FILE": "k", "AUTOML_TL_WORKERS": "2"})

    assert kept == {"AUTOML_TL_WORKERS": "2"}
    assert "atl_x" not in repr(Settings(key="atl_x"))
