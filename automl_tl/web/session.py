"""Cookies that stand for the token, or for a key, in a browser; signed, so that nothing is kept of them."""

import hashlib
import hmac

COOKIE = "automl_tl_page"
SESSION_SECONDS = 12 * 3600.0
TOKEN = "token"


class Sessions:
    """Cookies ``WHO.UNTIL.SIGNATURE``; WHO is ``token``, or the id of a key, which is looked up each time.

    So a revoked key ends its sessions, and a new token all of them.
    """

    def __init__(self, token: str) -> None:
        # A cookie goes to every port of a host: it must not be the token itself.
        self._secret = hmac.new(token.encode(), b"session", hashlib.sha256).digest()

    def issue(self, who: str, *, now: float) -> str:
        """A cookie for ``who``, good for ``SESSION_SECONDS`` from ``now``, in seconds since the epoch."""
        said = f"{who}.{int(now + SESSION_SECONDS)}"
        return f"{said}.{self._sign(said)}"

    def who(self, cookie: str, *, now: float) -> str | None:
        """Whom the cookie stands for; None where it is not one of ours, or out of date."""
        said, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(said).encode()):
            return None
        who, _, until = said.rpartition(".")
        return who if now < int(until) else None

    def _sign(self, said: str) -> str:
        return hmac.new(self._secret, said.encode(), hashlib.sha256).hexdigest()
