"""Counting what was asked and how it was answered."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automl_tl.web.base import Metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counting:
    """Tells the metrics of every answer when it starts, so that streams count too."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.monotonic()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.observe_request(
                    method=scope["method"] if scope["method"] in METHODS else "other",
                    route=_route(scope),
                    status=message["status"],
                    seconds=time.monotonic() - began,
                )
            await send(message)

        await self._app(scope, receive, send_counted)


def _route(scope: Scope) -> str:
    """The route's template: paths would be as many as there are jobs."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", None) or "other")
