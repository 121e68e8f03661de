"""Who comes next in the queue. The store's claim says the same rule in SQL.

1. A job whose runner died goes on first: it has had its turn.
2. Of the others, those of tenants within their quota: the highest priority; of equals, the tenant that was
   served longest ago; of its jobs, the oldest.
3. Every tenth claim is a guaranteed turn: priorities do not count, so whoever was served longest ago comes,
   with its oldest job. However many urgent jobs are queued, a job with m older ones of its tenant before it,
   among t tenants, is claimed after 10 · t · (m + 1) claims at the latest.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from heapq import heapify, heappop

from automl_tl.domain.queue import Queue, Standing, Waiting

GUARANTEED = 10  # every so-manyth claim is a guaranteed turn
Key = tuple[int, ...]


def is_guaranteed(claim: int) -> bool:
    """Whether the claim of that number (from 1) is a guaranteed turn."""
    return claim % GUARANTEED == 0


def rank(head: Waiting, *, served: int, guaranteed: bool) -> Key:
    """The lowest comes next; of each tenant only the first job is compared."""
    return (0 if guaranteed else -head.priority, served, head.sequence)


class Line:
    """A queue that is played through without a store: each ``take`` is one claim."""

    def __init__(self, queue: Queue) -> None:
        self._claims = queue.claims
        self.standings = dict(queue.standings)
        self._by_priority = _by_tenant(queue.waiting, key=lambda w: (-w.priority, w.sequence))
        self._by_age = _by_tenant(queue.waiting, key=lambda w: (w.sequence,))
        self._taken: set[str] = set()

    def take(self) -> Waiting | None:
        """Claim the next job; None: nobody waits whose tenant is within its quota."""
        guaranteed = is_guaranteed(self._claims + 1)
        heads = [
            head
            for heap in (self._by_age if guaranteed else self._by_priority)
            if (head := self._head(heap)) is not None
        ]
        if not heads:
            return None
        chosen = min(
            heads, key=lambda h: rank(h, served=self.standing(h.tenant).served, guaranteed=guaranteed)
        )
        self._taken.add(chosen.job)
        self._claims += 1
        before = self.standing(chosen.tenant)
        self.standings[chosen.tenant] = replace(before, served=self._claims, running=before.running + 1)
        return chosen

    def end(self, tenant: str) -> None:
        """One job of that tenant runs no more."""
        before = self.standing(tenant)
        self.standings[tenant] = replace(before, running=before.running - 1)

    def standing(self, tenant: str) -> Standing:
        """How a tenant stands by now."""
        return self.standings.get(tenant, Standing())

    def _head(self, heap: list[tuple[Key, Waiting]]) -> Waiting | None:
        """A tenant's next job, where it may have one."""
        while heap and heap[0][1].job in self._taken:
            heappop(heap)
        if not heap:
            return None
        standing = self.standing(heap[0][1].tenant)
        return None if standing.is_full or standing.is_spent else heap[0][1]


def _by_tenant(
    waiting: Iterable[Waiting], *, key: Callable[[Waiting], Key]
) -> list[list[tuple[Key, Waiting]]]:
    """Each tenant's jobs as a heap; keys end with the sequence, so no two are equal."""
    found: dict[str, list[tuple[Key, Waiting]]] = {}
    for job in waiting:
        found.setdefault(job.tenant, []).append((key(job), job))
    for heap in found.values():
        heapify(heap)
    return list(found.values())
