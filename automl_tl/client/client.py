"""The Python client: everything the daemon can be asked, for notebooks and pipelines."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from automl_tl.client.access import AccessCalls
from automl_tl.client.address import find_address, key_of
from automl_tl.client.connection import API, EVALUATE_SECONDS, PREDICT_SECONDS, Connection, Json
from automl_tl.client.daemon import DaemonCalls
from automl_tl.client.events import follow
from automl_tl.client.said import submission
from automl_tl.client.schedules import ScheduleCalls
from automl_tl.client.served import ServedCalls
from automl_tl.client.webhooks import Webhooks
from automl_tl.domain.api_key import read_key
from automl_tl.domain.content_types import CONTENT_TYPES
from automl_tl.domain.job import JobState
from automl_tl.errors import RequestError
from automl_tl.settings import Settings

LOG_END = "Log-End"
SHA256 = re.compile(r"[0-9a-f]{64}")
FOLLOW_SECONDS = 0.5
ALL_LINES = 100_000
_FINAL = frozenset(str(state) for state in JobState if state.is_final)


class Client(AccessCalls, DaemonCalls, ScheduleCalls, ServedCalls):
    """A daemon's client.

    Without ``url`` and ``home``, the daemon of ``AUTOML_TL_URL``, which is shown the key of ``AUTOML_TL_KEY``
    or ``AUTOML_TL_KEY_FILE``; else the one on ``home`` (default: ``AUTOML_TL_HOME``, or the platform's).
    A daemon elsewhere reads paths on its own machine: there they have to be absolute. Every method raises the
    errors of ``automl_tl.errors``: RequestError and its kin for what the caller can mend, NoDaemon when none
    answers, TransientError when it is worth trying again.
    """

    def __init__(self, url: str | None = None, *, home: Path | None = None, token: str | None = None) -> None:
        self._connection = Connection(find_address(url=url, home=home, token=token))

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The client of the daemon that these settings name: elsewhere, or on their home."""
        return cls(settings.url, home=settings.folders.root, token=key_of(settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()

    @property
    def url(self) -> str:
        """Where the daemon answers."""
        return self._connection.url

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is not the home's own daemon, so that it reads the paths of another machine."""
        return self._connection.is_elsewhere

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self._connection.is_private

    @property
    def page(self) -> str:
        """The link that opens the page with its buttons; it holds the token, so keep it to yourself.

        An API key is never in it: the page asks for that.
        """
        token = self._connection.token
        return self.url + "/" if token is None or read_key(token) else f"{self.url}/enter?token={token}"

    @property
    def webhooks(self) -> Webhooks:
        """Addresses that are told what happens."""
        return Webhooks(self._connection)

    def submit(self, *, idempotency_key: str | None = None, **options: object) -> Json:
        """Queue a job: ``job``, ``state``, ``position``. Options are the command line's, with underscores.

        ``dataset`` may be relative to the working folder, where the daemon is the home's; ``space`` may be a
        name, TOML text or a file.
        """
        # A key of its own: an answer that was lost on the way does not queue the job twice.
        headers = {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        return self._connection.post(
            f"{API}/jobs", json=submission(options, to=self._connection), headers=headers
        )

    def plan(self, **options: object) -> Json:
        """What ``submit`` with these options would do: ``candidates``, ``seconds``, ``disk_bytes``, and more.

        Nothing is queued, and nothing spent.
        """
        return self._connection.post(
            f"{API}/plans", json=submission(options, to=self._connection), seconds=PREDICT_SECONDS
        )

    def jobs(
        self,
        *,
        states: Iterable[str] = (),
        name: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> Json:
        """``jobs``, newest first, and ``counts`` by state; ``before``: only those older than that job."""
        wanted = {"state": list(states) or None, "name": name, "before": before, "limit": limit}
        return self._connection.get(f"{API}/jobs", **wanted)

    def job(self, id: str) -> Json:
        """One job as it stands."""
        return self._connection.get(f"{API}/jobs/{id}")

    def trials(self, id: str) -> Json:
        """``trials`` of a job, by number."""
        return self._connection.get(f"{API}/jobs/{id}/trials")

    def events(self, id: str, *, after: int = 0) -> Iterator[Json]:
        """The job's events above ``after`` as they come, until it is finished."""
        return follow(self._connection, id, after=after)

    def wait(self, id: str) -> Json:
        """Wait until the job is finished; its outcome, as ``automl-tl run --json`` prints it."""
        while (job := self.job(id))["state"] not in _FINAL:
            for _ in self.events(id):
                pass
        return {**(job["outcome"] or _plain(job)), "state": job["state"]}

    def cancel(self, id: str, *, discard: bool = False) -> Json:
        """End a job; what it found so far stays, unless ``discard``."""
        return self._connection.post(f"{API}/jobs/{id}/cancel", params={"discard": True} if discard else None)

    def retry(self, id: str) -> Json:
        """Queue a failed or cancelled job again."""
        return self._connection.post(f"{API}/jobs/{id}/retry")

    def pause(self, id: str) -> Json:
        """Stop a job at its next step; it keeps what it has."""
        return self._connection.post(f"{API}/jobs/{id}/pause")

    def resume(self, id: str) -> Json:
        """Queue a paused job again."""
        return self._connection.post(f"{API}/jobs/{id}/resume")

    def logs(
        self, id: str, *, trial: int | None = None, lines: int = ALL_LINES, follow: bool = False
    ) -> Iterator[str]:
        """The last ``lines`` lines of a job's log; ``follow``: and new ones until it is finished."""
        query = {} if trial is None else {"trial": trial}
        path = f"{API}/jobs/{id}/logs"
        answer = self._connection.request("GET", path, params={**query, "lines": lines})
        yield from answer.text.splitlines()
        while follow:
            is_last = self.job(id)["state"] in _FINAL  # asked before the last lines are read
            answer = self._connection.request(
                "GET", path, params={**query, "offset": answer.headers[LOG_END]}
            )
            yield from answer.text.splitlines()
            if is_last:
                return
            time.sleep(FOLLOW_SECONDS)

    def models(self) -> Json:
        """``models``: every name and its champion."""
        return self._connection.get(f"{API}/models")

    def model(self, name: str, *, at: str | None = None) -> Json:
        """One name, with ``versions`` and ``promotions``; with a time ``at`` (ISO 8601) ``champion_at``."""
        return self._connection.get(f"{API}/models/{name}", at=at)

    def card(self, name: str, *, kind: str = "md") -> str:
        """The model card of ``NAME``, ``NAME@VERSION`` or ``NAME@ALIAS``, as ``md``, ``html`` or ``json``."""
        return self._connection.request("GET", f"{API}/models/{name}/card", params={"format": kind}).text

    def job_card(self, id: str, *, kind: str = "md") -> str:
        """The model card of a job's challenger, whatever was decided."""
        return self._connection.request("GET", f"{API}/jobs/{id}/card", params={"format": kind}).text

    def promote(self, name: str, *, version: int, reason: str) -> Json:
        """Make a version champion whatever the gate said; the name as ``model`` shows it."""
        body = {"version": version, "reason": reason}
        return self._connection.post(f"{API}/models/{name}/promote", json=body, seconds=PREDICT_SECONDS)

    def rollback(self, name: str, *, reason: str) -> Json:
        """Give the name back to the champion before, and hold it; the name as ``model`` shows it."""
        body = {"reason": reason}
        return self._connection.post(f"{API}/models/{name}/rollback", json=body, seconds=PREDICT_SECONDS)

    def hold(self, name: str, *, reason: str) -> Json:
        """Let nothing be promoted by itself until ``unhold``; the name as ``model`` shows it."""
        return self._connection.post(f"{API}/models/{name}/hold", json={"reason": reason})

    def unhold(self, name: str) -> Json:
        """Let the gate promote again; the name as ``model`` shows it."""
        return self._connection.post(f"{API}/models/{name}/unhold")

    def delete(self, name: str, *, version: int | None, reason: str) -> Json:
        """Delete a version, or with None all of the name's; the name as ``model`` shows it."""
        which = {"which": "all"} if version is None else {"version": version}
        body = {**which, "reason": reason}
        return self._connection.post(f"{API}/models/{name}/delete", json=body, seconds=EVALUATE_SECONDS)

    def forget(
        self, samples: Iterable[str | Path], *, dataset_name: str | None = None, who: str = "the client"
    ) -> Json:
        """Forget samples, each a path on the daemon's machine or a sha256; ``versions`` that saw them."""
        named = [
            text if SHA256.fullmatch(text) else self._connection.path(text) for text in map(str, samples)
        ]
        body = {"samples": named, "dataset_name": dataset_name, "who": who}
        return self._connection.post(f"{API}/datasets/forget", json=body, seconds=EVALUATE_SECONDS)

    def upload(self, path: str | Path) -> Json:
        """Send a zip or tar archive, or a table; ``dataset`` of the answer is what to submit then."""
        path = Path(path)
        if not path.is_file():
            raise RequestError(f"{path} is not a file: expected a zip or tar archive, or a table")
        kind = CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream")
        with path.open("rb") as file:
            return self._connection.post(
                f"{API}/datasets", content=file, headers={"content-type": kind}, seconds=EVALUATE_SECONDS
            )


def _plain(job: Mapping[str, object]) -> Json:
    """A job that ended without an outcome, such as one that was cancelled while it waited."""
    return {key: value for key, value in job.items() if key != "outcome"}
