"""The audit log's side of a request: a deed is noted before it is done, and its refusal or failure after."""

import logging
from collections.abc import MutableMapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automl_tl.domain.audit import Deed
from automl_tl.domain.caller import Caller
from automl_tl.errors import AutomlError
from automl_tl.store.base import Store
from automl_tl.web.rights import RIGHTS, Audited, Right

_NUMBER, _DEED, _TAKEN = "audit_number", "audit_deed", "audit_taken"
_FORBIDDEN = 403
_log = logging.getLogger(__name__)


async def begin(
    store: Store, scope: Scope, *, caller: Caller, right: Right, route: str, address: str
) -> None:
    """Note what is about to be done, where its right says so; StoreUnavailable: then it is not done."""
    if right.audited is Audited.NO:
        return
    deed = _deed(scope, caller=caller, route=route, address=address)
    state: MutableMapping[str, Any] = scope["state"]
    if right.audited is Audited.AFTER:
        state[_DEED] = deed
    else:
        state[_NUMBER] = await run_in_threadpool(store.note, deed)


async def note_refusal(store: Store, scope: Scope, *, caller: Caller, route: str, address: str) -> None:
    """Note a deed that a known caller may not do; who shows nothing that opens is in the daemon's own log."""
    right = RIGHTS.get(f"{scope['method']} {route}")
    if caller.is_known and right is not None and right.audited is not Audited.NO:
        deed = _deed(scope, caller=caller, route=route, address=address)
        await run_in_threadpool(store.note, deed, status=_FORBIDDEN)


def taken_deed(scope: Scope) -> Deed | None:
    """The deed of a route that is audited after it, for the transaction that does it to note it too.

    Only its refusal or failure is noted outside then; a route that takes none has it noted when it answers.
    """
    state: MutableMapping[str, Any] = scope["state"]
    deed: Deed | None = state.pop(_DEED, None)
    state[_TAKEN] = deed
    return deed


class Noting:
    """Notes how noted deeds ended; a log that cannot be written then is told to the daemon's own log."""

    def __init__(self, app: ASGIApp, *, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._end(scope, message)
            await send(message)

        await self._app(scope, receive, send_noted if scope["type"] == "http" else send)

    async def _end(self, scope: Scope, message: Message) -> None:
        state, status = scope.get("state", {}), message["status"]
        deed: Deed | None = state.pop(_DEED, None)
        taken: Deed | None = state.pop(_TAKEN, None)
        number: int | None = state.pop(_NUMBER, None)
        if taken is not None and status >= 400:
            deed = taken
        try:
            if deed is not None:
                await run_in_threadpool(self._store.note, _at(deed, message), status=_told(status))
            elif number is not None and status >= 400:
                await run_in_threadpool(self._store.note_status, number, status)
        except AutomlError as error:
            _log.warning("audit log not written: %s", error, extra={"deed": deed, "number": number})


def _deed(scope: Scope, *, caller: Caller, route: str, address: str) -> Deed:
    action = f"{scope['method']} {route}"
    return Deed(tenant=caller.tenant, who=caller.who, action=action, target=scope["path"], address=address)


def _at(deed: Deed, message: Message) -> Deed:
    """The deed with what it made as its target, where the answer says where that is."""
    place = Headers(scope=message).get("location", "").rpartition("/")[2]
    return Deed(
        tenant=deed.tenant,
        who=deed.who,
        action=deed.action,
        target=place or deed.target,
        address=deed.address,
    )


def _told(status: int) -> int | None:
    return status if status >= 400 else None
