"""Finding the daemon: on a home, or elsewhere."""

import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from automl_tl.errors import NoDaemon, OperatorError
from automl_tl.settings import Home, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a daemon answers, and the token or key that it is shown.

    ``is_elsewhere``: it is not the home's own, so that paths here may mean nothing there.
    """

    url: str
    token: str | None
    is_elsewhere: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether nothing leaves this machine on the way there."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way there can read what is sent."""
        return self.is_loopback or self.url.startswith("https:")


def find_address(*, url: str | None, home: Path | None, token: str | None) -> Address:
    """The address that was given, or the environment's (``AUTOML_TL_URL``), or the home's daemon's.

    The home's token goes to nobody but the home's daemon, and the environment's key to no other address than
    the environment's. Raises NoDaemon, and OperatorError for what is no address.
    """
    settings = Settings()
    if url is None and home is None:
        url, token = settings.url, token or key_of(settings)
    folders = settings.folders if home is None else Home(root=home.expanduser().resolve())
    own = _own_url(folders)
    if url is None and own is None:
        raise NoDaemon(f"no daemon runs on {folders.root}: start one with automl-tl serve")
    url = (own or "") if url is None else _checked(url)
    if token is None and url == own:
        token = _own_token(folders)
    return Address(url=url, token=token, is_elsewhere=url != own)


def key_of(settings: Settings) -> str | None:
    """The key that these settings name, None without one; raises OperatorError for a file without one."""
    if settings.key is not None:
        return settings.key.get_secret_value().strip() or None
    if settings.key_file is None:
        return None
    try:
        text = settings.key_file.expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not text"
        raise OperatorError(f"the key file {settings.key_file} cannot be read: {said}") from None
    if len(text.split()) != 1:
        raise OperatorError(f"the key file {settings.key_file} has to hold one key, and nothing else")
    return text


def _checked(url: str) -> str:
    """The URL without its last slash; nothing of it is said where it holds what may be a secret."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_address = False
        parts = urlsplit("")
    if parts.username is not None:
        raise OperatorError("the daemon's address holds a name or a password: give the key apart from it")
    if not is_address or parts.query or parts.fragment:
        raise OperatorError(f"{url!r} is not a daemon's address: expected one such as https://host:8787")
    return url.rstrip("/")


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
