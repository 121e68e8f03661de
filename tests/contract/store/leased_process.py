"""A process that holds one job and writes a trial of it for each line that it hears: STORE HOLDER.

It says the number of each trial that was kept, or the class of the error that it met.
"""

import sys

from store_values import trial

from automl_tl.errors import AutomlError
from automl_tl.store.sql import open_store

store = open_store(sys.argv[1])
lease = store.claim(holder=sys.argv[2], lease_seconds=0.0)
assert lease is not None
for number, _ in enumerate(sys.stdin):
    try:
        store.propose(lease, trial(number))
        print(number, flush=True)
    except AutomlError as error:
        print(type(error).__name__, flush=True)
