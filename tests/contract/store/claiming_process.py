"""A process that claims jobs until there is none left, and prints what it got; after its first it waits for a line."""

import sys

from automl_tl.domain.job import JobState
from automl_tl.store.sql import open_store

store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while lease := store.claim(holder=sys.argv[2], lease_seconds=60):
    store.finish(lease, JobState.SUCCEEDED, spent_seconds=0)
    print(lease.job, flush=True)
    sys.stdin.readline()  # a line when its rival has claimed too; at once after the end of the input
