"""Says what a home's bytes are for, and lets go what nobody needs any more."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from automl_tl.cache.shelf import Shelf
from automl_tl.champions.removal import delete, remove
from automl_tl.data.manifest import root_of
from automl_tl.domain.outliving import Outlived, VersionPolicy, outlived
from automl_tl.domain.promotion import Decided
from automl_tl.errors import Conflict
from automl_tl.filelock import FileLock
from automl_tl.registry.base import Registry
from automl_tl.registry.names import registered_name
from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.upkeep.garbage import DAY, Bounds, Garbage, Needs, garbage, needs
from automl_tl.upkeep.pieces import Kind, Piece, pieces

logger = logging.getLogger(__name__)
Json = dict[str, object]
_ALL_JOBS = 10**9
_OF_JOB = (Kind.CHECKPOINTS, Kind.SCRATCH, Kind.ARTIFACTS)


class Upkeep:
    """One home's bytes; beside running jobs and daemons, and repeatable after it was killed anywhere.

    ``turn`` is the file by which this home's processes take turns at the registry.
    """

    def __init__(
        self, store: Store, settings: Settings, registry: Callable[[], Registry], *, turn: Path
    ) -> None:
        self._store = store
        self._settings = settings
        self._home = settings.folders
        self._registry = registry
        self._turn = turn

    def usage(self) -> Json:
        """``bytes`` in all, ``kinds``, ``models`` by name and version, ``jobs`` by kind."""
        found = pieces(self._home, self._registry().holdings())
        kinds = Counter[str]()
        jobs: defaultdict[str, Counter[str]] = defaultdict(Counter)
        models: defaultdict[str, Counter[str]] = defaultdict(Counter)
        folder = self._home.job("x").parent
        for piece in found:
            kinds[piece.kind] += piece.bytes
            if piece.path.is_relative_to(folder):
                jobs[piece.owner][piece.kind] += piece.bytes
            elif piece.kind is Kind.REGISTRY and " " in piece.owner:
                name, _, version = piece.owner.partition(" ")
                models[name][version] += piece.bytes
        return {
            "home": str(self._home.root),
            "bytes": sum(kinds.values()),
            "kinds": {kind.value: kinds[kind] for kind in Kind if kinds[kind]},
            "models": {name: dict(versions) for name, versions in sorted(models.items())},
            "jobs": {job: dict(by_kind) for job, by_kind in sorted(jobs.items())},
        }

    def collect(self, *, dry_run: bool) -> Json:
        """Free what nobody needs, or with ``dry_run`` only say so: ``bytes`` and ``items`` with reasons.

        Raises RegistryUnavailable, StoreUnavailable: what was freed stays so, do it again later.
        """
        with FileLock(self._turn).exclusive():
            self._take_back()
            registry = self._registry()
            holdings = registry.holdings()
            found = pieces(self._home, holdings)
            items = [_item(piece, why) for piece, why in self._versions(registry, found, dry_run=dry_run)]
            left = {holding.path for holding in holdings if holding.is_left}
            items += [
                _item(piece, "nothing in the registry refers to it") for piece in found if piece.path in left
            ]
            if not dry_run:
                registry.sweep()
            rest = [piece for piece in found if not piece.path.is_relative_to(self._home.registry)]
            decided = garbage(rest, self._needs(), bounds=self._bounds(), now=time.time())
            items += [_item(g.piece, g.why) for g in decided if dry_run or self._free(g)]
        return {"dry_run": dry_run, "bytes": sum(int(str(item["bytes"])) for item in items), "items": items}

    def outgrow(self) -> int:
        """Delete the versions beyond the policy; how many."""
        with FileLock(self._turn).exclusive():
            return sum(1 for _ in self._delete(self._registry()))

    def _versions(
        self, registry: Registry, found: Sequence[Piece], *, dry_run: bool
    ) -> Iterator[tuple[Piece, str]]:
        of_version = {piece.owner: piece for piece in found if piece.kind is Kind.REGISTRY}
        for name, gone in self._outlived(registry) if dry_run else self._delete(registry):
            piece = of_version.get(f"{name} {gone.decided.version}")
            if piece is not None:
                yield piece, gone.why

    def _outlived(self, registry: Registry) -> Iterator[tuple[str, Outlived]]:
        policy = VersionPolicy(
            challengers=self._settings.kept_challengers, champions=self._settings.kept_champions
        )
        for line in self._store.models():
            versions = self._store.versions(tenant=line.tenant, name=line.name, standing=True)
            moves = self._store.promotions(tenant=line.tenant, name=line.name)
            if not outlived(line, versions, moves, aliases={}, policy=policy):
                continue  # the registry is not asked in vain
            name = registered_name(line.tenant, line.name)
            aliases = {version.number: version.aliases for version in registry.versions(name)}
            for gone in outlived(line, versions, moves, aliases=aliases, policy=policy):
                yield name, gone

    def _delete(self, registry: Registry) -> Iterator[tuple[str, Outlived]]:
        for name, gone in list(self._outlived(registry)):
            decided = gone.decided
            assert decided.version is not None
            try:
                self._store.delete_versions(
                    tenant=decided.tenant, name=decided.name, decisions=[decided.id], reason=gone.why
                )
                registry.delete(name, decided.version)
            except Conflict as used:  # promoted, or named by an alias, since it was looked at
                logger.info("version kept", extra={"why": str(used)})
                continue
            yield name, gone

    def _bounds(self) -> Bounds:
        return Bounds(
            retry_seconds=DAY * self._settings.retry_days,
            upload_seconds=DAY * self._settings.upload_days,
            picture_bytes=self._settings.picture_bytes,
            activation_bytes=self._settings.activation_bytes,
        )

    def _needs(self) -> Needs:
        jobs = self._store.jobs(limit=_ALL_JOBS)
        lines = self._store.models()
        decisions: list[Decided] = []
        for line in lines:
            decisions += self._store.versions(tenant=line.tenant, name=line.name)
        roots = {job.manifest: root_of(Path(job.manifest)) for job in jobs if job.manifest is not None}
        return needs(jobs, lines, decisions, roots, schedules=self._store.schedules())

    def _free(self, found: Garbage) -> bool:
        """Let one piece go, where it is still garbage; whether it went."""
        piece = found.piece
        if piece.kind in _OF_JOB:
            if not self._store.sweep(piece.owner):  # it is tried again since it was looked at
                return False
            if piece.kind is Kind.ARTIFACTS and str(piece.path) in self._needs().artifacts:
                return False
            remove(piece.path)
        elif piece.kind is Kind.DATASETS:
            return self._free_data(found)
        elif piece.kind is Kind.ACTIVATIONS:
            return Shelf(folder=piece.path.parent).evict(piece.path)
        elif piece.kind is Kind.LEFTOVERS:
            delete(piece.path)
        else:
            remove(piece.path)
        return True

    def _take_back(self) -> None:
        """What an earlier call set aside when it was killed is looked at anew."""
        for aside in (*self._home.datasets.glob(".*.aside"), *self._home.datasets.glob("uploads*/.*.aside")):
            place = aside.with_name(aside.name.removeprefix(".").removesuffix(".aside"))
            if not place.exists():
                aside.rename(place)

    def _free_data(self, found: Garbage) -> bool:
        """Set aside first, then looked at again: a job that was submitted meanwhile gets it back."""
        piece = found.piece
        folder = self._home.datasets
        with FileLock(folder / f"{piece.owner}.lock").exclusive():
            aside = piece.path.with_name(f".{piece.path.name}.aside")
            try:
                piece.path.rename(aside)
            except FileNotFoundError:
                return False
            now = replace(piece, changed=_touched(aside, piece.changed))
            if not garbage([now], self._needs(), bounds=self._bounds(), now=time.time()):
                aside.rename(piece.path)
                return False
            delete(aside)
            return True


def _item(piece: Piece, why: str) -> Json:
    return {
        "kind": piece.kind.value,
        "path": str(piece.path),
        "owner": piece.owner,
        "bytes": piece.bytes,
        "why": why,
    }


def _touched(path: Path, before: float) -> float:
    return max(before, path.stat().st_mtime)
