"""Archives unpack whole, inside their folder, within limits, or not at all."""

import io
import os
import stat
import struct
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from automl_tl.data import archive as archives
from automl_tl.data.archive import unpack
from automl_tl.errors import DatasetRefused, DiskFull

GIB = 2**30
FILES = {"train/cat/1.png": b"one", "train/dog/2.png": b"two", "test/cat/é\n🐱.png": b"three"}
Pack = Callable[[Path, dict[str, bytes]], Path]


def tar_of(folder: Path, files: dict[str, bytes], *, mode: str = "w") -> Path:
    path = folder / "data.tar"
    with tarfile.open(path, mode) as file:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    return path


def zip_of(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


def tar_with(folder: Path, *members: tarfile.TarInfo) -> Path:
    path = folder / "data.tar"
    with tarfile.open(path, "w") as file:
        for member in members:
            file.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, *, target: str = "", size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, target, size
    return member


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def everything(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.suffix != ".lock")


PACKS: dict[str, Pack] = {
    "zip": zip_of,
    "tar": tar_of,
    "tar.gz": lambda folder, files: tar_of(folder, files, mode="w:gz"),
    "tar.bz2": lambda folder, files: tar_of(folder, files, mode="w:bz2"),
    "tar.xz": lambda folder, files: tar_of(folder, files, mode="w:xz"),
}


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
def test_archive_unpacks_to_what_was_packed(tmp_path: Path, pack: Pack) -> None:
    packed = pack(tmp_path, FILES)

    root = unpack(packed, into=tmp_path / "datasets" / "abc", limit_bytes=GIB)

    assert root == tmp_path / "datasets" / "abc"
    assert contents(root) == FILES
    assert everything(tmp_path / "datasets")[0] == "abc"
    assert not list((tmp_path / "datasets").glob("*.partial"))


def test_single_folder_at_the_top_is_entered(tmp_path: Path) -> None:
    wrapped = {f"data set/{name}": data for name, data in FILES.items()}
    packed = zip_of(tmp_path, wrapped | {"__MACOSX/data set/._x": b"", ".DS_Store": b""})

    root = unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)

    assert root == tmp_path / "abc" / "data set"
    assert contents(root) == FILES


def test_single_class_is_not_entered(tmp_path: Path) -> None:
    packed = zip_of(tmp_path, {"cat/1.png": b"1", "cat/2.png": b"2"})

    assert unpack(packed, into=tmp_path / "abc", limit_bytes=GIB) == tmp_path / "abc"


def test_unpacked_archive_is_not_unpacked_again(tmp_path: Path) -> None:
    packed = zip_of(tmp_path, FILES)
    root = unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)
    before = (root / "train/cat/1.png").stat().st_ino

    again = unpack(packed, into=tmp_path / "abc", limit_bytes=1)

    assert again == root
    assert (root / "train/cat/1.png").stat().st_ino == before


def test_two_at_once_unpack_once(tmp_path: Path) -> None:
    packed = tar_of(tmp_path, {f"c/{i}.png": bytes(1000) for i in range(300)}, mode="w:gz")
    roots: list[Path] = []

    def work() -> None:
        roots.append(unpack(packed, into=tmp_path / "abc", limit_bytes=GIB))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert roots == [tmp_path / "abc"] * 4
    assert len(contents(tmp_path / "abc")) == 300


def test_what_a_dead_process_left_behind_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "abc.partial").mkdir()
    (tmp_path / "abc.partial" / "half").write_bytes(b"half")

    root = unpack(zip_of(tmp_path, FILES), into=tmp_path / "abc", limit_bytes=GIB)

    assert contents(root) == FILES
    assert not (tmp_path / "abc.partial").exists()


CLIMBERS = ["../evil", "a/../../evil", "/tmp/evil", "a/b/../../../evil", "C:/evil"]


@pytest.mark.parametrize("name", CLIMBERS)
@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_entry_that_climbs_out_is_refused(tmp_path: Path, name: str, pack: Pack) -> None:
    home = tmp_path / "home"
    packed = pack(tmp_path, {"a/ok.png": b"ok", name: b"evil"})

    with pytest.raises(DatasetRefused, match="outside of its folder") as caught:
        unpack(packed, into=home / "abc", limit_bytes=GIB)

    assert name in str(caught.value)
    assert everything(home) == []
    assert not Path("/tmp/evil").exists()


def test_backslashes_of_windows_climb_no_better(tmp_path: Path) -> None:
    packed = zip_of(tmp_path, {"a\\b\\ok.png": b"ok"})
    assert contents(unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)) == {"b/ok.png": b"ok"}
    evil = zip_of(tmp_path, {"..\\..\\evil": b"evil"})

    with pytest.raises(DatasetRefused, match="outside of its folder"):
        unpack(evil, into=tmp_path / "def", limit_bytes=GIB)


ESCAPES = {
    "absolute": [entry("out", tarfile.SYMTYPE, target="/etc")],
    "relative": [entry("a/out", tarfile.SYMTYPE, target="../../..")],
    "write through": [entry("out", tarfile.SYMTYPE, target="../.."), entry("out/evil", size=4)],
    "link through link": [
        entry("a/b/c/x", size=1),
        entry("deep", tarfile.SYMTYPE, target="q/w/../../.."),
        entry("q", tarfile.SYMTYPE, target="."),
        entry("w", tarfile.SYMTYPE, target="."),
    ],
    "link made through link": [
        entry("d", tarfile.SYMTYPE, target=".."),
        entry("d/evil", tarfile.SYMTYPE, target="abc"),
    ],
    "circle": [entry("a", tarfile.SYMTYPE, target="b"), entry("b", tarfile.SYMTYPE, target="a")],
    "hard link": [entry("h", tarfile.LNKTYPE, target="../../secret")],
    "hard link to nothing": [entry("h", tarfile.LNKTYPE, target="absent")],
    "fifo": [entry("p", tarfile.FIFOTYPE)],
    "device": [entry("null", tarfile.CHRTYPE)],
}


@pytest.mark.parametrize("members", ESCAPES.values(), ids=ESCAPES.keys())
def test_links_out_and_devices_are_refused(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    (tmp_path / "secret").write_text("secret")
    packed = tar_with(tmp_path, *members)

    with pytest.raises(DatasetRefused):
        unpack(packed, into=tmp_path / "home" / "abc", limit_bytes=GIB)

    assert everything(tmp_path / "home") == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.tar", "home", "secret"]


def test_symbolic_link_in_a_zip_is_a_link_too(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as file:
        link = zipfile.ZipInfo("out")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "../../etc")

    with pytest.raises(DatasetRefused, match=r'"out" to "\.\./\.\./etc", which leads out'):
        unpack(path, into=tmp_path / "abc", limit_bytes=GIB)


def test_links_inside_the_folder_stay(tmp_path: Path) -> None:
    packed = tar_with(
        tmp_path,
        entry("b/soft.png", tarfile.SYMTYPE, target="../a/1.png"),
        entry("a/1.png", size=3),
        entry("b/hard.png", tarfile.LNKTYPE, target="a/1.png"),
    )

    root = unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)

    assert contents(root) == dict.fromkeys(["a/1.png", "b/hard.png", "b/soft.png"], b"xxx")


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
def test_more_bytes_than_allowed_are_refused(tmp_path: Path, pack: Pack) -> None:
    packed = pack(tmp_path, {f"a/{i}": bytes(1000) for i in range(100)})

    with pytest.raises(DatasetRefused, match="more than the 50,000 bytes allowed"):
        unpack(packed, into=tmp_path / "home" / "abc", limit_bytes=50_000)

    assert everything(tmp_path / "home") == []


def test_sizes_in_headers_are_not_believed(tmp_path: Path) -> None:
    packed = zip_of(tmp_path, {"a": bytes(100_000)})
    lying = packed.read_bytes().replace(struct.pack("<L", 100_000), struct.pack("<L", 10))
    packed.write_bytes(lying)

    with pytest.raises(DatasetRefused):
        unpack(packed, into=tmp_path / "home" / "abc", limit_bytes=50_000)

    assert everything(tmp_path / "home") == []


@pytest.mark.parametrize("pack", [PACKS["zip"], PACKS["tar.gz"]], ids=["zip", "tar.gz"])
def test_bomb_is_refused_before_it_goes_off(
    tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_SMALL_BYTES", 2**20)
    packed = pack(tmp_path, {"a/bomb.bmp": bytes(8 * 2**20)})

    with pytest.raises(DatasetRefused, match="more than 200 times its"):
        unpack(packed, into=tmp_path / "home" / "abc", limit_bytes=GIB)

    assert everything(tmp_path / "home") == []


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_ENTRIES", 10)
    packed = tar_of(tmp_path, {f"a/{i}": b"" for i in range(11)})

    with pytest.raises(DatasetRefused, match="more than 10 entries"):
        unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)


def test_endless_header_of_a_tar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.tar"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as file:
        member = tarfile.TarInfo("a")
        member.pax_headers = {"comment": "x" * 4 * 2**20}
        file.addfile(member)

    with pytest.raises(DatasetRefused, match="header of more than 1 MiB"):
        unpack(path, into=tmp_path / "abc", limit_bytes=GIB)


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_broken_off_archive_is_refused(tmp_path: Path, pack: Pack, share: float) -> None:
    noise = {f"{folder}/{i}.png": os.urandom(3000) for folder in "ab" for i in range(20)}
    packed = pack(tmp_path, noise)
    packed.write_bytes(packed.read_bytes()[: int(packed.stat().st_size * share)])

    with pytest.raises(DatasetRefused, match="data\\."):
        unpack(packed, into=tmp_path / "home" / "abc", limit_bytes=GIB)

    assert everything(tmp_path / "home") == []


@pytest.mark.parametrize("data", [b"", b"hello", bytes(10_000), b"PK\x03\x04 broken", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "data.zip").write_bytes(data)

    with pytest.raises(DatasetRefused, match=r"data\.zip"):
        unpack(tmp_path / "data.zip", into=tmp_path / "abc", limit_bytes=GIB)


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    packed = zip_of(tmp_path, {"a": b"secret"})
    data = bytearray(packed.read_bytes())
    data[6] |= 1  # the flag "encrypted", in the entry's own header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(data)

    with pytest.raises(DatasetRefused, match="encrypted"):
        unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)


def test_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    packed = tar_of(tmp_path, {"a/" + "n" * 300: b""})

    with pytest.raises(DatasetRefused, match="holds a name that cannot be used"):
        unpack(packed, into=tmp_path / "abc", limit_bytes=GIB)


def test_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    packed = zip_of(tmp_path, {"a": bytes(1_000_000)})
    program = (
        "import resource, sys, pathlib; from automl_tl.data.archive import unpack\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "unpack(pathlib.Path(sys.argv[1]), into=pathlib.Path(sys.argv[2]), limit_bytes=2**30)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, packed, tmp_path / "home" / "abc"], capture_output=True, text=True
    )

    assert f"{DiskFull.__name__}: no room left on the disk to write what data.zip unpacks to" in done.stderr
    assert everything(tmp_path / "home") == []
