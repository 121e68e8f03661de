"""How many workers a home has, and how many threads each."""

from automl_tl.executors.cores import cores
from automl_tl.settings import Settings


def slots_of(settings: Settings) -> int:
    """How many workers: as set, else one for each two cores, at least two where there are two cores."""
    return settings.workers or max(min(2, cores()), cores() // 2)


def threads_of(settings: Settings) -> int:
    """Threads of one worker, so that all workers together never want more than the machine has."""
    return settings.threads_per_worker or max(1, cores() // slots_of(settings))
