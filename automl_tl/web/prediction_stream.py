"""Any number of inputs as lines of JSON, each answered by a line while more come."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from automl_tl.domain.prediction import Input, OnError, PredictionTerms, Written
from automl_tl.errors import AutomlError, RequestError, TooLarge
from automl_tl.web.parts import Parts
from automl_tl.web.readable import check_readable
from automl_tl.web.view import Json

LINES = "application/x-ndjson"
LINE_BYTES = 2**16
BATCH = 256  # inputs at most that are asked for at once; few are not kept waiting for more
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One line as it was said, and the input that it names, or why there is none."""

    said: object
    input: Input | RequestError


async def answer_lines(
    parts: Parts, name: str, *, terms: PredictionTerms, source: AsyncIterator[bytes]
) -> Response:
    """The answers as they come, in order; an unknown name or alias ends the stream with a line of its own."""
    terms = replace(terms, on_error=OnError.TELL)
    return _Answers(_answers(parts, name, terms=terms, source=source))


class _Answers(Response):
    """Starlette's own streams listen for the client's end, and would take the request's lines away."""

    media_type = LINES

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send each chunk as it is made."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answers(
    parts: Parts, name: str, *, terms: PredictionTerms, source: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    try:
        async for batch in batches_as_they_come(lines_of(source), most=BATCH):
            yield await run_in_threadpool(_answered, parts, name, batch, terms=terms)
    except AutomlError as problem:
        yield _line({"error": _said(problem)})
    except HTTPException as problem:  # the body's bound, met while lines were read
        yield _line({"error": _said(TooLarge(problem.detail))})
    except ClientDisconnect:
        return


def _answered(parts: Parts, name: str, lines: Sequence[bytes], *, terms: PredictionTerms) -> bytes:
    asked = [_asked(parts, line) for line in lines]
    inputs = [one.input for one in asked if not isinstance(one.input, RequestError)]
    answers = iter(parts.models.predict(name, inputs=inputs, terms=terms) if inputs else [])
    return b"".join(
        _line({**next(answers), "input": one.said})
        if not isinstance(one.input, RequestError)
        else _line({"input": one.said, "error": _said(one.input)})
        for one in asked
    )


def _asked(parts: Parts, line: bytes) -> _Asked:
    said: Any = line.decode("utf-8", errors="replace")[:200]
    try:
        if len(line) > LINE_BYTES:
            raise RequestError(f"a line has more than {LINE_BYTES} bytes, the most that is taken here")
        try:
            found = json.loads(line)
        except ValueError:
            raise RequestError(f"the line {said!r} is not JSON: expected a path or an object") from None
        if isinstance(found, dict) and isinstance(found.get("text"), str):
            return _Asked(said=found["text"], input=Written(text=found["text"]))
        said = found.get("input") if isinstance(found, dict) else found
        if not isinstance(said, str):
            raise RequestError(f"the line {line[:200]!r} names no input: expected an absolute path")
        return _Asked(said=said, input=check_readable(said, settings=parts.settings, caller=parts.caller))
    except RequestError as problem:
        return _Asked(said=said, input=problem)


async def lines_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a body without their ends; blank ones are left out, one too long comes cut, once."""
    gathered, is_cut = b"", False
    async for chunk in chunks:
        *whole, gathered = (gathered + chunk).split(b"\n")
        for line in whole:
            if line.strip() and not is_cut:
                yield line
            is_cut = False
        if len(gathered) > LINE_BYTES:
            if not is_cut:
                yield gathered
            gathered, is_cut = b"", True
    if gathered.strip() and not is_cut:
        yield gathered


async def batches_as_they_come(lines: AsyncIterator[bytes], *, most: int) -> AsyncIterator[list[bytes]]:
    """What is there, up to ``most``: one line alone is not kept waiting. It reads on meanwhile."""
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=2 * most)
    reading = asyncio.create_task(_read(lines, queue))
    try:
        is_over = False
        while not is_over:
            batch = [await queue.get()]
            while len(batch) < most and not queue.empty():
                batch.append(queue.get_nowait())
            is_over = batch[-1] is None
            if here := [line for line in batch if line is not None]:
                yield here
        await reading
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading


async def _read(lines: AsyncIterator[bytes], queue: "asyncio.Queue[bytes | None]") -> None:
    try:
        async for line in lines:
            await queue.put(line)
    except Exception:
        await queue.put(None)  # not in a finally: whoever cancels takes nothing more
        raise
    await queue.put(None)


def _said(problem: AutomlError) -> dict[str, str]:
    return {"title": problem.title, "detail": problem.detail}


def _line(answer: Json) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
