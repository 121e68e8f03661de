"""Where webhooks may be sent: what the operator allows, and nothing inside the network that is not named."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from automl_tl.errors import NotAllowed, RequestError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An address on the web, taken apart; ``target`` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """What the request calls its host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The operator's list. ``urls`` are beginnings of addresses: scheme, host, port, and perhaps a folder.

    A name that leads to an address that is not a public one (this machine, the local network, a cloud's
    metadata) is refused unless ``networks`` (such as 10.0.0.0/8) has it; an address in figures in ``urls``
    allows itself.
    """

    urls: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()

    def destination(self, url: str) -> Destination:
        """The address, if it is one and allowed; raises RequestError, NotAllowed."""
        wanted = destination_of(url)
        if not any(_covers(destination_of(allowed), wanted) for allowed in self.urls):
            listed = ", ".join(self.urls) or "none: AUTOML_TL_WEBHOOK_URLS names them"
            raise NotAllowed(f"webhooks may not be sent to {url}; the operator allows {listed}")
        return wanted

    def check_addresses(self, destination: Destination, found: Iterable[str]) -> tuple[str, ...]:
        """The addresses that a name leads to, if each of them may be sent to; raises NotAllowed."""
        addresses = tuple(dict.fromkeys(found))
        for text in addresses:
            address = _plain(ipaddress.ip_address(text.partition("%")[0]))
            if not self._may_reach(address, destination):
                raise NotAllowed(
                    f"{destination.host} leads to {address}, which is not a public address;"
                    " AUTOML_TL_WEBHOOK_NETWORKS may allow its network"
                )
        return addresses

    def _may_reach(self, address: Address, destination: Destination) -> bool:
        if address.is_global and not address.is_multicast:
            return True
        if _address(destination.host) == address:  # named by the operator in figures
            return True
        return any(address in network for network in map(network_of, self.networks))


def destination_of(url: str) -> Destination:
    """An address of http or https taken apart; raises RequestError."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        raise _no_address(url) from None
    if port is None or not parts.hostname or not _is_plain(url, parts):
        raise _no_address(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(scheme=parts.scheme, host=parts.hostname, port=port, target=target)


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network such as 10.0.0.0/8; raises RequestError."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise RequestError(f"{text!r} is not a network such as 10.0.0.0/8") from None


def _is_plain(url: str, parts: SplitResult) -> bool:
    # Whatever readers of addresses disagree about is refused: users, backslashes, dots in the path.
    return (
        parts.username is None
        and url.isascii()
        and url.isprintable()
        and not set(url) & set(' \\"<>{}|^`')
        and ".." not in parts.path.replace("%2e", ".").replace("%2E", ".").split("/")
    )


def _covers(allowed: Destination, wanted: Destination) -> bool:
    if (allowed.scheme, allowed.host, allowed.port) != (wanted.scheme, wanted.host, wanted.port):
        return False
    folder, path = allowed.target.rstrip("/"), wanted.target.partition("?")[0]
    return path == folder or path.startswith(f"{folder}/")


def _address(host: str) -> Address | None:
    try:
        return _plain(ipaddress.ip_address(host))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """IPv4 as IPv4, also where it is written as IPv6."""
    return getattr(address, "ipv4_mapped", None) or address


def _no_address(url: str) -> RequestError:
    return RequestError(f"{url[:200]!r} is not an address such as https://hooks.example.com/automl")
