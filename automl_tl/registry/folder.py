"""A registry that is a folder: for tests, and for machines that want nothing more."""

import errno
import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from automl_tl.errors import ArtifactChanged, DiskFull, NotFound, RegistryUnavailable
from automl_tl.filelock import FileLock
from automl_tl.registry.base import Holding, Papers, Version
from automl_tl.registry.copying import check_bytes, copy_tree, write_text
from automl_tl.registry.names import DECISION, check_unnamed, checked

_ALIASES = "aliases.json"
_DELETED = ".deleted"


class FolderRegistry:
    """``NAME/3/`` is the artifact of version 3, ``NAME/3.json`` its tags, ``NAME/aliases.json`` the aliases;
    beside them lie its papers, such as ``NAME/3-card.html``.

    A version is there while its JSON is; of the highest deleted one ``3.deleted`` stays: no number up to it
    is given again. Writers of all processes take turns by a lock on the name's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def register(
        self,
        *,
        name: str,
        artifact: Path,
        decision: str,
        tags: Mapping[str, str],
        metrics: Mapping[str, float] | None = None,
        papers: Papers | None = None,
        digest: str | None = None,
    ) -> int:
        """The version that carries this decision's artifact: found by its tag, else made now with ``papers``.

        Raises NotFound when there is no such artifact, ArtifactChanged when it has another ``digest``,
        DiskFull.
        """
        folder = self._root / checked(name)
        with _answering(self._root):
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                numbers = _numbers(folder)
                for number in numbers:
                    if _tags(folder, number).get(DECISION) == decision:
                        return number
                if not artifact.is_dir():
                    raise NotFound(f"there is no artifact {artifact} to register as a version of {name}")
                number = max((*numbers, *_numbers(folder, suffix=_DELETED)), default=0) + 1
                _drop_papers(folder, but_of=numbers)  # what a killed registration left of this number
                _place(artifact, folder / str(number), digest=digest)
                for file, text in ({} if papers is None else papers.files).items():
                    write_text(folder / f"{number}-{file}", text)
                _write(folder / f"{number}.json", dict(tags) | {DECISION: decision})
                return number

    def versions(self, name: str) -> tuple[Version, ...]:
        """Every version of a name, newest first; empty for an unknown name."""
        folder = self._root / checked(name)
        with _answering(self._root):
            aliases = _aliases(folder)
            return tuple(
                Version(
                    name=name,
                    number=number,
                    tags=_tags(folder, number),
                    aliases=tuple(sorted(alias for alias, of in aliases.items() if of == number)),
                )
                for number in sorted(_numbers(folder), reverse=True)
            )

    def alias(self, name: str, alias: str) -> int | None:
        """The version behind an alias, or None."""
        folder = self._root / checked(name)
        with _answering(self._root):
            version = _aliases(folder).get(alias)
            return version if version in _numbers(folder) else None

    def point(self, name: str, *, alias: str, version: int | None) -> None:
        """Let the alias name that version; None takes the alias away. NotFound: no such version."""
        folder = self._root / checked(name)
        if version is not None:
            self.fetch(name, version)
        elif not folder.is_dir():
            return
        with _answering(self._root), _alone(folder):
            aliases = {key: of for key, of in _aliases(folder).items() if key != alias}
            if version is not None:
                aliases[alias] = version
            _write(folder / _ALIASES, aliases)

    def fetch(self, name: str, version: int) -> Path:
        """The folder with the artifact's bytes; NotFound: no such version."""
        folder = self._root / checked(name)
        with _answering(self._root):
            if version not in _numbers(folder):
                raise NotFound(f"{name} has no version {version}")
        return folder / str(version)

    def delete(self, name: str, version: int) -> None:
        """Take a version away, then its bytes; its number is never given again. Gone before: nothing happens.

        Raises Conflict while an alias names it.
        """
        folder = self._root / checked(name)
        with _answering(self._root):
            if not folder.is_dir():
                return
            with _alone(folder):
                check_unnamed(name, version, _aliases(folder))
                card = folder / f"{version}.json"
                if card.is_file():  # from here on nobody finds it
                    card.rename(folder / f"{version}{_DELETED}")
                _keep_highest_deleted(folder)
                _drop_papers(folder, but_of=_numbers(folder))
                shutil.rmtree(folder / str(version), ignore_errors=True)

    def amend(self, name: str, version: int, change: Callable[[Path], None]) -> None:
        """Let ``change`` put another artifact in the place of a version's; raises NotFound."""
        folder = self.fetch(name, version)
        with _answering(self._root), _alone(folder.parent):
            change(folder)

    def holdings(self) -> tuple[Holding, ...]:
        """Everything below the root, by name and version."""
        with _answering(self._root):
            return tuple(holding for name in _folders(self._root) for holding in _holdings(name))

    def sweep(self) -> None:
        """Delete the bytes of versions that were deleted, or never finished."""
        with _answering(self._root):
            for folder in _folders(self._root):
                with _alone(folder):
                    for holding in _holdings(folder):
                        if holding.is_left:
                            shutil.rmtree(holding.path, ignore_errors=True)
                    _drop_papers(folder, but_of=_numbers(folder))

    def uri(self, name: str) -> str:
        """The champion's folder, which ``automl_tl.model.artifact.load`` opens; NotFound: no champion."""
        champion = self.alias(name, "champion")
        if champion is None:
            raise NotFound(f"{name} has no champion")
        return str(self.fetch(name, champion))


def _place(artifact: Path, target: Path, *, digest: str | None) -> None:
    copy_tree(artifact, target)
    try:
        check_bytes(target, of=artifact, digest=digest)
    except ArtifactChanged:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _numbers(folder: Path, *, suffix: str = ".json") -> list[int]:
    return [int(path.stem) for path in folder.glob(f"*{suffix}") if path.stem.isdecimal()]


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _holdings(folder: Path) -> list[Holding]:
    numbers = {str(number): number for number in _numbers(folder)}
    return [
        Holding(path=path, name=folder.name, version=numbers.get(path.name), is_left=path.name not in numbers)
        for path in _folders(folder)
    ]


def _drop_papers(folder: Path, *, but_of: Collection[int]) -> None:
    for path in folder.glob("*-*"):
        number = path.name.partition("-")[0]
        if number.isdecimal() and int(number) not in but_of:
            path.unlink(missing_ok=True)


def _keep_highest_deleted(folder: Path) -> None:
    for number in sorted(_numbers(folder, suffix=_DELETED))[:-1]:
        (folder / f"{number}{_DELETED}").unlink(missing_ok=True)


def _tags(folder: Path, number: int) -> dict[str, str]:
    found: dict[str, str] = _read(folder / f"{number}.json")
    return found


def _aliases(folder: Path) -> dict[str, int]:
    found: dict[str, int] = _read(folder / _ALIASES)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise RegistryUnavailable(f"{path} is not JSON: {error}") from error
    return found


def _write(path: Path, content: Mapping[str, object]) -> None:
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def _alone(folder: Path) -> FileLock:
    return FileLock(folder / ".lock").exclusive()


@contextmanager
def _answering(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"the registry in {root} has no room left") from error
        raise RegistryUnavailable(f"the registry in {root} does not answer: {error}") from error
