"""The last net: whatever a request breaks is logged, and answered like every other error."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automl_tl.errors import AutomlError
from automl_tl.web.problems import problem

_log = logging.getLogger(__name__)
_SENTENCE = "the daemon met an error that it did not expect; its log has the traceback"


class Surprise:
    """Stands inside the guard, so that these answers are strict too; their insides stay in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        has_started = False

        async def send_noted(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:  # one request must not end the server, nor tell a stranger how it broke
            _log.exception("request broke", extra={"path": scope.get("path")})
            if has_started or scope["type"] != "http":
                raise
            await problem(AutomlError(_SENTENCE), status=500)(scope, receive, send)
