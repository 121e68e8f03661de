"""What one tenant's uploads may take of the disk, those included that are still on their way."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from automl_tl.errors import TooLarge
from automl_tl.filelock import FileLock
from automl_tl.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The folder of a tenant's uploads, and how many bytes may lie in it; ``turn`` locks it for a moment."""

    tenant: str
    folder: Path
    turn: Path
    most: int

    @classmethod
    def of(cls, tenant: str, settings: Settings) -> "Share":
        """The tenant's."""
        folder = settings.folders.uploads(tenant)
        turn = settings.folders.run / f"{folder.name}.lock"
        return cls(tenant=tenant, folder=folder, turn=turn, most=settings.tenant_upload_bytes)

    def taken(self) -> int:
        """Bytes of the uploads that lie there, those on their way among them."""
        return sum(_sizes(self.folder))

    def require_room(self, count: int) -> None:
        """Raises TooLarge where so many bytes more would be beyond the share."""
        taken = self.taken()
        if taken + count > self.most:
            raise TooLarge(
                f"the uploads of {self.tenant} take {taken} bytes, and {self.most} are what they may take: "
                f"there is no room for {count} more"
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other upload of the tenant grows, or gets its name, during the block."""
        with FileLock(self.turn).exclusive():
            yield


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # an upload beside this one was given up
            found = path.stat()
            if stat.S_ISREG(found.st_mode):
                yield found.st_size
