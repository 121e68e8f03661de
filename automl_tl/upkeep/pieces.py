"""Everything that lies in a home, piece by piece, with its kind and its bytes."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from automl_tl.cache.shelf import CARD
from automl_tl.registry.base import Holding
from automl_tl.settings import Home


class Kind(StrEnum):
    """What a piece is; the order is the one in which people read them."""

    STORE = "store"
    REGISTRY = "registry"
    CHECKPOINTS = "checkpoints"
    ARTIFACTS = "artifacts"
    PREDICTIONS = "predictions"
    REPORTS = "reports"
    LOGS = "logs"
    SCRATCH = "scratch"
    DATASETS = "datasets"
    MANIFESTS = "manifests"
    PICTURES = "prepared pictures"
    ACTIVATIONS = "activations"
    LEFTOVERS = "leftovers"
    OTHER = "other"


_OF_JOB = {
    "checkpoints": Kind.CHECKPOINTS,
    "predictions": Kind.PREDICTIONS,
    "progress": Kind.SCRATCH,
    "remembered.jsonl": Kind.SCRATCH,
    "forgotten.jsonl": Kind.SCRATCH,
    "log.txt": Kind.LOGS,
    "traceback.txt": Kind.LOGS,
    "tracebacks": Kind.LOGS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file or folder.

    ``changed`` is its last modification, seconds since the epoch. ``owner`` is a job's id, a model's
    ``NAME VERSION``, an archive's sha256 or a manifest's fingerprint; empty: nobody known.
    """

    kind: Kind
    path: Path
    bytes: int
    changed: float
    owner: str = ""


def pieces(home: Home, holdings: Sequence[Holding]) -> tuple[Piece, ...]:
    """All of a home. A file with two names counts at the first, in the registry before the job's folder."""
    scale = Scale()
    return tuple(
        scale.piece(kind, path, owner=owner)
        for found in (
            _registry(home, holdings),
            _jobs(home),
            _datasets(home.datasets),
            _manifests(home.manifests),
            _cache(home.cache),
            _rest(home),
        )
        for kind, path, owner in found
    )


class Scale:
    """Weighs files, each once however many names it has."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def piece(self, kind: Kind, path: Path, *, owner: str = "") -> Piece:
        """The piece at a path; what vanishes meanwhile counts nothing."""
        bytes_, changed = 0, 0.0
        for file in (path, *_below(path)):
            try:
                found = file.lstat()
            except FileNotFoundError:
                continue
            changed = max(changed, found.st_mtime)
            if not file.is_dir() and (found.st_dev, found.st_ino) not in self._seen:
                self._seen.add((found.st_dev, found.st_ino))
                bytes_ += found.st_size
        return Piece(kind=kind, path=path, bytes=bytes_, changed=changed, owner=owner)


Place = tuple[Kind, Path, str]


def _registry(home: Home, holdings: Sequence[Holding]) -> Iterator[Place]:
    for held in holdings:
        kind = Kind.LEFTOVERS if held.is_left else Kind.REGISTRY
        yield kind, held.path, f"{held.name} {held.version}" if held.version is not None else "registry"
    folders = {held.path for held in holdings}
    for path in _below(home.registry):
        if path.is_file() and folders.isdisjoint(path.parents):
            yield Kind.REGISTRY, path, ""


def _jobs(home: Home) -> Iterator[Place]:
    for job in _children(home.job("x").parent):
        for path in _children(job):
            if path.name == "artifacts":
                for artifact in _children(path):
                    yield _hidden(artifact) or Kind.ARTIFACTS, artifact, job.name
            else:
                yield _hidden(path) or _OF_JOB.get(path.name, Kind.REPORTS), path, job.name


def _datasets(folder: Path) -> Iterator[Place]:
    for path in _children(folder):
        if path.name.partition(".")[0] == "uploads":  # of one tenant
            for upload in _children(path):
                yield _hidden(upload) or Kind.DATASETS, upload, upload.name.partition(".")[0]
        elif path.name.endswith(".partial"):
            yield Kind.LEFTOVERS, path, "datasets"
        else:
            yield _hidden(path) or (Kind.DATASETS if path.is_dir() else Kind.OTHER), path, path.name


def _manifests(folder: Path) -> Iterator[Place]:
    for path in _children(folder):
        if path.is_dir():  # of one tenant
            yield from _manifests(path)
        else:
            yield _hidden(path) or Kind.MANIFESTS, path, path.stem


def _cache(folder: Path) -> Iterator[Place]:
    for path in _children(folder):
        for entry in _children(path):
            if path.name == "pictures":
                yield _hidden(entry) or Kind.PICTURES, entry, manifest_of(entry)
            elif path.name == "activations" and entry.name != ".locks":
                yield _hidden(entry) or Kind.ACTIVATIONS, entry, manifest_of(entry)
            else:
                yield Kind.OTHER, entry, ""


def _rest(home: Home) -> Iterator[Place]:
    known = {home.registry, home.job("x").parent, home.datasets, home.manifests, home.cache}
    for path in _children(home.root):
        if path == home.run:
            for file in _children(path):
                yield Kind.LEFTOVERS if file.name.startswith("predict-") else Kind.OTHER, file, "run"
        elif path.name.startswith(home.store.name):
            yield Kind.STORE, path, ""
        elif path not in known:
            yield Kind.OTHER, path, ""


def manifest_of(entry: Path) -> str:
    """The fingerprint of the manifest that a cache's entry was made from; empty: its card does not say."""
    try:
        card = json.loads((entry / CARD).read_text(encoding="utf-8"))
        return str(card["identity"]["manifest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _hidden(path: Path) -> Kind | None:
    """What begins with a dot is on its way into a place, or out of it."""
    return Kind.LEFTOVERS if path.name.startswith(".") else None


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        yield from (Path(root) / name for name in (*folders, *files))
