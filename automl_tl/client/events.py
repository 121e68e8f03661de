"""Following a job's events across broken connections."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

from automl_tl.client.connection import Connection, Json
from automl_tl.errors import NoDaemon, TransientError

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.5
SILENCE_SECONDS = 60.0  # the daemon says every 15 s that it is there


def follow(
    connection: Connection,
    job: str,
    *,
    after: int = 0,
    patience_seconds: float = PATIENCE_SECONDS,
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Json]:
    """Every event above ``after`` until the job is finished, each once; connects again where it broke off.

    Raises NoDaemon when none has answered for ``patience_seconds``.
    """
    missed = 0.0
    while True:
        try:
            with connection.stream(
                f"/api/v1/jobs/{job}/events", params={"after": after}, timeout=_timeout()
            ) as answer:
                if answer.status_code == 204:  # nothing more will come
                    return
                for event in parse(answer.iter_lines()):
                    missed, after = 0.0, int(event["id"])
                    yield event
        except (httpx.TransportError, TransientError) as error:
            missed += PAUSE_SECONDS
            if missed > patience_seconds:
                raise NoDaemon(f"no daemon has answered at {connection.url}: {error}") from None
            sleep(PAUSE_SECONDS)


def parse(lines: Iterable[str]) -> Iterator[Json]:
    """The events of a stream of server-sent events whose data are JSON objects."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            event: dict[str, Any] = json.loads("\n".join(data))
            data.clear()
            yield event


def _timeout() -> httpx.Timeout:
    return httpx.Timeout(PAUSE_SECONDS * 20, read=SILENCE_SECONDS)
