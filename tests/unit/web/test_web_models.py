import json
from pathlib import Path
from typing import Any

import played_job
import pytest
from starlette.testclient import TestClient

from automl_tl.domain.prediction import OnError, PredictionTerms
from automl_tl.store.base import Store
from automl_tl.web.models_app import build_models_app

LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def champion(store: Store) -> str:
    played_job.play_job(store, name="digits")
    return "digits"


def test_models_are_listed_with_their_champions(client: TestClient, champion: str) -> None:
    listed = client.get("/api/v1/models").json()["models"]

    assert [(m["name"], m["champion_version"], m["metric"], m["test"]) for m in listed] == [
        ("digits", 1, "accuracy", 0.976)
    ]
    assert listed[0]["candidate"] == "resnet-tiny"


def test_name_without_a_champion_is_listed_too(client: TestClient, store: Store) -> None:
    store.add_job(played_job.request("young"), tenant="default")

    listed = client.get("/api/v1/models").json()["models"]

    assert [(m["name"], m["champion_version"], m["test"]) for m in listed] == [("young", None, None)]


def test_model_tells_its_versions_and_promotions(client: TestClient, champion: str) -> None:
    model = client.get("/api/v1/models/digits").json()

    assert [version["decision"] for version in model["versions"]] == ["promote"]
    assert [(move["kind"], move["version"]) for move in model["promotions"]] == [("promote", 1)]


def test_files_of_a_form_are_predicted_for_and_named_as_sent(
    client: TestClient, champion: str, models: Any
) -> None:
    files = [("files", ("../../one.png", b"first")), ("files", ("two.png", b"second"))]

    answer = client.post("/api/v1/models/digits/predict", files=files)

    assert [p["input"] for p in answer.json()["predictions"]] == ["../../one.png", "two.png"]
    assert models.asked == [("digits", "champion", [b"first", b"second"])]


def test_files_on_the_machine_are_predicted_for(client: TestClient, champion: str, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"picture")

    answer = client.post("/api/v1/models/digits@champion/predict", json={"inputs": [str(picture)]})

    assert answer.json()["predictions"][0]["input"] == str(picture)


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/api/v1/models/none/predict", {"inputs": ["/a"]}, 404, "none"),
        ("/api/v1/models/digits@old/predict", {"inputs": [__file__]}, 404, "digits has no alias old"),
        (
            "/api/v1/models/digits/predict",
            {"inputs": ["nowhere.png"]},
            422,
            "'nowhere.png' is not an absolute path",
        ),
        ("/api/v1/models/digits/predict", {"inputs": []}, 422, "inputs: expected"),
        ("/api/v1/models/digits/predict", {"input": ["/a"]}, 422, "unknown key input: did you mean inputs?"),
        ("/api/v1/models/digits/predict", {}, 422, "inputs is missing"),
        ("/api/v1/models/digits/evaluate", {"dataset": "/nowhere"}, 422, "/nowhere does not exist"),
    ],
)
def test_wrong_question_is_answered_in_one_sentence(
    client: TestClient, champion: str, path: str, body: dict[str, object], status: int, said: str
) -> None:
    answer = client.post(path, json=body)

    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_dataset_is_evaluated_on(client: TestClient, champion: str, dataset: Path) -> None:
    answer = client.post("/api/v1/models/digits/evaluate", json={"dataset": str(dataset)})

    assert answer.json() == {"metric": "accuracy", "value": 0.9, "interval": [0.8, 1.0], "samples": 2}


def test_lines_are_answered_by_lines_in_order(client: TestClient, champion: str, tmp_path: Path) -> None:
    pictures = [tmp_path / f"{i}.png" for i in range(600)]
    for picture in pictures:
        picture.write_bytes(b"picture")
    sent = [json.dumps(str(p)) if i % 2 else json.dumps({"input": str(p)}) for i, p in enumerate(pictures)]
    sent[7:7] = ["nonsense", '{"file": 1}', '"relative.png"', ""]
    body = "\n".join(sent)

    answer = client.post("/api/v1/models/digits/predict", content=body, headers=LINES)

    assert answer.headers["content-type"].startswith("application/x-ndjson")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    errors = [row for row in rows if "error" in row]
    assert [row["input"] for row in rows if "error" not in row] == [str(p) for p in pictures]
    assert [rows.index(row) for row in errors] == [7, 8, 9]
    assert "is not JSON" in errors[0]["error"]["detail"]
    assert "names no input" in errors[1]["error"]["detail"]
    assert "'relative.png' is not an absolute path" in errors[2]["error"]["detail"]


def test_an_alias_that_is_not_there_ends_the_lines_with_one(client: TestClient, champion: str) -> None:
    lines = client.post(
        "/api/v1/models/digits/predict", content=b'"/a"\n', params={"alias": "old"}, headers=LINES
    )
    unknown = client.post("/api/v1/models/none/predict", content=b'"/a"\n', headers=LINES)

    assert json.loads(lines.text) == {"error": {"title": "not found", "detail": "digits has no alias old"}}
    assert unknown.status_code == 404


def test_a_line_that_is_too_long_is_refused_and_no_other(client: TestClient, champion: str) -> None:
    body = b'"/' + b"a" * 200_000 + b'"\n"relative"\n'

    answer = client.post("/api/v1/models/digits/predict", content=body, headers=LINES)

    rows = [json.loads(line)["error"]["detail"] for line in answer.text.splitlines()]
    assert len(rows) == 2 and "more than 65536 bytes" in rows[0] and "relative" in rows[1]


def test_terms_reach_the_models(client: TestClient, champion: str, models: Any, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"picture")
    body = {"inputs": [str(picture)], "abstain_below": 0.9, "on_error": "tell"}

    client.post("/api/v1/models/digits/predict", json=body)
    wrong = client.post("/api/v1/models/digits/predict", json={**body, "abstain_below": 2})

    assert models.terms == [PredictionTerms(abstain_below=0.9, on_error=OnError.TELL)]
    assert wrong.status_code == 422 and "abstain_below: expected less than" in wrong.json()["detail"]


def test_models_process_answers_the_same_questions(models: Any, dataset: Path) -> None:
    app = TestClient(build_models_app(models))
    picture = dataset / "a.png"
    picture.write_bytes(b"picture")
    ask = {"name": "digits", "terms": {"alias": "champion"}}

    predicted = app.post("/predict", json={**ask, "inputs": [str(picture)]})
    evaluated = app.post("/evaluate", json={**ask, "dataset": str(dataset)})
    unknown = app.post("/predict", json={**ask, "terms": {"alias": "old"}, "inputs": []})

    assert predicted.json()["predictions"][0]["label"] == "7"
    assert evaluated.json()["metric"] == "accuracy"
    assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:automl-tl:error:NotFound")


def test_a_person_rolls_back_holds_and_forces(
    client: TestClient, champion: str, store: Store, models: Any
) -> None:
    played_job.play_job(store, name=champion, version=2)

    back = client.post("/api/v1/models/digits/rollback", json={"reason": "slow"}).json()
    freed = client.post("/api/v1/models/digits/unhold").json()
    forced = client.post("/api/v1/models/digits/promote", json={"version": 2, "reason": "fast again"}).json()
    held = client.post("/api/v1/models/digits/hold", json={"reason": "audit"}).json()

    assert (back["champion_version"], back["held"]) == (1, "rolled back: slow")
    assert freed["held"] is None
    assert (forced["champion_version"], forced["promotions"][0]["kind"]) == (2, "forced")
    assert held["held"] == "audit"
    assert (
        models.tried == [("digits", 1), ("digits", 2)] and models.reconciled == 4
    )  # before and after each move
    assert "audit" in client.get("/models/digits").text


def test_who_was_champion_then_is_told(client: TestClient, champion: str) -> None:
    now = client.get("/api/v1/models/digits", params={"at": "2999-01-01T00:00Z"}).json()
    before = client.get("/api/v1/models/digits", params={"at": "1999-01-01"}).json()
    wrong = client.get("/api/v1/models/digits", params={"at": "yesterday"})

    assert now["champion_at"]["version"] == 1
    assert before["champion_at"] is None
    assert wrong.status_code == 422 and "yesterday is not a time" in wrong.json()["detail"]


def move_by_hand(store: Store, version: int | None, reason: str) -> None:
    store.moved_by_hand(
        tenant="default",
        name="digits",
        version=version,
        decision=None,
        reason=reason,
        hold=reason,
        revision=0,
    )


def test_a_stranger_that_was_made_champion_by_hand_is_shown(
    client: TestClient, champion: str, store: Store
) -> None:
    move_by_hand(store, 7, "somebody pointed the alias at version 7")

    model = client.get("/api/v1/models/digits").json()
    page = client.get("/models/digits").text

    assert (model["champion_version"], model["test"]) == (7, None)
    assert model["moved_by_hand"] == model["held"] == "somebody pointed the alias at version 7"
    assert (model["promotions"][0]["kind"], model["promotions"][0]["version"]) == ("external", 7)
    assert "version 7" in page and "moved by hand" in page and "external" in page


def test_a_version_that_somebody_deleted_is_shown_as_gone(
    client: TestClient, champion: str, store: Store
) -> None:
    (decided,) = store.versions(tenant="default", name="digits")
    store.mark_gone([decided.id])
    move_by_hand(store, None, "somebody deleted version 1")

    model = client.get("/api/v1/models/digits").json()
    page = client.get("/models/digits").text

    assert model["champion_version"] is None
    assert [version["gone"] is not None for version in model["versions"]] == [True]
    assert "gone" in page and "no version" in page
