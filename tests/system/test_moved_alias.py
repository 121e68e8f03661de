"""A champion that moves while it is asked: every request is answered, by the version that it says."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path

import colours
import psutil
import pytest
from patience import WAIT_SECONDS, until
from real_daemon import RealDaemon

from automl_tl.client.client import Client
from automl_tl.model.digest import digest
from automl_tl.registry.folder import FolderRegistry

pytestmark = pytest.mark.slow

THREADS = 4
MOVES = 24
VERSIONS = 3
BETWEEN = 8  # answers after a move before the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request: monotonic seconds, and what answered."""

    asked: float
    answered: float
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Threads that ask until they are stopped."""

    client: Client
    picture: Path
    answers: list[Answer] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """One thread's work."""
        while not self.stopped.is_set():
            asked = time.monotonic()
            try:
                (row,) = self.client.predict(colours.NAME, [self.picture])["predictions"]
            except Exception as failure:  # noqa: BLE001  # whatever it is, a request was dropped
                self.failures.append(failure)
                continue
            version, found = row["version"], row["digest"]
            self.answers.append(Answer(asked=asked, answered=time.monotonic(), version=version, digest=found))

    def more(self, count: int) -> None:
        """Wait for that many more answers."""
        enough = len(self.answers) + count
        until(lambda: len(self.answers) >= enough or self.failures, what="answers")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    colours.furnish(home, versions=VERSIONS)
    return home


@pytest.fixture
def daemon(home: Path) -> Iterator[RealDaemon]:
    daemon = RealDaemon(home, environment={"AUTOML_TL_REGISTRY": "folder"})
    yield daemon
    daemon.end()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return colours.draw(tmp_path / "pictures", count=1) / "red" / "0.png"


def test_no_request_is_dropped_and_each_follows_the_alias(
    home: Path, daemon: RealDaemon, picture: Path
) -> None:
    registry = FolderRegistry(home / "registry")
    digests = {v: digest(registry.fetch(colours.NAME, v)) for v in range(1, VERSIONS + 1)}
    moves: list[tuple[float, float, int]] = []
    with daemon.client() as client:
        asking = Asking(client=client, picture=picture)
        threads = [threading.Thread(target=asking.run) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        asking.more(BETWEEN)

        for number in range(MOVES):
            begun, champion = time.monotonic(), client.model(colours.NAME)["champion_version"]
            if number % 4 == 3:
                moved = client.rollback(colours.NAME, reason="a test")
            else:
                moved = client.promote(colours.NAME, version=champion % VERSIONS + 1, reason="a test")
            moves.append((begun, time.monotonic(), moved["champion_version"]))
            asking.more(BETWEEN)

        asking.stopped.set()
        for thread in threads:
            thread.join(WAIT_SECONDS)
    daemon.stop()

    assert asking.failures == []
    assert all(answer.digest == digests[answer.version] for answer in asking.answers)
    assert {answer.version for answer in asking.answers} == set(digests)
    ends = [begun for begun, _, _ in moves[1:]] + [time.monotonic()]
    was_silent = "registry does not answer" in (daemon.home.run / "models.log").read_text()
    for (_, moved_at, version), end in zip(moves, ends, strict=True):
        after = {a.version for a in asking.answers if a.asked > moved_at and a.answered < end}
        # Whoever asks after the move gets the new one, unless the machine kept the registry from answering
        # within a second.
        assert after <= {version} or was_silent
    assert len(asking.answers) >= MOVES * BETWEEN


def test_a_long_stream_needs_no_more_memory_than_a_short_one(daemon: RealDaemon, picture: Path) -> None:
    with daemon.client() as client:
        answers = client.predict_each(colours.NAME, repeat(picture))
        assert len(list(islice(answers, 4000))) == 4000  # caches and thread pools are full now
        before = _memory(daemon)

        assert sum(row["version"] for row in islice(answers, 12_000)) == 12_000 * VERSIONS

        grown = _memory(daemon) - before
        answers.close()
    assert grown < 24 * 2**20


def _memory(daemon: RealDaemon) -> int:
    """Bytes that the supervisor and its processes hold."""
    supervisor = psutil.Process(daemon.process.pid)
    return sum(p.memory_info().rss for p in (supervisor, *supervisor.children(recursive=True)))
