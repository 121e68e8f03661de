import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import Fault, HubServer
from huggingface_hub import constants

from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.zoo import hub as files

REPOSITORY = "someone/net"
LARGE = bytes(range(256)) * 2000  # half a megabyte
BLOB = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture
def commit(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)  # what a cut keeps is counted in chunks
    return hub.publish(REPOSITORY, {"config.json": b"{}", "model.safetensors": LARGE})


def _fetch(cache: Path, name: str = "model.safetensors", **options: object) -> Path:
    found = files.fetch(REPOSITORY, name, **{"revision": None, "cache": cache} | options)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_a_file_comes_once_and_is_found_without_the_hub_from_then_on(
    hub: HubServer, commit: str, tmp_path: Path
) -> None:
    first = _fetch(tmp_path)
    asked = len(hub.requests)

    again = _fetch(tmp_path)

    assert first == again
    assert first.read_bytes() == LARGE
    assert files.revision_of(first) == commit
    assert len(hub.requests) == asked
    assert len(hub.asked("GET", BLOB)) == 1


def test_a_branch_that_moves_on_leaves_all_files_of_a_candidate_at_one_commit(
    hub: HubServer, commit: str, tmp_path: Path
) -> None:
    weights = _fetch(tmp_path)

    later = hub.publish(REPOSITORY, {"config.json": b'{"later": 1}', "model.safetensors": LARGE[1:]})

    assert files.revision_of(_fetch(tmp_path, "config.json")) == files.revision_of(weights) == commit
    assert _fetch(tmp_path, "config.json").read_bytes() == b"{}"
    assert _fetch(tmp_path, revision=later).read_bytes() == LARGE[1:]


def test_a_busy_hub_is_asked_again_when_it_says_so(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.faults += [
        Fault(method="GET", path=f"/api/models/{REPOSITORY}", status=429, retry_after=0),
        Fault(method="HEAD", path="model.safetensors", status=503, retry_after=0),
        Fault(method="GET", path="model.safetensors", status=502, retry_after=0),
    ]

    assert _fetch(tmp_path).read_bytes() == LARGE
    assert not hub.faults


def test_a_hub_that_stays_busy_is_said_to_be(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.faults += [Fault(method="GET", path="model.safetensors", status=503, retry_after=0)] * 6

    with pytest.raises(CandidateFailed, match=r"model\.safetensors of someone/net .* the hub answered 503"):
        _fetch(tmp_path)
    assert not hub.faults


def test_a_cut_download_goes_on_where_it_was_cut(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.faults.append(Fault(method="GET", path=BLOB, cut=300_000))

    assert _fetch(tmp_path).read_bytes() == LARGE

    assert [request.asked for request in hub.asked("GET", BLOB)] == [None, "bytes=300000-"]


def test_a_connection_that_breaks_down_is_taken_up_again(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.faults.append(Fault(method="GET", path=BLOB, cut=300_000, resets=True))

    assert _fetch(tmp_path).read_bytes() == LARGE


def test_what_a_killed_process_had_fetched_is_not_fetched_again(
    hub: HubServer, commit: str, tmp_path: Path
) -> None:
    hub.faults += [
        Fault(method="GET", path=BLOB, cut=300_000),
        *[Fault(method="GET", path=BLOB, status=404)] * 2,
    ]
    with pytest.raises(CandidateFailed):
        _fetch(tmp_path)
    hub.faults.clear()

    assert _fetch(tmp_path).read_bytes() == LARGE
    assert hub.asked("GET", BLOB)[-1].asked == "bytes=300000-"


def test_bytes_of_another_hash_are_thrown_away(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.faults.append(Fault(method="GET", path=BLOB, wrong=b"evil"))

    with pytest.raises(CandidateFailed, match=rf"has the sha256 \w+, but the hub says {BLOB}"):
        _fetch(tmp_path)

    assert not files.is_here(REPOSITORY, "model.safetensors", revision=None, cache=tmp_path)
    assert _fetch(tmp_path).read_bytes() == LARGE


def test_small_files_are_held_against_their_git_hash(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.faults.append(Fault(method="GET", path="config.json", wrong=b"[]"))

    with pytest.raises(CandidateFailed, match="git hash"):
        _fetch(tmp_path, "config.json")


def test_a_damaged_part_of_an_earlier_download_is_fetched_anew(
    hub: HubServer, commit: str, tmp_path: Path
) -> None:
    blobs = tmp_path / "models--someone--net" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{BLOB}.automl-tl.incomplete").write_bytes(bytes(1000))

    assert _fetch(tmp_path).read_bytes() == LARGE
    assert [request.asked for request in hub.asked("GET", BLOB)] == ["bytes=1000-", None]


def test_a_token_does_not_travel_to_the_host_of_the_bytes(
    hub: HubServer, commit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    _fetch(tmp_path)

    assert {request.path.startswith("/bytes/"): request.has_token for request in hub.requests} == {
        False: True,
        True: False,
    }


def test_offline_nothing_is_asked(
    hub: HubServer, commit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = _fetch(tmp_path)
    connections = hub.connections
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    assert _fetch(tmp_path) == here
    with pytest.raises(CandidateFailed, match="not on this machine and the hub cannot be reached"):
        _fetch(tmp_path, "config.json")
    assert hub.connections == connections


def test_that_a_file_is_absent_is_remembered(
    hub: HubServer, commit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"revision": None, "cache": tmp_path}
    assert files.fetch(REPOSITORY, "preprocessor_config.json", **wanted) is None  # type: ignore[arg-type]
    asked = len(hub.requests)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    assert files.fetch(REPOSITORY, "preprocessor_config.json", **wanted) is None  # type: ignore[arg-type]
    assert len(hub.requests) == asked


def test_what_the_hub_does_not_have_is_said(hub: HubServer, commit: str, tmp_path: Path) -> None:
    hub.gated.add("someone/gated")
    for repository, revision, words in (
        ("someone/else", None, "the hub has no repository someone/else"),
        ("someone/gated", None, "set HF_TOKEN"),
        (REPOSITORY, "v9", "someone/net has no revision v9"),
        (REPOSITORY, "f" * 40, f"someone/net has no revision {'f' * 40}"),
        ("not a name", None, "no repository's name"),
    ):
        with pytest.raises((CandidateUnknown, CandidateFailed), match=words):
            files.fetch(repository, "model.safetensors", revision=revision, cache=tmp_path)


def test_many_workers_make_one_download(hub: HubServer, commit: str, tmp_path: Path) -> None:
    program = (
        "from automl_tl.zoo.hub import fetch; print(fetch"
        f"({REPOSITORY!r}, 'model.safetensors', revision=None, cache=None))"
    )
    environment = os.environ | hub.environment(tmp_path)

    workers = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    paths = {worker.communicate()[0] for worker in workers}

    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(paths) == 1
    assert Path(paths.pop().strip()).read_bytes() == LARGE
    assert [len(hub.asked(method, "model.safetensors")) for method in ("HEAD", "GET")] == [2, 1]
    assert len(hub.asked("GET", f"/api/models/{REPOSITORY}")) == len(hub.asked("GET", BLOB)) == 1
