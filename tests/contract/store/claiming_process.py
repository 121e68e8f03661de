"""A process that claims jobs until there is none left, and prints what it got.

After each claim it waits for a line, or for the end of its input: so two can begin to race at once.
"""

import sys

from automl_tl.domain.job import JobState
from automl_tl.store.sql import open_store

store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while lease := store.claim(holder=sys.argv[2], lease_seconds=60):
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=0)
    print(lease.job, flush=True)
    sys.stdin.readline()
