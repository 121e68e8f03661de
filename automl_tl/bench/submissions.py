"""``bench submissions``: many jobs are submitted over HTTP, and the daemon is killed in the middle."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from automl_tl.bench.numbers import SPACE
from automl_tl.client.address import Address, find_address
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.quota import Quota
from automl_tl.errors import NoDaemon
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

_ANSWER_SECONDS = 30.0
_PAUSE_SECONDS = 0.02  # before what was not answered is sent again
_TARGET = 300.0


class Flood:
    """``count`` submissions, each sent until it is answered, over so many connections of one client.

    ``find`` says where to send them now; ``answers`` has each one's job by its number.
    """

    def __init__(
        self, find: Callable[[], Address], *, path: str, body: Mapping[str, object], count: int
    ) -> None:
        self.answers: dict[int, object] = {}
        self.sent_again = 0
        self.is_over = False
        self._failure: Exception | None = None
        self._find = find
        self._path = path
        self._body = json.dumps(body)
        self._numbers = iter(range(count))
        self._turn = threading.Lock()

    def run(self, *, connections: int) -> float:
        """Send them all; the seconds that it took. Raises what ended a sender."""
        threads = [threading.Thread(target=self._send) for _ in range(connections)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.is_over = True
        if self._failure is not None:
            raise self._failure
        return time.perf_counter() - begun

    def _send(self) -> None:
        try:
            self._send_all()
        except Exception as error:  # noqa: BLE001  # it would end its thread alone
            self._failure = error

    def _send_all(self) -> None:
        line = _Line(self._find)
        while (number := self._next()) is not None:
            while (answer := line.post(self._path, self._body, key=f"bench-{number}")) is None:
                with self._turn:
                    self.sent_again += 1
                time.sleep(_PAUSE_SECONDS)
            self.answers[number] = answer["job"]

    def _next(self) -> int | None:
        with self._turn:
            return next(self._numbers, None)


class _Line:
    """One kept connection, made anew after it broke."""

    def __init__(self, find: Callable[[], Address]) -> None:
        self._find = find
        self._connection: HTTPConnection | None = None
        self._headers: dict[str, str] = {}

    def post(self, path: str, body: str, *, key: str) -> dict[str, Any] | None:
        """The answer's object; None where there was none."""
        try:
            connection = self._connection or self._connect()
            connection.request("POST", path, body, {**self._headers, "Idempotency-Key": key})
            answer = connection.getresponse()
            found = json.loads(answer.read())
        except (OSError, HTTPException, NoDaemon, ValueError):
            self._connection = None
            return None
        if answer.status >= 500:
            return None
        if answer.status != 202:
            raise AssertionError(f"a submission was answered with {answer.status}: {found}")
        assert isinstance(found, dict)
        return found

    def _connect(self) -> HTTPConnection:
        address = self._find()
        self._headers = {"Content-Type": "application/json"}
        if address.token is not None:
            self._headers["Authorization"] = f"Bearer {address.token}"
        where = urlsplit(address.url)
        self._connection = HTTPConnection(where.hostname or "", where.port, timeout=_ANSWER_SECONDS)
        return self._connection


def run(*, count: int, connections: int) -> dict[str, Any]:
    """Submit ``count`` jobs, SIGKILL the daemon at half of them and start it again; and ask the control too.

    No job is begun: the tenant's quota is none at all.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        home = folder / "home"
        settings = Settings(home=home)
        store = store_of(settings)
        store.grant(Quota(running_jobs=0), tenant=DEFAULT_TENANT, who="bench")
        try:
            flood, seconds, outage = _flooded(home, count=count, connections=connections)
            bare = _bare(folder, count=count, connections=connections)
            kept = {job.id for job in store.jobs(limit=10 * count)}
        finally:
            store.close()
    accepted = set(flood.answers.values())
    return _figures(
        {
            "submissions": count,
            "connections": connections,
            "seconds": seconds,
            "seconds_without_daemon": outage,
            "sent_again": flood.sent_again,
            "lost": len(accepted - kept) + count - len(flood.answers),
            "twice": len(kept) - len(accepted) + len(flood.answers) - len(accepted),
            "per_second": count / (seconds - outage),
            "bare_per_second": count / bare,
        }
    )


def _flooded(home: Path, *, count: int, connections: int) -> tuple[Flood, float, float]:
    """The flood, its seconds, and how many of them no daemon answered."""
    (home / "data").mkdir(parents=True, exist_ok=True)
    body = {"dataset": str(home / "data"), "name": "bench", "space": SPACE, "max_trials": 5}
    flood = Flood(
        lambda: find_address(url=None, home=home, token=None), path="/api/v1/jobs", body=body, count=count
    )
    daemons = [OwnDaemon(home)]
    outages: list[float] = []

    def kill_at_half() -> None:
        while len(flood.answers) < count // 2 and not flood.is_over:
            time.sleep(_PAUSE_SECONDS)
        begun = time.perf_counter()
        daemons[0].kill()
        before = len(flood.answers)
        daemons.append(OwnDaemon(home))
        while len(flood.answers) == before and not flood.is_over:
            time.sleep(_PAUSE_SECONDS)
        outages.append(time.perf_counter() - begun)

    killer = threading.Thread(target=kill_at_half)
    try:
        killer.start()
        seconds = flood.run(connections=connections)
        killer.join()
    finally:
        daemons[-1].stop()
    return flood, seconds, outages[0]


def _bare(folder: Path, *, count: int, connections: int) -> float:
    """The seconds of as many submissions to the control."""
    body = {"dataset": str(folder), "name": "bench", "space": SPACE, "max_trials": 5}
    with _bare_endpoint(folder / "bare.sqlite3") as url:
        address = Address(url=url, token=None)
        return Flood(lambda: address, path="/jobs", body=body, count=count).run(connections=connections)


@contextmanager
def _bare_endpoint(database: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "automl_tl.web.bare", str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    least = min(_TARGET, 0.8 * found["bare_per_second"])
    found = {**found, "least_per_second": least}
    lines = [f"{key:<24} {value:>10,.1f}" for key, value in found.items()]
    is_well = found["lost"] == found["twice"] == 0 and found["per_second"] >= least
    return {**found, "reached": is_well, "table": "\n".join(lines)}
