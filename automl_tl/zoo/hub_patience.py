"""How long a hub that is busy, down or cut off is asked again."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError: the client's HTTP library's
    HfHubHTTPError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RevisionResolutionError,
)

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

TROUBLE = (HTTPError, OSError, RevisionResolutionError)
_TRIES, _TRIES_UNANSWERED = 6, 3
_MOST_SECONDS = 300.0
_BUSY = frozenset({408, 429, 500, 502, 503, 504})


def patiently(
    ask: Callable[[], Answer],
    *,
    has_moved: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """What ``ask`` answers, asked again after 1, 2, 4 … seconds, or as many as the hub's Retry-After says.

    Six times where the hub answers that it is busy or down, three times where nobody answers; the counting
    starts anew whenever ``has_moved`` since. Raises what ``ask`` raised last.
    """
    tries = 0
    while True:
        try:
            return ask()
        except TROUBLE as error:
            tries = 1 if has_moved() else tries + 1
            seconds = _wait_seconds(error, tries)
            if seconds is None:
                raise
            _log.warning("hub asked again in %.0f s: %s", seconds, type(error).__name__)
        sleep(seconds)


def _wait_seconds(error: BaseException, tries: int) -> float | None:
    """None: asking again does not help, or it was enough."""
    if isinstance(error, RevisionResolutionError | LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__  # the client says first that it looked into the cache too
    if isinstance(error, HfHubHTTPError):
        if error.response.status_code not in _BUSY or tries >= _TRIES:
            return None
        asked = error.response.headers.get("retry-after", "")
        return min(float(asked), _MOST_SECONDS) if asked.isdigit() else 2.0 ** (tries - 1)
    is_cut = isinstance(error, HTTPError) or (
        # So the client calls a body of another length than announced; the system's errors have a number.
        isinstance(error, OSError) and error.errno is None and not isinstance(error, OfflineModeIsEnabled)
    )
    return 2.0 ** (tries - 1) if is_cut and tries < _TRIES_UNANSWERED else None
