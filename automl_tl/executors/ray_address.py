"""Where a home's Ray pool is found: its files, its address, what its processes read from the environment."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from automl_tl.executors.birth import SAME_BIRTH_SECONDS, birth
from automl_tl.settings import Home

_THREADS = (
    "OMP_NUM_THREADS",  # torch, scikit-learn, Arrow's computing
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",  # numpy and SciPy
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",  # tokenizers
    "ARROW_IO_THREADS",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFolder:
    """``home/run/ray``: what lives only while the pool does."""

    root: Path

    @classmethod
    def of(cls, home: Home) -> "PoolFolder":
        """The folder of that home, made when it is absent; only its owner may enter."""
        root = home.run / "ray"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(root=root)

    @property
    def address(self) -> Path:
        """The JSON file that says where the pool listens."""
        return self.root / "address.json"

    @property
    def token(self) -> Path:
        """What every process of the pool and every user of it shows."""
        return self.root / "token"

    @property
    def log(self) -> Path:
        """What the pool said while it started."""
        return self.root / "keeper.log"

    @property
    def users(self) -> Path:
        """Locked, shared, by everybody who uses the pool: the kernel counts the living."""
        return self.root / "users.lock"

    @property
    def door(self) -> Path:
        """Locked by who starts or stops the pool."""
        return self.root / "door.lock"

    def lane(self, number: int) -> Path:
        """Locked by the one process whose work the actors of that lane do."""
        return self.root / f"lane-{number}.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAddress:
    """A running pool: ``keeper`` is the pid and its session's number, ``temp`` Ray's own folder."""

    address: str
    keeper: int
    started: float
    temp: str

    def write(self, path: Path) -> None:
        """Put it there at once or not at all."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> "PoolAddress | None":
        """What is written there, or None."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    @property
    def is_alive(self) -> bool:
        """Whether that very keeper still runs (the pid may belong to another process by now)."""
        try:
            process = psutil.Process(self.keeper)
            is_same = abs(birth(process) - self.started) < SAME_BIRTH_SECONDS
            return is_same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def environment(folder: PoolFolder) -> dict[str, str]:
    """The variables of every process that is of this pool or uses it, set before it imports Ray."""
    write_token(folder)
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(folder.token),
        # Its name is about other systems; what it does is keep every address of a local Ray on loopback.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9/",  # it reports even that it does not report
        "RAY_DISABLE_IMPORT_WARNING": "1",
        "RAY_IGNORE_UNHANDLED_ERRORS": "1",  # it would print those of works whose answer nobody waits for
    }


def write_token(folder: PoolFolder) -> None:
    """The pool's secret, once: only its owner reads it."""
    if folder.token.exists():
        return
    draft = os.open(folder.token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(draft, secrets.token_hex(32).encode())
    os.close(draft)


def thread_limits(threads: int) -> dict[str, str]:
    """Numeric libraries read these when they are loaded; more threads than cores cost 40 times."""
    return dict.fromkeys(_THREADS, str(threads)) | {"TOKENIZERS_PARALLELISM": str(threads > 1).lower()}


def session(keeper: int) -> list[psutil.Process]:
    """Every living process of that session, the keeper left out."""
    members = []
    for process in psutil.process_iter():
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and process.pid != keeper and os.getsid(process.pid) == keeper:
                members.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            continue
    return members
