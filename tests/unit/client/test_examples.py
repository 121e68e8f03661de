"""The examples of docs/: run as cron, Airflow (which is not needed) and a receiver would run them."""

import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from patience import WAIT_SECONDS
from served import app_over, served

from automl_tl.daemon.posting import post
from automl_tl.domain.api_key import new_key, read_key
from automl_tl.domain.caller import Role
from automl_tl.domain.destination import Allowed
from automl_tl.domain.job import JobState
from automl_tl.domain.webhook import Notice, Occasion, new_secret
from automl_tl.settings import Settings
from automl_tl.store.base import Store

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
OUTCOME = {"decision": "promote", "reason": "proven better", "version": 3, "test": 0.9}


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    (tmp_path / "acme" / "0").mkdir(parents=True)
    return tmp_path / "acme"


@pytest.fixture
def daemon(store: Store, tmp_path: Path, dataset: Path) -> Iterator[str]:
    with served(app_over(store, Settings(home=tmp_path, dataset_roots=(dataset,)))) as url:
        yield url


@pytest.fixture
def key(store: Store) -> str:
    text = new_key()
    shown = read_key(text)
    assert shown is not None
    store.add_key(shown, tenant="acme", role=Role.SUBMITTER, label="nightly", expires=None, who="test")
    return text


def while_a_job_ends(store: Store, state: JobState, call: Callable[[], object]) -> object:
    """What the call answers, while its job is claimed and ended."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call)
        for _ in range(int(WAIT_SECONDS / 0.05)):
            lease = store.claim(holder="test", lease_seconds=600.0)
            if lease is not None:
                store.finish(lease, state, spent_seconds=0.0, outcome=OUTCOME)
                break
            if answer.done():
                break
            threading.Event().wait(0.05)
        return answer.result(WAIT_SECONDS)


def test_airflow_task_that_is_tried_again_finds_its_job(
    store: Store, daemon: str, key: str, dataset: Path
) -> None:
    dag = example("airflow_dag")

    def night() -> Mapping[str, object]:
        found: Mapping[str, object] = dag.retrain(
            url=daemon, key=key, run_id="scheduled__1", dataset=str(dataset)
        )
        return found

    first = while_a_job_ends(store, JobState.SUCCEEDED, night)
    again = night()

    assert first == again == OUTCOME
    assert len(store.jobs(tenant="acme")) == 1


def test_airflow_task_fails_with_its_job(store: Store, daemon: str, key: str, dataset: Path) -> None:
    dag = example("airflow_dag")

    with pytest.raises(RuntimeError, match="parts: failed"):
        while_a_job_ends(
            store,
            JobState.FAILED,
            lambda: dag.retrain(url=daemon, key=key, run_id="scheduled__2", dataset=str(dataset)),
        )


def test_cron_example_says_what_became_of_the_night(
    store: Store,
    daemon: str,
    key: str,
    dataset: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AUTOML_TL_URL", daemon)
    monkeypatch.setenv("AUTOML_TL_KEY", key)
    retrain = example("retrain")

    status = while_a_job_ends(store, JobState.SUCCEEDED, lambda: retrain.main(["parts", str(dataset)]))
    refused = retrain.main(["parts", "/nowhere"])

    told = capsys.readouterr()
    assert (status, refused) == (0, 1)
    assert told.out == "parts: succeeded, promote: proven better\n"
    assert "lies outside the folders" in told.err


def test_receiver_takes_what_is_signed_with_its_secret_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), example("webhook_receiver").Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url, secret = f"http://127.0.0.1:{server.server_port}", new_secret()
    webhook = store.add_webhook(tenant="acme", url=url, occasions=list(Occasion), secret=secret)
    body = '{"type": "decided", "data": {"name": "parts", "reason": "better"}}'
    store.put_out([Notice(webhook=webhook.id, event=1, body=body)], seen=1)
    (delivery,) = store.take_deliveries(most=1, lease_seconds=60.0)
    try:
        monkeypatch.setenv("AUTOML_TL_WEBHOOK_SECRET", secret)
        taken = post(delivery, allowed=Allowed(urls=(url,)))
        monkeypatch.setenv("AUTOML_TL_WEBHOOK_SECRET", new_secret())
        refused = post(delivery, allowed=Allowed(urls=(url,)))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert taken is None
    assert refused is not None and refused.startswith("it answered 401")
    assert "decided parts better" in capsys.readouterr().out
