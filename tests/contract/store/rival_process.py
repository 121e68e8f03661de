"""A process that runs one job of a name with a worker that only computes numbers: STORE HOME JOB."""

import sys
import time
from pathlib import Path

from automl_tl.bench.numbers import NumbersWorker
from automl_tl.champions.reconciler import reconcile
from automl_tl.executors.inline import InlineExecutor
from automl_tl.job.runner import Runner
from automl_tl.registry.folder import FolderRegistry
from automl_tl.search.funnel import Funnel
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store
from automl_tl.wiring.adapters import reconcile_turn

place, home, job = sys.argv[1:]
store = open_store(place)
settings = Settings(home=Path(home), registry="folder")
lease = store.claim(holder=job, lease_seconds=600, job=job)
assert lease is not None
registry = FolderRegistry(settings.folders.registry)
runner = Runner(
    store=store,
    executor=InlineExecutor(NumbersWorker(), threads=0),
    settings=settings,
    read_space=lambda text, root: read_space(text, root=root),
    strategy=lambda job: Funnel(),
    reconcile=lambda: reconcile(store, registry, turn=reconcile_turn(settings)),
)
print("ready", flush=True)
sys.stdin.readline()
print(runner.run(lease, claimed=time.monotonic()), flush=True)
store.close()
