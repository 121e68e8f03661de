"""The Python client: everything the daemon can be asked, for notebooks and pipelines."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from automl_tl.client.address import find_address
from automl_tl.client.connection import Connection, Json
from automl_tl.client.events import follow
from automl_tl.client.export import lay_down
from automl_tl.client.webhooks import Webhooks
from automl_tl.daemon.intake import batches_as_they_come
from automl_tl.domain.api_key import read_key
from automl_tl.domain.content_types import CONTENT_TYPES
from automl_tl.domain.export import TOLERANCE, ExportFormat
from automl_tl.domain.job import JobState
from automl_tl.domain.prediction import CHAMPION, EvaluationTerms, OnError, Written
from automl_tl.errors import RequestError
from automl_tl.serving.new_folder import require_new

API = "/api/v1"
LOG_END = "Log-End"
PREDICT_SECONDS = 600.0
SHA256 = re.compile(r"[0-9a-f]{64}")
EVALUATE_SECONDS = 3600.0
FOLLOW_SECONDS = 0.5
BATCH = 256  # inputs of one request
ALL_LINES = 100_000
_FINAL = frozenset(str(state) for state in JobState if state.is_final)


class Client:
    """A daemon's client.

    Without ``url``, the daemon that runs on ``home`` (default: ``AUTOML_TL_HOME``, or the platform's folder).
    Every method raises the errors of ``automl_tl.errors``: RequestError and its kin for what the caller can
    mend, NoDaemon when none answers, TransientError when it is worth trying again.
    """

    def __init__(self, url: str | None = None, *, home: Path | None = None, token: str | None = None) -> None:
        self._connection = Connection(find_address(url=url, home=home, token=token))

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

    def healthy(self) -> Json:
        """Whether jobs are taken: raises where they are not."""
        return self._connection.get("/readyz")

    def submit(self, *, idempotency_key: str | None = None, **options: object) -> Json:
        """Queue a job: ``job``, ``state``, ``position``. Options are the command line's, with underscores.

        ``dataset`` may be relative to the working folder; ``space`` may be a name, TOML text or a file.
        """
        # A key of its own: an answer that was lost on the way does not queue the job twice.
        headers = {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        return self._connection.post(f"{API}/jobs", json=_submission(options), headers=headers)

    def plan(self, **options: object) -> Json:
        """What ``submit`` with these options would do: ``candidates``, ``seconds``, ``disk_bytes``, and more.

        Nothing is queued, and nothing spent.
        """
        return self._connection.post(f"{API}/plans", json=_submission(options), seconds=PREDICT_SECONDS)

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

    def add_schedule(self, schedule: str, *, cron: str, **options: object) -> Json:
        """Submit again and again, when ``cron`` says so; the schedule. Options: those of ``submit``, and
        ``timezone``, ``jitter``, ``when_missed``, ``when_unchanged``, ``blackouts``, ``champion``."""
        body = {**_submission(options), "schedule": schedule, "cron": cron}
        return self._connection.post(f"{API}/schedules", json=body)

    def schedules(self) -> Json:
        """``schedules`` by name, each with ``next`` and ``last_success``."""
        return self._connection.get(f"{API}/schedules")

    def schedule(self, schedule: str, *, limit: int | None = None) -> Json:
        """One schedule and its ``history``, newest first."""
        return self._connection.get(f"{API}/schedules/{schedule}", limit=limit)

    def pause_schedule(self, schedule: str) -> Json:
        """Let nothing of it run by itself; the schedule."""
        return self._connection.post(f"{API}/schedules/{schedule}/pause")

    def resume_schedule(self, schedule: str) -> Json:
        """Go on from now; the schedule."""
        return self._connection.post(f"{API}/schedules/{schedule}/resume")

    def run_schedule_now(self, schedule: str) -> Json:
        """Queue a job of it now, besides its rule: ``job``."""
        return self._connection.post(f"{API}/schedules/{schedule}/run")

    def remove_schedule(self, schedule: str) -> Json:
        """Forget it and its history; its jobs stay."""
        return self._connection.post(f"{API}/schedules/{schedule}/remove")

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
        named = [text if SHA256.fullmatch(text) else _absolute(text) for text in map(str, samples)]
        body = {"samples": named, "dataset_name": dataset_name, "who": who}
        return self._connection.post(f"{API}/datasets/forget", json=body, seconds=EVALUATE_SECONDS)

    def system(self) -> Json:
        """How the daemon's machine, processes, store and registry are, and ``versions``."""
        return self._connection.get(f"{API}/system")

    def usage(self) -> Json:
        """``bytes`` in all, ``kinds``, ``models`` by name and version, ``jobs`` by kind."""
        return self._connection.get(f"{API}/usage")

    def collect(self, *, dry_run: bool = False) -> Json:
        """Free what nobody needs any more, or only say so: ``bytes``, and ``items`` with reasons."""
        body = {"dry_run": "yes" if dry_run else "no"}
        return self._connection.post(f"{API}/gc", json=body, seconds=EVALUATE_SECONDS)

    def predict(
        self,
        name: str,
        inputs: Iterable[str | Path | Written],
        *,
        alias: str = CHAMPION,
        abstain_below: float = 0.0,
        on_error: str = OnError.STOP,
    ) -> Json:
        """``predictions`` for files on the daemon's machine, or texts (``Written``): ``input``, ``label``, …

        Below the probability ``abstain_below`` ``label`` is None, and ``guess`` has it. An input that cannot
        be answered is raised, or with ``on_error="tell"`` has ``error`` in its place.
        """
        body = {
            "inputs": [asdict(one) if isinstance(one, Written) else _absolute(one) for one in inputs],
            "alias": alias,
            "abstain_below": abstain_below,
            "on_error": on_error,
        }
        return self._connection.post(f"{API}/models/{name}/predict", json=body, seconds=PREDICT_SECONDS)

    def predict_each(
        self,
        name: str,
        inputs: Iterable[str | Path | Written],
        *,
        alias: str = CHAMPION,
        abstain_below: float = 0.0,
    ) -> Iterator[Json]:
        """One answer an input, in order and while more come; there may be any number.

        A file that cannot be answered has ``error`` (``title``, ``detail``) and ends nothing.
        """
        for batch in batches_as_they_come(inputs, most=BATCH):
            answer = self.predict(
                name, batch, alias=alias, abstain_below=abstain_below, on_error=OnError.TELL
            )
            yield from answer["predictions"]

    def evaluate(
        self, name: str, dataset: str | Path, *, terms: EvaluationTerms | None = None, **options: object
    ) -> Json:
        """``metric``, ``value``, ``interval``, ``samples`` and more on a labelled folder or table.

        ``options`` are the fields of ``EvaluationTerms``, such as ``alias`` or ``abstain_below``. Scoring
        samples of the name's sealed test is an opening of it: ``sealed`` of the answer says so.
        """
        said = {**(asdict(terms) if terms is not None else {}), **options}
        body = {"dataset": _absolute(dataset), **_said(said)}
        return self._connection.post(f"{API}/models/{name}/evaluate", json=body, seconds=EVALUATE_SECONDS)

    def export(
        self,
        name: str,
        *,
        to: str | Path,
        form: str = ExportFormat.SAFETENSORS,
        alias: str = CHAMPION,
        tolerance: float = TOLERANCE,
    ) -> Json:
        """Write a version into ``to``, a new or empty folder here, as ``safetensors`` or ``onnx``.

        ``tolerance`` is how far a probability of the ONNX graph may be from torch's. Answers what was written
        and found; raises Conflict (``to`` holds something) too.
        """
        require_new(Path(to))  # said before the daemon has worked for minutes
        body = {"format": form, "alias": alias, "tolerance": tolerance}
        path = f"{API}/models/{name}/export"
        answer = self._connection.request("POST", path, json=body, timeout=EVALUATE_SECONDS)
        return lay_down(BytesIO(answer.content), Path(to))

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


def _submission(options: Mapping[str, object]) -> Json:
    """The options as JSON: only what was said, paths absolute, a space file read."""
    said = _said(options)
    if "dataset" in said:
        said["dataset"] = _absolute(str(said["dataset"]))
    space = str(said.get("space", ""))
    if "\n" not in space and space.endswith(".toml"):
        file = Path(space).expanduser()
        if not file.is_file():
            raise RequestError(f"the space file {file} does not exist")
        said["space"], said["space_root"] = file.read_text(), str(file.absolute().parent)
    return said


def _said(options: Mapping[str, object]) -> Json:
    return {key: value for key, value in options.items() if value is not None}


def _absolute(path: str | Path) -> str:
    return str(Path(path).expanduser().absolute())


def _plain(job: Mapping[str, object]) -> Json:
    """A job that ended without an outcome, such as one that was cancelled while it waited."""
    return {key: value for key, value in job.items() if key != "outcome"}
