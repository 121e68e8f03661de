"""Asking the daemon, and raising its errors as our own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import httpx

from automl_tl import errors
from automl_tl.client.address import Address
from automl_tl.errors import AutomlError, NoDaemon, NotAllowed, RequestError, TransientError

Json = dict[str, Any]

API = "/api/v1"
TYPE = "urn:automl-tl:error:"
SECONDS = 30.0
PREDICT_SECONDS = 600.0
EVALUATE_SECONDS = 3600.0
_IDLE_SECONDS = 2.0  # the server hangs up after five: a question must not meet that


class Connection:
    """One daemon; safe to share between threads."""

    def __init__(self, address: Address) -> None:
        headers = {} if address.token is None else {"Authorization": f"Bearer {address.token}"}
        self.url = address.url
        self.token = address.token
        self.is_elsewhere = address.is_elsewhere
        self.is_private = address.is_private
        # A proxy named in the environment has no business between a person and their own machine;
        # on the way to another, it and a certificate authority of the company's own may be needed.
        self._http = httpx.Client(
            base_url=address.url,
            headers=headers,
            timeout=SECONDS,
            trust_env=not address.is_loopback,
            limits=httpx.Limits(keepalive_expiry=_IDLE_SECONDS),
        )

    def path(self, path: str | Path) -> str:
        """The path as the daemon reads it; raises RequestError for what only this machine can resolve."""
        if not self.is_elsewhere:
            return absolute(path)
        if PurePosixPath(path).is_absolute():
            return str(path)
        raise RequestError(
            f"{path} is relative to this machine, but the daemon at {self.url} reads its own: expected an "
            "absolute path there"
        )

    def get(self, path: str, **query: object) -> Json:
        """The JSON object at a path."""
        return self.object(self.request("GET", path, params=what_was_said(query)))

    def post(self, path: str, *, json: object = None, seconds: float = SECONDS, **more: Any) -> Json:
        """Send JSON, get the answer's object."""
        return self.object(self.request("POST", path, json=json, timeout=seconds, **more))

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; raises what the daemon says, NoDaemon, TransientError (no answer in time)."""
        return self._checked(lambda: self._http.request(method, path, **more))

    @contextmanager
    def stream(self, path: str, **more: Any) -> Iterator[httpx.Response]:
        """An answer that is read while it comes; raises httpx.TransportError when it breaks off."""
        with self._http.stream("GET", path, **more) as answer:
            if answer.status_code >= 400:
                answer.read()
                raise error_of(answer)
            yield answer

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def object(self, answer: httpx.Response) -> Json:
        """The answer's JSON object; raises TransientError where it is none."""
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TransientError(f"{self.url} did not answer as an automl-tl daemon does")
        return found

    def _checked(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        try:
            answer = ask()
        except httpx.TimeoutException:
            raise TransientError(f"the daemon at {self.url} did not answer in time") from None
        except httpx.TransportError as error:
            raise NoDaemon(f"no daemon answers at {self.url}: {error}") from None
        if answer.status_code >= 400:
            raise error_of(answer)
        return answer


def error_of(answer: httpx.Response) -> AutomlError:
    """The error behind a problem+json answer, of the class that the daemon raised."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, Mapping):
        problem = {}
    detail = str(problem.get("detail") or f"the daemon answered {answer.status_code} {answer.reason_phrase}")
    kind = _class_of(str(problem.get("type", "")).removeprefix(TYPE)) or _by_status(answer.status_code)
    return kind(detail)


def _class_of(name: str) -> type[AutomlError] | None:
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, AutomlError) else None


def _by_status(status: int) -> type[AutomlError]:
    if status in (401, 403):
        return NotAllowed
    if status in (502, 503, 504):
        return TransientError
    return RequestError if status < 500 else AutomlError


def what_was_said(options: Mapping[str, object]) -> Json:
    """The options without those that are None."""
    return {key: value for key, value in options.items() if value is not None}


def absolute(path: str | Path) -> str:
    """The path from this machine's root on, for it goes to another process."""
    return str(Path(path).expanduser().absolute())
