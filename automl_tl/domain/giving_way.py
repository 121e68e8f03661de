"""Which running job gives way to one that waits; it does so at its next rung, and goes on later."""

from collections.abc import Collection

from automl_tl.domain.job import Wish
from automl_tl.domain.queue import Queue, Running, Standing, Waiting
from automl_tl.domain.queue_order import is_guaranteed


def who_gives_way(queue: Queue, *, mine: Collection[str], slots: int) -> str | None:
    """The job, of those that run here (``mine``), that is asked to give way next; None: none.

    It has a lower priority than one that waits, the lowest of all, and of equals has worked least. One at a
    time is asked, and none whose turn was a guaranteed one: that would be worth a rung. Where a slot is free,
    or the waiting job's tenant has used up its quota of running jobs, only a job of that same tenant helps.
    """
    own = [running for running in queue.running if running.job in mine]
    if any(running.wish is Wish.YIELD for running in own):
        return None
    for waiting in sorted(queue.waiting, key=lambda w: (-w.priority, w.sequence)):
        standing = queue.standing(waiting.tenant)
        helping = [r for r in own if _helps(r, waiting, standing, is_slot_free=len(own) < slots)]
        if helping:
            return min(helping, key=lambda r: (r.priority, r.seconds, r.job)).job
    return None


def _helps(running: Running, waiting: Waiting, standing: Standing, *, is_slot_free: bool) -> bool:
    """Whether the waiting job could begin in its place."""
    if standing.is_spent or running.priority >= waiting.priority or running.wish is not Wish.NONE:
        return False
    if running.served and is_guaranteed(running.served):
        return False
    if standing.is_full:
        return running.tenant == waiting.tenant
    return not is_slot_free  # else it is claimed as it is
