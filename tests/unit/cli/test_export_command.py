"""``export`` writes the same files beside a daemon and without one."""

import json
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import played_job
import pytest
from patience import WAIT_SECONDS
from served import app_over, served, write_address
from small_model import save_small

from automl_tl.champions.models_client import ModelsClient, models_socket
from automl_tl.champions.models_service import ModelsService
from automl_tl.cli.main import main
from automl_tl.client.client import Client
from automl_tl.client.export import lay_down
from automl_tl.errors import Conflict, NotFound, RequestError, TransientError
from automl_tl.model.digest import digest
from automl_tl.registry.folder import FolderRegistry
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store
from automl_tl.web.models_app import build_models_app
from automl_tl.web.server import serve_socket


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return save_small(tmp_path / "artifact")


@pytest.fixture
def settings(tmp_path: Path, artifact: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home where ``digits`` has a champion, in a folder registry."""
    monkeypatch.setenv("AUTOML_TL_REGISTRY", "folder")
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    store = open_store(settings.folders.store)
    played_job.play_job(store, name="digits")
    store.close()
    registry = FolderRegistry(settings.folders.registry)
    registry.register(name="digits", artifact=artifact, decision="d1", tags={})
    registry.point("digits", alias="champion", version=1)
    return settings


@pytest.fixture
def daemon(settings: Settings) -> Iterator[str]:
    """Both of a daemon's processes, as threads: the API asks the models process through its socket.

    An export is let go after it was sent: once the daemon has ended, none is left.
    """
    store = open_store(settings.folders.store)
    service = ModelsService(FolderRegistry(settings.folders.registry), ledger=store)
    path, started, stop = models_socket(settings.folders), threading.Event(), threading.Event()
    app = build_models_app(service)  # type: ignore[arg-type]  # it is not asked to reconcile
    thread = threading.Thread(target=lambda: serve_socket(app, path=path, started=started.set, stop=stop))
    thread.start()
    try:
        assert started.wait(WAIT_SECONDS)
        with served(app_over(store, settings, models=ModelsClient(path))) as url:
            write_address(settings.home, url)
            yield url
        assert list(settings.folders.run.glob("export-*")) == []
    finally:
        stop.set()
        thread.join(WAIT_SECONDS)
        store.close()


def call(settings: Settings, *words: str) -> int:
    """The exit status of the command, run here."""
    with pytest.raises(SystemExit) as left:
        main(("--home", str(settings.home), "export", *words))
    assert isinstance(left.value.code, int)
    return left.value.code


def test_without_a_daemon_the_champion_is_copied(
    settings: Settings, artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(settings, "digits", "--format", "safetensors", "--to", str(tmp_path / "out")) == 0

    said = capsys.readouterr().out
    assert digest(tmp_path / "out") == digest(artifact)
    assert f"version 1 of digits is in {tmp_path / 'out'}" in said
    assert "example.png, model.json, model.safetensors" in said


def test_beside_a_daemon_the_same_files_come_over_http(
    settings: Settings, artifact: Path, daemon: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(settings, "digits@1", "--to", str(tmp_path / "out"), "--json") == 0

    said = json.loads(capsys.readouterr().out)
    assert said["digest"] == digest(tmp_path / "out") == digest(artifact)
    assert (said["version"], said["format"], said["folder"]) == (1, "safetensors", str(tmp_path / "out"))


@pytest.mark.slow
def test_an_onnx_graph_is_measured_and_said(
    settings: Settings, daemon: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime")

    assert call(settings, "digits", "--format", "onnx", "--to", str(tmp_path / "out")) == 0

    said = capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "example.png", "export.json", "model.onnx",
    ]  # fmt: skip
    assert "apart at most in a probability (1e-05 allowed), on 11 pictures in batches of 1, 2, 7" in said
    assert "onnxruntime " in said and " ms, torch " in said


def test_errors_are_the_same_over_http(settings: Settings, daemon: str, tmp_path: Path) -> None:
    with Client(home=settings.home) as client:
        with pytest.raises(NotFound, match="digits has no shadow"):
            client.export("digits", to=tmp_path / "out", alias="shadow")
        with pytest.raises(NotFound, match="fashion"):
            client.export("fashion", to=tmp_path / "out")
        with pytest.raises(RequestError, match="format"):
            client.export("digits", to=tmp_path / "out", form="pickle")
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "diary.txt").write_text("mine")
        with pytest.raises(Conflict, match="a new or an empty folder"):
            client.export("digits", to=tmp_path / "full")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["fashion", "--to", "out"], "fashion"),
        (["digits@9", "--to", "out"], "digits has no version 9"),
        (["digits", "--format", "pickle", "--to", "out"], "'pickle' is not one of"),
        (["digits"], "Missing option '--to'"),
    ],
)
def test_wrong_words_get_one_sentence(
    settings: Settings, words: list[str], sentence: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)

    assert call(settings, *words) == 2

    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def packed(**files: bytes) -> BytesIO:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content


def test_nothing_is_laid_down_outside_the_folder(tmp_path: Path) -> None:
    names = {"export.json": b"{}", "files/good": b"1", "files/../../evil": b"2", "/evil": b"3", "evil": b"4"}

    lay_down(packed(**names), tmp_path / "out")

    assert [path.name for path in tmp_path.rglob("*")] == ["out", "good"]


def test_an_archive_that_broke_off_leaves_nothing(tmp_path: Path) -> None:
    whole = packed(**{"export.json": b"{}", "files/good": b"1" * 1000}).getvalue()

    for content in (whole[:-30], b"", packed(good=b"1").getvalue()):
        with pytest.raises(TransientError, match="no whole archive"):
            lay_down(BytesIO(content), tmp_path / "out")

    assert list(tmp_path.iterdir()) == []
