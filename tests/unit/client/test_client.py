import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import played_job
import pytest
from served import TOKEN, app_over, served, write_address

from automl_tl.client.client import Client
from automl_tl.client.connection import error_of
from automl_tl.client.events import parse
from automl_tl.domain.job import JobState, Wish
from automl_tl.domain.prediction import EvaluationTerms, PredictionTerms
from automl_tl.errors import (
    AutomlError,
    BudgetInvalid,
    Conflict,
    DatasetRefused,
    NoDaemon,
    NotAllowed,
    NotFound,
    RequestError,
    TransientError,
)
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store


class KnownModels:
    def is_alive(self) -> bool:
        return True

    def predict(
        self, name: str, *, inputs: Sequence[Path], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        return [{"input": str(path), "label": f"{name}@{terms.alias}"} for path in inputs]

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        return {"metric": "accuracy", "value": 0.9, "interval": [0.8, 1.0], "samples": 2}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("client") / "home"


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    home.mkdir()
    store = open_store(home / "store.sqlite3")
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(home: Path, store: Store) -> Iterator[Client]:
    app = app_over(store, Settings(home=home), models=KnownModels())
    with served(app) as url:
        write_address(home, url)
        with Client(home=home) as client:
            yield client


@pytest.fixture(scope="module")
def dataset(home: Path) -> Path:
    folder = home / "pictures"
    (folder / "0").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def space(home: Path) -> Path:
    file = home / "one.toml"
    file.write_text('[space]\nname = "one"\n[[candidate]]\nsource = "local-dir:weights/net"\n')
    return file


def test_client_finds_the_homes_daemon_and_its_token(client: Client) -> None:
    assert client.healthy() == {"status": "ready"}
    assert client.page.startswith(f"{client.url}/enter?token=")


def test_submitted_job_reaches_the_queue_with_its_space_file(
    client: Client, store: Store, dataset: Path, space: Path
) -> None:
    accepted = client.submit(dataset=dataset, name="sent", space=str(space), time_budget="5m", seed=None)

    request = store.job(accepted["job"]).request
    assert accepted["state"] == "queued"
    assert (request.space, request.space_root) == (space.read_text(), str(space.parent))
    assert request.budget.seconds == 300


def test_relative_dataset_starts_from_the_working_folder(
    client: Client, store: Store, dataset: Path, space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dataset.parent)

    accepted = client.submit(dataset="pictures", name="near", space=str(space))

    assert store.job(accepted["job"]).request.dataset.path == str(dataset)


def test_errors_are_raised_as_the_daemons_own(client: Client, dataset: Path, space: Path) -> None:
    good = {"dataset": dataset, "name": "wrong", "space": str(space)}
    with pytest.raises(BudgetInvalid, match="max_trials 0"):
        client.submit(**{**good, "max_trials": 0})
    with pytest.raises(DatasetRefused, match="does not exist"):
        client.submit(**{**good, "dataset": "/nowhere"})
    with pytest.raises(RequestError, match="did you mean seed"):
        client.submit(**{**good, "sed": 3})
    with pytest.raises(RequestError, match=r"the space file none\.toml does not exist"):
        client.submit(**{**good, "space": "none.toml"})
    with pytest.raises(NotFound, match="j-none"):
        client.job("j-none")
    with pytest.raises(NotFound, match="j-none"):
        next(client.events("j-none"))


def test_wait_gives_the_outcome_of_a_job_that_ends_meanwhile(client: Client, store: Store) -> None:
    lease = played_job.begin(store, name="waited")

    def work() -> None:
        played_job.check(store, lease, name="waited")
        played_job.search(store, lease)
        played_job.finish(store, lease, played_job.prove(store, lease, name="waited"))

    worker = threading.Timer(0.2, work)
    worker.start()
    outcome = client.wait(lease.job)
    worker.join()

    assert outcome == store.job(lease.job).outcome


def test_job_cancelled_in_the_queue_has_an_outcome_too(client: Client, store: Store) -> None:
    id = store.add_job(played_job.request("early"), tenant="default").id

    states = [client.pause(id)["state"], client.resume(id)["state"], client.cancel(id)["state"]]
    outcome = client.wait(id)
    again = client.retry(id)

    assert states == ["paused", "queued", "cancelled"]
    assert (outcome["job"], outcome["state"]) == (id, "cancelled")
    assert again["state"] == "queued"
    with pytest.raises(Conflict):
        client.retry(id)
    assert client.cancel(id, discard=True)["state"] == "cancelled"
    with pytest.raises(Conflict, match="let go"):
        client.retry(id)


def test_lists_trials_and_models_are_what_the_api_says(client: Client, store: Store) -> None:
    id = played_job.play_job(store, name="listed")

    assert id in [job["job"] for job in client.jobs(states=["succeeded"], limit=5)["jobs"]]
    assert client.jobs(name="nobody")["jobs"] == []
    assert id not in [job["job"] for job in client.jobs(before=id)["jobs"]]
    assert client.system()["versions"]["python"].startswith("3.")
    assert len(client.trials(id)["trials"]) == 6
    assert "listed" in [model["name"] for model in client.models()["models"]]
    assert client.model("listed")["versions"][0]["decision"] == "promote"


def test_prediction_and_evaluation_reach_the_models(
    client: Client, store: Store, dataset: Path, space: Path
) -> None:
    store.add_job(played_job.request("asked"), tenant="default")

    predicted = client.predict("asked", [space], alias="champion")

    assert predicted == {"predictions": [{"input": str(space), "label": "asked@champion"}]}
    assert client.evaluate("asked", dataset)["samples"] == 2


def test_any_number_of_inputs_is_answered_while_more_come(client: Client, store: Store, space: Path) -> None:
    store.add_job(played_job.request("endless"), tenant="default")

    answers = client.predict_each("endless", repeat(space))

    assert [row["label"] for row in islice(answers, 2000)] == ["endless@champion"] * 2000


def test_a_line_is_answered_before_the_next_is_sent(client: Client, store: Store, space: Path) -> None:
    store.add_job(played_job.request("duplex"), tenant="default")
    url = urlsplit(client.url)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)
    connection.putrequest("POST", "/api/v1/models/duplex@old/predict")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.endheaders()
    assert connection.sock is not None
    answers = connection.sock.makefile("rb")
    line = json.dumps(str(space)).encode() + b"\n"

    for _ in range(3):
        connection.send(b"%x\r\n%s\r\n" % (len(line), line))
        while not (said := answers.readline()).startswith(b"{"):
            assert said
        assert json.loads(said)["label"] == "duplex@old"
    connection.send(b"0\r\n\r\n")
    assert answers.read(7) == b"\r\n0\r\n\r\n"
    connection.close()


def test_log_is_followed_until_the_job_ends(client: Client, store: Store, home: Path) -> None:
    lease = played_job.begin(store, name="logged")
    log = home / "jobs" / lease.job / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("one\ntwo\n")
    lines = client.logs(lease.job, follow=True)
    seen = [next(lines), next(lines)]

    with log.open("a") as file:
        file.write("three\n")
    store.wish(lease.job, Wish.CANCEL)
    store.finish(lease, JobState.CANCELLED, spent_seconds=1)

    assert [*seen, *lines] == ["one", "two", "three"]


def test_folder_cannot_be_uploaded(client: Client, dataset: Path) -> None:
    with pytest.raises(RequestError, match="is not a file"):
        client.upload(dataset)


def test_archive_is_uploaded(client: Client, tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("0/a.png", b"x")

    taken = client.upload(path)

    assert Path(taken["dataset"]).read_bytes() == path.read_bytes()


def test_home_without_a_daemon_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoDaemon, match=r"no daemon runs on .*: start one with automl-tl serve"):
        Client(home=tmp_path)


def test_daemon_that_is_gone_says_so(tmp_path: Path) -> None:
    write_address(tmp_path, "http://127.0.0.1:9")

    with Client(home=tmp_path) as client, pytest.raises(NoDaemon, match="no daemon answers at"):
        client.healthy()


def test_token_goes_to_the_homes_own_daemon_only(client: Client, home: Path) -> None:
    other = Client(client.url.replace("127.0.0.1", "localhost"), home=home)

    with other, pytest.raises(NotAllowed, match="needs the daemon's token"):
        other.cancel("j-1")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, '{"type": "urn:automl-tl:error:NotFound", "detail": "x"}', NotFound),
        (422, '{"type": "urn:automl-tl:error:__import__", "detail": "x"}', RequestError),
        (502, "<html>proxy</html>", TransientError),
        (500, "[1]", AutomlError),
        (401, "", NotAllowed),
    ],
)
def test_answers_become_errors(status: int, body: str, kind: type[AutomlError]) -> None:
    assert type(error_of(httpx.Response(status, text=body))) is kind


def test_stream_is_parsed_whatever_is_between_the_events() -> None:
    lines = [
        "retry: 1000",
        "",
        ": alive",
        "",
        "id: 3",
        'data: {"id": 3,',
        'data: "kind": "x"}',
        "",
        "data: {}",
    ]

    assert list(parse(lines)) == [json.loads('{"id": 3, "kind": "x"}')]
