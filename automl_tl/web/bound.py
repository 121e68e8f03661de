"""How much a request may send."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automl_tl.errors import TooLarge
from automl_tl.web.problems import problem

BODY_BYTES = 4 * 2**20
PREDICT_BYTES = 256 * 2**20


class Bound:
    """Refuses bodies beyond ``BODY_BYTES``, or beyond the limit of the first path ending in ``larger``."""

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int]) -> None:
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit = next((n for end, n in self._larger.items() if scope["path"].endswith(end)), BODY_BYTES)
        sentence = f"the body is larger than {limit} bytes, the most that is taken here"
        stated = Headers(scope=scope).get("content-length", "0")
        if stated.isdigit() and int(stated) > limit:
            return await problem(TooLarge(sentence))(scope, receive, send)

        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, sentence)  # the one kind that the framework hands on while it reads
            return message

        await self._app(scope, receive_bounded, send)
