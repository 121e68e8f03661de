"""``bench latency``: how soon the API answers while a search runs on every core, and while none does."""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from automl_tl.bench.numbers import SPACE
from automl_tl.client.own_daemon import OwnDaemon
from automl_tl.domain.api_key import new_key, read_key
from automl_tl.domain.caller import Role
from automl_tl.domain.quota import Quota
from automl_tl.executors.cores import cores
from automl_tl.proof.digits import write_digits
from automl_tl.settings import Settings
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.adapters import store_of

TARGET = 5.0
_TENANT = "asker"  # none of its jobs is ever begun
_PAUSE_SECONDS = 0.02  # between two questions: a client that reads what it was told
_LOOK_SECONDS = 0.2
_WARM_UP = 5  # rounds that do not count
_ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How long one question of a kind took, in seconds."""

    kind: str
    seconds: float


class Asker:
    """One client with a key, which asks for jobs and models, submits a job and cancels it, in rounds."""

    def __init__(self, url: str, *, key: str, body: Mapping[str, object]) -> None:
        where = urlsplit(url)
        self._connection = HTTPConnection(where.hostname or "", where.port, timeout=_ANSWER_SECONDS)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._body = json.dumps(body)

    def rounds(self, count: int) -> list[Answer]:
        """The answers of so many rounds, on a new connection, whose first round does not count."""
        self._connection.close()  # an idle one is closed by the server
        self._round()
        return [answer for _ in range(count) for answer in self._round()]

    def close(self) -> None:
        """Ask no more."""
        self._connection.close()

    def _round(self) -> list[Answer]:
        submitted, job = self._ask("submit", "POST", "/api/v1/jobs", self._body)
        of_job = f"/api/v1/jobs/{job['job']}"
        questions = (
            ("jobs", "GET", "/api/v1/jobs?limit=20"),
            ("job", "GET", of_job),
            ("trials", "GET", f"{of_job}/trials"),
            ("models", "GET", "/api/v1/models"),
            ("page", "GET", "/"),
            ("cancel", "POST", f"{of_job}/cancel"),
        )
        return [submitted, *(self._ask(*question)[0] for question in questions)]

    def _ask(self, kind: str, method: str, path: str, body: str | None = None) -> tuple[Answer, Any]:
        time.sleep(_PAUSE_SECONDS)
        begun = time.perf_counter()
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - begun
        if answer.status >= 400:
            raise AssertionError(f"{method} {path} was answered with {answer.status}: {content[:300]!r}")
        is_json = answer.headers.get_content_type() == "application/json"
        return Answer(kind=kind, seconds=seconds), json.loads(content) if is_json else None


def run(*, rounds: int, space: str = "embedded", executor: str = "ray") -> dict[str, Any]:
    """So many rounds of seven questions without a search, half before and half after as many during one.

    The search is a real one, of drawn digits, on every core.
    """
    with temporary_folder("automl-tl-bench-") as folder:
        home, digits = Path(folder) / "home", write_digits(Path(folder) / "digits")
        said = {
            "AUTOML_TL_REGISTRY": "folder",
            "AUTOML_TL_REQUESTS_PER_MINUTE": "0",
            "AUTOML_TL_DATASET_ROOTS": str(folder),
        }
        key = _key(Settings(home=home))
        daemon = OwnDaemon(home, environment=said)
        body = {"dataset": str(digits), "name": "bench", "space": SPACE, "max_trials": 5}
        asker = Asker(daemon.client.url, key=key, body=body)
        search = {"dataset": digits, "name": "digits", "space": space, "executor": executor}
        try:
            asker.rounds(_WARM_UP)
            before = asker.rounds(rounds - rounds // 2)
            job = _searching(daemon, search)
            busy, share = _with_load(asker, rounds=rounds)
            still = daemon.client.job(job)
            _end(daemon, job)
            after = asker.rounds(rounds // 2)
        finally:
            asker.close()
            daemon.stop()
    if (still["state"], still["phase"]) != ("running", "search"):
        raise AssertionError(f"the search was over before the last question: {still['state']}")
    return _figures(before + after, busy, busy_cores=share)


def _key(settings: Settings) -> str:
    """A key of the tenant that asks."""
    text = new_key()
    shown = read_key(text)
    assert shown is not None
    store = store_of(settings)
    try:
        store.add_key(shown, tenant=_TENANT, role=Role.SUBMITTER, label="bench", expires=None, who="bench")
        store.grant(Quota(running_jobs=0), tenant=_TENANT, who="bench")
    finally:
        store.close()
    return text


def _searching(daemon: OwnDaemon, search: Mapping[str, Any]) -> str:
    """A job that trains on every core by now, and for longer than anybody asks."""
    job = str(daemon.client.submit(**search, time_budget="2h")["job"])
    while not any(trial["reports"] for trial in daemon.client.trials(job)["trials"]):
        state = daemon.client.job(job)["state"]
        if state not in ("queued", "running"):
            raise AssertionError(f"the search ended {state} before its first report")
        time.sleep(_LOOK_SECONDS)
    return job


def _with_load(asker: Asker, *, rounds: int) -> tuple[list[Answer], float]:
    """The answers, and how many cores were at work meanwhile."""
    psutil.cpu_percent()
    answers = asker.rounds(rounds)
    return answers, psutil.cpu_percent() / 100 * (psutil.cpu_count() or 1)


def _end(daemon: OwnDaemon, job: str) -> None:
    daemon.client.cancel(job, discard=True)
    while daemon.client.job(job)["state"] == "running":
        time.sleep(_LOOK_SECONDS)


def at_share(answers: Sequence[Answer], share: float, *, kind: str | None = None) -> float:
    """The milliseconds within which that share of the answers came; ``kind`` None: of all kinds."""
    found = sorted(answer.seconds for answer in answers if kind in (None, answer.kind))
    return 1000 * found[math.ceil(share * len(found)) - 1]


def _figures(idle: Sequence[Answer], busy: Sequence[Answer], *, busy_cores: float) -> dict[str, Any]:
    rows = {
        kind or "all": {
            f"{name}_p{percent}_milliseconds": at_share(answers, percent / 100, kind=kind)
            for name, answers in (("idle", idle), ("search", busy))
            for percent in (50, 99)
        }
        for kind in (*dict.fromkeys(answer.kind for answer in idle), None)
    }
    ratio = rows["all"]["search_p99_milliseconds"] / rows["all"]["idle_p99_milliseconds"]
    found = {"answers": len(idle), "cores": cores(), "busy_cores": busy_cores, "p99_ratio": ratio}
    table = _table(rows, found)
    return {**found, "kinds": rows, "at_most": TARGET, "reached": ratio <= TARGET, "table": table}


def _table(rows: Mapping[str, Mapping[str, float]], found: Mapping[str, float]) -> str:
    lines = [f"{'ms':<8} {'idle p50':>9} {'p99':>8} {'search p50':>11} {'p99':>8} {'p99 ratio':>10}"]
    for kind, row in rows.items():
        idle, idle_late, busy, busy_late = row.values()
        ratio = busy_late / idle_late
        lines.append(
            f"{kind:<8} {idle:>9.1f} {idle_late:>8.1f} {busy:>11.1f} {busy_late:>8.1f} {ratio:>10.2f}"
        )
    lines.append(
        f"{found['answers']} answers each; during the search {found['busy_cores']:.2f} cores of the machine "
        f"were at work; the ratio of all may be {TARGET:g}"
    )
    return "\n".join(lines)
