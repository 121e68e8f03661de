"""The right to run a job, kept by a heartbeat, and seen to end when its holder dies."""

import logging
import socket
import threading
from types import TracebackType

import psutil

from automl_tl.domain.job import JobState, Lease, Wish
from automl_tl.errors import LeaseLost, TransientError
from automl_tl.executors.birth import SAME_BIRTH_SECONDS, birth
from automl_tl.store.base import Store

logger = logging.getLogger(__name__)

BEATS_PER_LEASE = 3


def holder_id(part: str = "") -> str:
    """This process as a holder: ``host:pid:start``, and ``:part`` where it holds several leases apart."""
    process = psutil.Process()
    holder = f"{socket.gethostname()}:{process.pid}:{birth(process):.2f}"
    return f"{holder}:{part}" if part else holder


def is_dead(holder: str) -> bool | None:
    """Whether the holder's process is gone; None where that cannot be seen from this machine."""
    try:
        host, pid, start, *_ = holder.split(":")
        if host != socket.gethostname():
            return None
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(birth(process) - float(start)) > SAME_BIRTH_SECONDS
    except psutil.NoSuchProcess:
        return True
    except ValueError:
        return None


class Heartbeat:
    """Prolongs a lease in a thread of its own, three times a lease, while the context is open.

    ``lost`` is set once somebody else holds the job; a store that does not answer is asked again.
    """

    def __init__(self, store: Store, lease: Lease, *, lease_seconds: float) -> None:
        self.lost = threading.Event()
        self._wish = Wish.NONE
        self._store = store
        self._lease = lease
        self._lease_seconds = lease_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {lease.job}", daemon=True)

    @property
    def wish(self) -> Wish:
        """What a person wished, as of the last beat."""
        return self._wish

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(self._lease_seconds)

    def __enter__(self) -> "Heartbeat":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _beat(self) -> None:
        while not self._over.wait(self._lease_seconds / BEATS_PER_LEASE):
            try:
                self._wish = self._store.heartbeat(self._lease, lease_seconds=self._lease_seconds)
            except LeaseLost as lost:
                if not self._over.is_set() and self._is_taken():
                    logger.warning("lease lost: %s", lost)
                    self.lost.set()
                return
            except TransientError as error:
                logger.warning("heartbeat of job %s missed: %s", self._lease.job, error)

    def _is_taken(self) -> bool:
        """Whether somebody else runs the job; one that its own runner has just ended has no lease either."""
        return self._store.job(self._lease.job).state is JobState.RUNNING


def expire_dead(store: Store) -> int:
    """Let the leases of holders whose process is gone run out now; how many there were."""
    expired = 0
    for holder in store.holders():
        if is_dead(holder):
            expired += store.expire(holder=holder)
            logger.warning("lease of dead holder %s expired", holder)
    return expired
