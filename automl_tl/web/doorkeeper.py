"""Tells who asks: by the daemon's token, by an API key, or by the page's cookie for either."""

import hmac
import time
from collections.abc import Callable
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from automl_tl.domain.api_key import ApiKey, Shown, read_key
from automl_tl.domain.caller import ANYBODY, NOBODY, OPERATOR, Caller
from automl_tl.errors import NotAllowed
from automl_tl.web.session import COOKIE, TOKEN, Sessions


class KeyRing(Protocol):
    """What the doorkeeper asks of the store."""

    def key_of(self, shown: Shown) -> ApiKey | None:
        """The key that was shown, where it opens anything."""

    def standing_key(self, id: str) -> ApiKey | None:
        """The key of that id, where it opens anything."""

    def has_keys(self) -> bool:
        """Whether any key opens anything now."""


class Doorkeeper:
    """Knows the token, and by the store every key: one that was revoked opens nothing from then on.

    ``is_public``: the daemon is reached from beyond this machine, so that nobody is let in without a key.
    """

    def __init__(
        self, keys: KeyRing, *, token: str, is_public: bool, clock: Callable[[], float] = time.time
    ) -> None:
        if not token:
            raise ValueError("the token is empty")
        self._keys = keys
        self._token = token.encode()
        self._sessions = Sessions(token)
        self._is_public = is_public
        self._clock = clock

    async def caller(self, headers: Headers) -> Caller:
        """Who asks; NOBODY where that has to be known and is not. Raises NotAllowed: a wrong credential."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme:
            return await self._bearer(secret.strip() if scheme.lower() == "bearer" else "")
        cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        who = self._sessions.who(cookie, now=self._clock()) if cookie else None
        if who == TOKEN:
            return OPERATOR
        if who is not None:
            key = await run_in_threadpool(self._keys.standing_key, who)
            if key is not None:
                return key.caller
        return await self._without()

    def log_in(self, secret: str) -> tuple[Caller, str]:
        """Who shows this token or key, and the cookie for its browser; raises NotAllowed."""
        caller = self._known(secret)
        return caller, self._sessions.issue(caller.key or TOKEN, now=self._clock())

    async def still_opens(self, caller: Caller) -> bool:
        """Whether one who was let in a while ago would be now; StoreUnavailable: that is not known."""
        if caller.key is not None:
            return await run_in_threadpool(self._keys.standing_key, caller.key) is not None
        return caller.is_known or await self._without() is not NOBODY

    def opens(self, token: str) -> bool:
        """Whether this is the token."""
        return hmac.compare_digest(token.encode(), self._token)

    async def _bearer(self, secret: str) -> Caller:
        if self.opens(secret):
            return OPERATOR
        return await run_in_threadpool(self._known, secret)

    def _known(self, secret: str) -> Caller:
        if self.opens(secret):
            return OPERATOR
        shown = read_key(secret)
        key = None if shown is None else self._keys.key_of(shown)
        if key is None:
            raise NotAllowed(
                "this is neither the daemon's token nor a key that is known, unrevoked and in date"
            )
        return key.caller

    async def _without(self) -> Caller:
        if self._is_public or await run_in_threadpool(self._keys.has_keys):
            return NOBODY
        return ANYBODY
