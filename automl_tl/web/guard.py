"""Who may come in: Host, Origin and token are looked at, and every answer tells the browser to be strict."""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automl_tl.errors import NotAllowed
from automl_tl.web.problems import problem

COOKIE = "automl_tl_page"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Keys:
    """The daemon's token, and the cookie that stands for it in a browser."""

    def __init__(self, token: str) -> None:
        if not token:
            raise ValueError("the token is empty")
        self._token = token.encode()
        # A cookie goes to every port of a host: it must not be the token itself.
        self.cookie = hmac.new(self._token, b"page", hashlib.sha256).hexdigest()

    def opens(self, token: str) -> bool:
        """Whether this is the token."""
        return hmac.compare_digest(token.encode(), self._token)

    def knows(self, headers: Headers) -> bool:
        """Whether the request carries the token, or the page's cookie."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.opens(token.strip()):
            return True
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return hmac.compare_digest(cookie.encode(), self.cookie.encode())


class Guard:
    """Lets reads through that were addressed to this machine, and writes only with the token.

    A page elsewhere that makes a person's browser send requests here fails by its Host (rebound names) or by
    its Origin (forged writes). Sets ``scope["state"]["may_write"]``.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys) -> None:
        self._app = app
        self._keys = keys

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

        headers = Headers(scope=scope)
        known = self._keys.knows(headers)
        scope.setdefault("state", {})["may_write"] = known
        if (complaint := _complaint(scope["method"], headers, known=known)) is not None:
            detail, status = complaint
            answer = problem(NotAllowed(detail), status=status)
            if status == 401:
                answer.headers["WWW-Authenticate"] = "Bearer"
            return await answer(scope, receive, send_strict)
        await self._app(scope, receive, send_strict)


def _complaint(method: str, headers: Headers, *, known: bool) -> tuple[str, int] | None:
    """Why this request may not pass, and the status that says so; None when it may."""
    host = headers.get("host", "")
    if host_name(host) not in LOOPBACK:
        return f"the request was addressed to {host!r}, expected 127.0.0.1, localhost or [::1]", 403
    if method in SAFE:
        return None
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return f"the request came from a page of {origin!r}, expected http://{host}", 403
    if not known:
        return "this needs the daemon's token (run/token in its home) as Authorization: Bearer", 401
    return None


def host_name(host: str) -> str:
    """The name in a Host header, without port and brackets; empty where it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018  # raises where the port is not a number
    except ValueError:
        return ""
    return "" if parts.username is not None or parts.path else (parts.hostname or "")
