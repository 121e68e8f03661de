"""Where served models live; the promotions table is the truth, a registry is its projection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One registered version; ``tags`` hold lineage as strings, ``decision`` among them."""

    name: str
    number: int
    tags: dict[str, str]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What people read of a version: a Markdown ``summary``, and whole texts by file name."""

    summary: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Bytes that a registry keeps on this machine, in one folder.

    ``version`` None: of no version. ``is_left``: nothing refers to them any more, and ``sweep`` deletes them.
    """

    path: Path
    name: str = ""
    version: int | None = None
    is_left: bool = False


class Registry(Protocol):
    """Names, versions, aliases. Every call raises RegistryUnavailable when the registry does not answer."""

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
        """The version that carries this decision's artifact: found by its tag, else made with ``papers``.

        ``digest`` is the artifact's as it was scored; raises ArtifactChanged where what would be registered
        has another, and NotFound where there is no such artifact.
        ``metrics`` are put where the registry has a place for figures; they are lost where it has none.
        """

    def versions(self, name: str) -> tuple[Version, ...]:
        """Every version of a name, newest first; empty for an unknown name."""

    def alias(self, name: str, alias: str) -> int | None:
        """The version behind an alias, or None."""

    def point(self, name: str, *, alias: str, version: int | None) -> None:
        """Let the alias name that version; None takes the alias away. NotFound: no such version."""

    def fetch(self, name: str, version: int) -> Path:
        """A local folder with the artifact's bytes; NotFound: no such version."""

    def delete(self, name: str, version: int) -> None:
        """Take a version away, then its bytes; its number is never given again. Gone before: nothing happens.

        Raises Conflict while an alias names it.
        """

    def amend(self, name: str, version: int, change: Callable[[Path], None]) -> None:
        """Let ``change`` put another artifact in the place of a version's, in the folder it is given.

        Its example is shown nowhere else afterwards. Raises NotFound, and Conflict where the bytes lie on a
        server: there a version can only be deleted.
        """

    def holdings(self) -> tuple[Holding, ...]:
        """Everything that the registry keeps on this machine."""

    def sweep(self) -> None:
        """Delete the bytes that nothing refers to; call it while nobody registers."""

    def uri(self, name: str) -> str:
        """What a person hands to the registry's own loader to get the champion."""
