from pathlib import Path

import played_job
import pytest
from free_port import free_port
from served import app_over, served

from automl_tl.client.address import Address
from automl_tl.client.connection import Connection
from automl_tl.client.events import follow
from automl_tl.errors import NoDaemon
from automl_tl.settings import Settings
from automl_tl.store.sql import open_store


def test_events_go_on_when_the_daemon_comes_back(tmp_path: Path) -> None:
    settings, store = Settings(home=tmp_path), open_store(tmp_path / "store.sqlite3")
    lease = played_job.begin(store)
    with free_port() as port:
        with served(app_over(store, settings), port=port) as url:
            connection = Connection(Address(url=url, token=None))
            events = follow(connection, lease.job, sleep=lambda _: None, patience_seconds=1e6)
            seen = [next(events)["id"], next(events)["id"]]
        played_job.check(store, lease)

        with served(app_over(store, settings), port=port):
            played_job.search(store, lease)
            played_job.finish(store, lease, played_job.prove(store, lease))
            seen += [event["id"] for event in events]

    assert seen == [event.id for event in store.events(job=lease.job)]
    store.close()


def test_patience_with_a_daemon_that_stays_away_ends() -> None:
    connection = Connection(Address(url="http://127.0.0.1:9", token=None))
    slept: list[float] = []

    with pytest.raises(NoDaemon, match=r"no daemon has answered at http://127\.0\.0\.1:9"):
        next(follow(connection, "j-1", patience_seconds=3, sleep=slept.append))

    assert sum(slept) == pytest.approx(3)
