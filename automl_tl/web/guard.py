"""Who may come in: Host, Origin and caller are looked at, and every answer tells the browser to be strict."""

import ipaddress
import logging
from collections.abc import Collection
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automl_tl.domain.caller import NOBODY, Caller
from automl_tl.errors import AutomlError, NotAllowed, TooManyRequests
from automl_tl.web.assets import POLICY
from automl_tl.web.doorkeeper import Doorkeeper
from automl_tl.web.problems import problem
from automl_tl.web.rate import Rate
from automl_tl.web.rights import OPEN_PATHS

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOGIN = "/login"
ENTRANCE = "/enter"
_SHOWN_AT = frozenset({LOGIN, ENTRANCE})  # keys and tokens, which somebody might guess
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, a form's own Origin reads "null"
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_log = logging.getLogger(__name__)


class Guard:
    """Lets through what was addressed to this daemon, by a caller who is known or need not be.

    A page elsewhere that makes a person's browser send requests here fails by its Host (rebound names) or by
    its Origin (forged writes). ``hostnames`` are the names under which the daemon is reached beside
    loopback's; with ``is_public`` also every address in figures: no name is rebound to those.
    Sets ``scope["state"]["caller"]``.
    """

    def __init__(
        self, app: ASGIApp, *, door: Doorkeeper, rate: Rate, hostnames: Collection[str], is_public: bool
    ) -> None:
        self._app = app
        self._door = door
        self._rate = rate
        self._hostnames = LOOPBACK | {name.lower() for name in hostnames}
        self._is_public = is_public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})

        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = await self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_strict)

    async def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not pass, None to one that may."""
        headers, method, path = Headers(scope=scope), scope["method"], scope["path"]
        try:
            self._check_address(headers, method=method)
            # What needs no caller asks no store either: it is answered while that is away.
            caller = NOBODY if _is_open(path) else await self._caller(headers, scope)
            scope.setdefault("state", {})["caller"] = caller
            if not _is_open(path) or path in _SHOWN_AT:
                self._check_rate(caller, scope)
            if caller.is_known or _is_open(path) or (method in SAFE and caller is not NOBODY):
                return None
            raise _Unknown(_unknown(method, caller))
        except _Unknown as error:
            if method == "GET" and "text/html" in headers.get("accept", ""):
                return RedirectResponse(f"{LOGIN}?to={quote(path)}", status_code=303)
            answer = problem(NotAllowed(str(error)), status=401)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        except TooManyRequests as error:
            answer = problem(error)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        except AutomlError as error:
            return problem(error)

    async def _caller(self, headers: Headers, scope: Scope) -> Caller:
        try:
            return await self._door.caller(headers)
        except NotAllowed as error:
            _log.warning("credential refused", extra={"address": address_of(scope)})
            self._check_rate(NOBODY, scope)
            raise _Unknown(str(error)) from None

    def _check_rate(self, caller: Caller, scope: Scope) -> None:
        """Keys have a bound each, and so has every address of unknown callers; the operator has none."""
        if caller.key is None and caller is not NOBODY:
            return
        seconds = self._rate.wait_seconds(caller.key or f"address {address_of(scope)}")
        if seconds:
            raise TooManyRequests(f"too many requests: ask again in {seconds} s", seconds=seconds)

    def _check_address(self, headers: Headers, *, method: str) -> None:
        host = headers.get("host", "")
        if not self._is_ours(host_name(host)):
            expected = ", ".join(sorted(self._hostnames))
            raise NotAllowed(
                f"the request was addressed to {host!r}, expected {expected}: AUTOML_TL_HOSTNAMES adds a name"
            )
        origin = headers.get("origin")
        if method not in SAFE and origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            raise NotAllowed(f"the request came from a page of {origin!r}, expected http://{host}")

    def _is_ours(self, name: str) -> bool:
        return name in self._hostnames or (self._is_public and _is_address(name))


class _Unknown(Exception):
    """Whoever asks has to say first who that is."""


def _unknown(method: str, caller: Caller) -> str:
    if caller is NOBODY:
        return "this needs an API key, as Authorization: Bearer KEY, or a log-in at /login"
    return "this needs the daemon's token (run/token in its home), or an API key, as Authorization: Bearer"


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith("/static/")


def _is_address(name: str) -> bool:
    try:
        return not ipaddress.ip_address(name).is_unspecified
    except ValueError:
        return False


def address_of(scope: Scope) -> str:
    """Where a request came from."""
    client = scope.get("client")
    return client[0] if client else "unknown"


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets; empty where it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  # raises where the port is not a number
    except ValueError:
        return ""
    return "" if parts.username is not None or parts.path else (parts.hostname or "")
