"""What the supervisor asks crosses the socket and comes back, errors included."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from patience import WAIT_SECONDS

from automl_tl.champions.models_client import ModelsClient, ModelsUnavailable, models_socket
from automl_tl.domain.prediction import EvaluationTerms, PredictionTerms
from automl_tl.errors import NotFound, RequestError
from automl_tl.settings import Home
from automl_tl.web.models_app import build_models_app
from automl_tl.web.server import serve_socket


class Oracle:
    """Answers everything with seven, but knows one name only."""

    def predict(
        self, name: str, *, inputs: Sequence[Path], terms: PredictionTerms
    ) -> list[dict[str, object]]:
        if name != "digits":
            raise NotFound(f"{name} has no alias {terms.alias}; it has none")
        return [{"input": str(path), "label": "7", "probability": 0.5} for path in inputs]

    def evaluate(self, name: str, *, dataset: Path, terms: EvaluationTerms) -> dict[str, object]:
        raise RequestError(f"{dataset} holds no picture")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[ModelsClient]:
    path = models_socket(Home(root=tmp_path))
    started, stop = threading.Event(), threading.Event()
    served = threading.Thread(
        target=lambda: serve_socket(build_models_app(Oracle()), path=path, started=started.set, stop=stop)
    )
    served.start()
    assert started.wait(WAIT_SECONDS)
    yield ModelsClient(path)
    stop.set()
    served.join(WAIT_SECONDS)


def test_predictions_come_back_in_order(client: ModelsClient) -> None:
    rows = client.predict("digits", terms=PredictionTerms(), inputs=[Path("b.png"), Path("a.png")])

    assert [row["input"] for row in rows] == ["b.png", "a.png"]
    assert client.is_alive()


def test_errors_come_back_as_themselves(client: ModelsClient) -> None:
    with pytest.raises(NotFound, match="fashion has no alias champion; it has none"):
        client.predict("fashion", terms=PredictionTerms(), inputs=[])
    with pytest.raises(RequestError, match="/empty holds no picture"):
        client.evaluate("digits", terms=EvaluationTerms(), dataset=Path("/empty"))


def test_silence_is_a_transient_error(tmp_path: Path) -> None:
    client = ModelsClient(tmp_path / "nobody.sock", patience_seconds=0)

    with pytest.raises(ModelsUnavailable):
        client.predict("digits", terms=PredictionTerms(), inputs=[])
    assert not client.is_alive()


def test_a_prediction_waits_for_a_models_process_that_is_being_started(tmp_path: Path) -> None:
    path = models_socket(Home(root=tmp_path))
    rows: list[dict[str, object]] = []

    def ask() -> None:
        rows.extend(ModelsClient(path).predict("digits", terms=PredictionTerms(), inputs=[Path("a.png")]))

    asking, stop = threading.Thread(target=ask), threading.Event()
    asking.start()
    serving = threading.Thread(
        target=serve_socket,
        args=(build_models_app(Oracle()),),
        kwargs={"path": path, "started": lambda: None, "stop": stop},
    )
    serving.start()
    asking.join(WAIT_SECONDS)
    stop.set()
    serving.join(WAIT_SECONDS)

    assert [row["label"] for row in rows] == ["7"]


def test_socket_of_a_deep_home_has_a_short_path(tmp_path: Path) -> None:
    home = Home(root=tmp_path.joinpath(*["deep"] * 30))

    path = models_socket(home)

    assert len(str(path)) < 100
    assert path == models_socket(home)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.parent.rmdir()
