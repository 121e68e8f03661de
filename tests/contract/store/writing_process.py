"""A process that writes trials until it is killed, and prints each number once the store has it."""

import sys
from itertools import count

from store_values import report
from store_values import trial as proposed

from automl_tl.domain.trial import TrialState
from automl_tl.store.sql import open_store

store = open_store(sys.argv[1])
store.expire(holder="runner")
lease = store.claim(holder="runner", lease_seconds=600)
assert lease is not None
for number in count(sum(1 for trial in store.trials(lease.job) if trial.reports)):
    store.propose(lease, proposed(number))
    store.start(lease, number=number, until_epoch=1)
    store.settle(lease, number=number, report=report(1), state=TrialState.COMPLETE)
    print(number, flush=True)
