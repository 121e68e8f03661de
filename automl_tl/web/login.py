"""Logging in to the pages with a key, and out again."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from automl_tl.domain.audit import Deed
from automl_tl.errors import NotAllowed
from automl_tl.web.guard import ENTRANCE, LOGIN, address_of
from automl_tl.web.parts import Given, Parts
from automl_tl.web.render import render
from automl_tl.web.session import COOKIE, SESSION_SECONDS

router = APIRouter(include_in_schema=False)


@router.get(LOGIN)
def show_login(request: Request, to: str = "/") -> Response:
    """The form that asks for a key."""
    return render(request, "login.html", values={"to": own_path(to), "wrong": None})


@router.post(LOGIN)
def log_in(
    parts: Given, request: Request, key: Annotated[str, Form()], to: Annotated[str, Form()] = "/"
) -> Response:
    """Give the browser a session for a key, or say that it opens nothing."""
    try:
        return _entered(parts, request, key.strip(), to=to)
    except NotAllowed as error:
        values = {"to": own_path(to), "wrong": error.detail}
        return render(request, "login.html", values=values, status=401)


@router.get(ENTRANCE)
def enter(parts: Given, request: Request, token: str) -> Response:
    """The link that the daemon prints: the browser gets the session that lets the page's buttons work."""
    if not parts.door.opens(token):
        raise NotAllowed(
            "this link's token is not the daemon's: open the link that it printed when it started"
        )
    return _entered(parts, request, token, to="/")


def _entered(parts: Parts, request: Request, secret: str, *, to: str) -> Response:
    """A session, noted in the audit log; raises NotAllowed."""
    caller, cookie = parts.door.log_in(secret)
    deed = Deed(
        tenant=caller.tenant,
        who=caller.who,
        action="log in",
        target="page",
        address=address_of(request.scope),
    )
    parts.store.note(deed)
    return with_session(request, cookie, to=own_path(to))


@router.post("/logout")
def log_out() -> Response:
    """Take the browser's session away."""
    answer = RedirectResponse(LOGIN, status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def with_session(request: Request, cookie: str, *, to: str) -> Response:
    """The way to a page of ours, with the session's cookie."""
    answer = RedirectResponse(to, status_code=303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(SESSION_SECONDS),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def own_path(to: str) -> str:
    """A path of this daemon's: a link must not lead from the log-in to somebody else's page."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/"
