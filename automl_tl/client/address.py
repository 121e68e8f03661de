"""Finding the daemon of a home."""

import json
from dataclasses import dataclass
from pathlib import Path

from automl_tl.errors import NoDaemon
from automl_tl.settings import Home, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a daemon answers, and the token that it takes writes with."""

    url: str
    token: str | None


def find_address(*, url: str | None, home: Path | None, token: str | None) -> Address:
    """The address that was given, or that the home's daemon wrote down; raises NoDaemon.

    The home's token goes to nobody but the home's daemon.
    """
    folders = Settings().folders if home is None else Home(root=home.expanduser().resolve())
    own = _own_url(folders)
    if url is None and own is None:
        raise NoDaemon(f"no daemon runs on {folders.root}: start one with automl-tl serve")
    url = (url or own or "").rstrip("/")
    if token is None and url == own:
        token = _own_token(folders)
    return Address(url=url, token=token)


def _own_url(folders: Home) -> str | None:
    try:
        written = json.loads((folders.run / "daemon.json").read_text())
        return str(written["url"]).rstrip("/")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoDaemon(f"{folders.run / 'daemon.json'} does not say where the daemon is: {error}") from None


def _own_token(folders: Home) -> str | None:
    try:
        return (folders.run / "token").read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoDaemon(f"{folders.run / 'token'} cannot be read: {error.strerror}") from None
