"""A person asks that samples be forgotten: written down first, then cleaned out of everything we keep."""

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automl_tl.cache.shelf import Shelf
from automl_tl.champions.removal import delete, remove
from automl_tl.data import tombstones
from automl_tl.data.blanking import blank
from automl_tl.data.disk import replaced
from automl_tl.data.embedded import FOLDER as EMBEDDED
from automl_tl.data.manifest import dataset_name_of, root_of
from automl_tl.data.row import table_row
from automl_tl.data.tombstones import Mention
from automl_tl.domain.dataset import Split
from automl_tl.domain.day import day_of
from automl_tl.domain.job import Job
from automl_tl.domain.promotion import Decided
from automl_tl.errors import RequestError
from automl_tl.job import cards
from automl_tl.model.artifact import EXAMPLE
from automl_tl.model.digest import digest
from automl_tl.model.example import shows, without_example
from automl_tl.registry.base import Registry
from automl_tl.registry.names import registered_name
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.pieces import manifest_of

logger = logging.getLogger(__name__)
Json = dict[str, object]
_ALL_JOBS = 10**9
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEXTS = (".md", ".json", ".jsonl", ".txt", ".html")
_ADVICE = "train these names anew: what a model learnt from a sample is only forgotten by training without it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A manifest that holds, or held, some of the samples."""

    manifest: Path
    mentions: tuple[Mention, ...]


class Forgetting:
    """Forgets samples of one tenant; killed anywhere and repeated, it completes."""

    def __init__(self, store: Store, settings: Settings, registry: Registry, *, tenant: str) -> None:
        self._store = store
        self._home = settings.folders
        self._registry = registry
        self._tenant = tenant

    def forget(self, asked: Sequence[str], *, dataset_name: str | None, who: str) -> Json:
        """Forget samples named by path or sha256: ``samples``, ``manifests``, ``versions``, ``advice``.

        Raises RequestError where one is unknown by its path, Conflict while a job uses one.
        """
        manifests = self._manifests(dataset_name)
        samples = sorted({self._sample(text, manifests) for text in asked})
        found = [
            Found(manifest=path, mentions=seen)
            for path in manifests
            if (seen := tombstones.mentions(path, samples))
        ]
        versions = self._affected(found)
        self._store.forget(
            tenant=self._tenant,
            dataset_name=dataset_name,
            samples=samples,
            manifests=[str(one.manifest) for one in found],
            told={"samples": len(samples), "dataset_name": dataset_name, "who": who, "versions": versions},
        )
        for one in found:
            self._clean(one, samples)
        logger.info("samples forgotten", extra={"samples": len(samples), "manifests": len(found)})
        return {
            "samples": len(samples),
            "manifests": len(found),
            "versions": versions,
            "advice": _ADVICE if any(version["trained"] for version in versions) else None,
        }

    def _manifests(self, dataset_name: str | None) -> list[Path]:
        every = sorted(self._home.manifests_of(self._tenant).glob("[!.]*.jsonl"))
        return [path for path in every if dataset_name in (None, dataset_name_of(path))]

    def _sample(self, text: str, manifests: Sequence[Path]) -> str:
        if _SHA256.fullmatch(text):
            return text
        path = Path(text)
        if path.is_file():
            return hashlib.sha256(path.read_bytes()).hexdigest()
        for manifest in manifests:
            root = Path(root_of(manifest))
            if path.is_relative_to(root):
                found = tombstones.named(manifest, str(path.relative_to(root)))
                if found is not None:
                    return found
        raise RequestError(
            f"{text} is neither a file, nor the path of a known sample, nor a sha256 of 64 digits"
        )

    def _decisions(self) -> list[Decided]:
        lines = self._store.models(tenant=self._tenant)
        return [d for line in lines for d in self._store.versions(tenant=line.tenant, name=line.name)]

    def _affected(self, found: Sequence[Found]) -> list[Json]:
        """The versions that still stand and saw a sample: in training (retest included), or in the test."""
        splits = {one.manifest.stem: {mention.split for mention in one.mentions} for one in found}
        return [
            {
                "name": decided.name,
                "version": decided.version,
                "trained": bool(seen - {Split.TEST}),
                "tested": Split.TEST in seen,
            }
            for decided in self._decisions()
            if decided.gone is None and (seen := splits.get(str(decided.lineage.get("manifest")), set()))
        ]

    def _clean(self, found: Found, samples: Sequence[str]) -> None:
        """The manifest itself comes last: while it names the samples, a repeated call finds them."""
        known = [mention for mention in found.mentions if mention.path is not None]
        paths = [str(mention.path) for mention in known]
        self._clean_caches(found.manifest.stem, samples)
        jobs = [j for j in self._store.jobs(limit=_ALL_JOBS) if j.manifest == str(found.manifest)]
        for job in jobs:
            self._clean_job(job, paths, samples)
        for decided in self._decisions():
            if decided.lineage.get("manifest") == found.manifest.stem:
                self._clean_version(decided, samples)
        self._clean_upload(Path(root_of(found.manifest)), known)
        tombstones.forget(found.manifest, samples, day=day_of(self._store.now()))

    def _clean_caches(self, fingerprint: str, samples: Sequence[str]) -> None:
        for entry in _folders(self._home.cache / "pictures"):
            if manifest_of(entry) in (fingerprint, ""):  # of older ones nobody knows
                remove(entry)
        shelf = Shelf(folder=self._home.cache / "activations")
        wanted = np.array([sample.encode() for sample in samples], "S64")
        for entry in _folders(shelf.folder):
            keys = entry / "samples.s64"
            if entry.name != ".locks" and (
                not keys.is_file() or np.isin(np.fromfile(keys, dtype="S64"), wanted).any()
            ):
                with shelf.reading(entry.name).exclusive():  # a worker that keeps it open is waited for
                    remove(entry)

    def _clean_job(self, job: Job, paths: Sequence[str], samples: Sequence[str]) -> None:
        folder = self._home.job(job.id)
        for name in ("predictions", "checkpoints", "progress"):
            remove(folder / name)
        cards.forget(folder, samples)
        for file in folder.glob("*"):
            if file.suffix in _TEXTS and file.is_file():
                _scrub(file, paths)
        for artifact in _folders(folder / "artifacts"):
            if shows(artifact, samples):
                without_example(artifact)

    def _clean_version(self, decided: Decided, samples: Sequence[str]) -> None:
        """The registry's copy, or what waits for it; it has other bytes now, and its record says so."""
        if decided.gone is not None:
            return
        folder = self._without_example(decided, samples)
        told = {"name": decided.name, "version": decided.version, "reason": "its example was forgotten"}
        is_bare = folder.is_dir() and not (folder / EXAMPLE).exists()
        if is_bare and (found := digest(folder)) != decided.digest:
            self._store.change_digest(decided.id, digest=found, told=told)

    def _without_example(self, decided: Decided, samples: Sequence[str]) -> Path:
        if decided.version is None:  # its job's folder was cleaned just now
            return Path(decided.artifact)
        name = registered_name(decided.tenant, decided.name)
        folder = self._registry.fetch(name, decided.version)
        if not shows(folder, samples):
            return folder
        self._registry.amend(name, decided.version, without_example)
        return self._registry.fetch(name, decided.version)

    def _clean_upload(self, root: Path, known: Sequence[Mention]) -> None:
        """Only copies of ours: what lies in people's own folders is theirs."""
        if not root.is_relative_to(self._home.datasets):
            return
        for table, rows in _rows_of(root, known).items():
            blank(table, rows)
        for mention in known:
            if not mention.is_row:
                delete(root / str(mention.path))
        archive = root.relative_to(self._home.datasets).parts[0]
        for upload in self._home.uploads(self._tenant).glob(f"{archive}.*"):
            remove(upload)


def _rows_of(root: Path, known: Sequence[Mention]) -> dict[Path, set[int]]:
    """The rows that hold the samples, by table: texts, and files that were laid down out of cells."""
    rows: defaultdict[Path, set[int]] = defaultdict(set)
    for mention in known:
        if mention.is_row:
            table, number = table_row(str(mention.path))
            rows[root / table].add(number)
        elif root.name == EMBEDDED:
            file = root.parent / str(mention.path)
            rows[file.parent].add(int(file.stem))
    return rows


def _scrub(file: Path, paths: Sequence[str]) -> None:
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    clean = text
    for path in paths:
        clean = re.sub(rf"{re.escape(path)}(?!\d)", "(forgotten)", clean)  # train.csv:1 is not train.csv:17
    if clean != text:
        with replaced(file) as beside:
            beside.write(clean.encode("utf-8", errors="surrogateescape"))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
