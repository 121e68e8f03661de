import asyncio
import hashlib
import io
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from automl_tl.errors import DiskFull, TooLarge
from automl_tl.settings import Settings
from automl_tl.web import uploads
from automl_tl.web.share import Share
from automl_tl.web.uploads import BLOCK_BYTES


def zipped(names: tuple[str, ...] = ("0/a.png", "1/b.png")) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"picture")
    return file.getvalue()


def tarred(mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        entry = tarfile.TarInfo("0/a.png")
        entry.size = 7
        archive.addfile(entry, io.BytesIO(b"picture"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (zipped(), ".zip"),
        (tarred("w"), ".tar"),
        (tarred("w:gz"), ".tar.gz"),
        (tarred("w:bz2"), ".tar.bz2"),
        (tarred("w:xz"), ".tar.xz"),
    ],
    ids=[
        "zip",
        "tar",
        "gz",
        "bz2",
        "xz",
    ],  # gzip writes the time down, and workers compare names
)
def test_archive_is_kept_under_its_content(
    client: TestClient, settings: Settings, content: bytes, suffix: str
) -> None:
    answer = client.post("/api/v1/datasets", content=content)

    sha256 = hashlib.sha256(content).hexdigest()
    path = settings.folders.datasets / "uploads" / f"{sha256}{suffix}"
    assert answer.status_code == 201
    assert answer.json() == {"dataset": str(path), "sha256": sha256, "bytes": len(content)}
    assert path.read_bytes() == content


def test_form_upload_is_the_same(client: TestClient) -> None:
    packed = zipped()  # once: an archive holds the time of its making
    raw = client.post("/api/v1/datasets", content=packed)

    form = client.post("/api/v1/datasets", files={"file": ("my data.zip", packed)})

    assert form.json() == raw.json()


@pytest.mark.parametrize(
    ("suffix", "content_type"),
    [
        (".csv", "text/csv; charset=utf-8"),
        (".tsv", "text/tab-separated-values"),
        (".jsonl", "application/jsonl"),
    ],
)
def test_table_is_told_by_its_content_type_or_its_name(
    client: TestClient, settings: Settings, suffix: str, content_type: str
) -> None:
    content = "text,label\nسلام,a\n".encode()

    raw = client.post("/api/v1/datasets", content=content, headers={"content-type": content_type})
    form = client.post("/api/v1/datasets", files={"file": (f"my table{suffix.upper()}", content)})

    sha256 = hashlib.sha256(content).hexdigest()
    assert raw.json()["dataset"] == str(settings.folders.datasets / "uploads" / f"{sha256}{suffix}")
    assert form.json() == raw.json()


def test_table_that_is_not_utf8_is_refused(client: TestClient, settings: Settings) -> None:
    answer = client.post("/api/v1/datasets", files={"file": ("t.csv", "text,label\n".encode("utf-16"))})

    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        "what was uploaded is UTF-16, but a table is expected to be UTF-8: save it as UTF-8"
    )
    assert list((settings.folders.datasets / "uploads").iterdir()) == []


def test_uploaded_archive_can_be_submitted(client: TestClient, space: str) -> None:
    dataset = client.post("/api/v1/datasets", content=zipped()).json()["dataset"]

    answer = client.post("/api/v1/jobs", json={"dataset": dataset, "name": "digits", "space": space})

    assert answer.status_code == 202


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_refused_and_not_kept(
    client: TestClient, settings: Settings, content: bytes
) -> None:
    answer = client.post("/api/v1/datasets", content=content)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("what was uploaded is neither a zip nor a tar archive, nor a")
    assert list((settings.folders.datasets / "uploads").iterdir()) == []


def test_form_without_a_file_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/datasets", files={"x": (None, "text")})

    assert answer.status_code == 422
    assert "the form has no file" in answer.json()["detail"]


def test_full_disk_is_told_and_leaves_nothing(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, block: bytes, digest: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "_write", full)

    answer = client.post("/api/v1/datasets", content=zipped())

    assert (answer.status_code, answer.json()["title"]) == (507, DiskFull.title)
    assert list((settings.folders.datasets / "uploads").iterdir()) == []


def test_share_of_a_tenant_is_counted_while_it_uploads(settings: Settings) -> None:
    """Both begin while there is room for either, and write in turn: both cannot end."""
    small = settings.model_copy(update={"tenant_upload_bytes": 5 * BLOCK_BYTES})
    share = Share.of("acme", small)
    over: list[str] = []

    async def upload(letter: bytes, *, blocks: int) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"text,label\n"
            for _ in range(blocks):
                await asyncio.sleep(0)
                yield letter * (BLOCK_BYTES - 1) + b"\n"

        share.require_room(1)
        try:
            await uploads.take(chunks(), share=share, called="t.csv")
        except TooLarge as error:
            over.append(str(error))

    async def both() -> int:
        tasks = [asyncio.create_task(upload(letter, blocks=4)) for letter in (b"a", b"b")]
        most = 0
        while not all(task.done() for task in tasks):
            most = max(most, share.taken())
            await asyncio.sleep(0)
        return most

    most = asyncio.run(both())

    assert over and most <= small.tenant_upload_bytes
    assert "there is no room for" in over[0]
    assert len(list(share.folder.iterdir())) == 2 - len(over)


def test_upload_that_says_it_is_too_large_for_the_share_is_refused_at_once(settings: Settings) -> None:
    share = Share.of("acme", settings.model_copy(update={"tenant_upload_bytes": 10}))

    share.require_room(10)
    with pytest.raises(TooLarge, match="acme take 0 bytes, and 10 are"):
        share.require_room(11)


def test_upload_beyond_the_limit_is_refused(client: TestClient, settings: Settings, tmp_path: Path) -> None:
    from automl_tl.web.app import build_app

    parts = client.app.state.parts  # type: ignore[attr-defined]
    small = settings.model_copy(update={"upload_bytes": 100})
    app = build_app(
        store=parts.store,
        settings=small,
        models=parts.models,
        metrics=parts.metrics,
        token="t",
        plan=parts.plan,
    )
    client = TestClient(app, base_url="http://localhost", headers={"Authorization": "Bearer t"})

    streamed = client.post("/api/v1/datasets", content=iter([b"x" * 60, b"x" * 60]))

    assert streamed.status_code == 413
    assert "larger than 100 bytes" in streamed.json()["detail"]
    assert list((settings.folders.datasets / "uploads").iterdir()) == []
