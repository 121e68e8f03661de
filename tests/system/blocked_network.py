"""An environment whose Python processes reach loopback alone; other sockets are refused and written down."""

import os
from dataclasses import dataclass
from pathlib import Path

# Every Python process below this one reads it as it starts, Ray's workers among them.
BLOCKER = """
import ipaddress, os, socket

def is_near(host):
    if host in (None, "", b"", "localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False

def checked(original, place):
    def call(*arguments, **named):
        address = arguments[place]
        host = address[0] if isinstance(address, tuple) else address
        is_local = place and arguments[0].family not in (socket.AF_INET, socket.AF_INET6)
        if not is_local and not is_near(host):
            with open(os.environ["ATTEMPTS"], "a") as attempts:
                attempts.write(f"{original.__name__} {address}\\n")
            raise OSError(f"the network is blocked: {address}")
        return original(*arguments, **named)
    return call

def checked_send(original):
    def call(self, data, *more):
        if more and isinstance(more[-1], tuple):
            checked(lambda *_: None, 1)(self, more[-1])
        return original(self, data, *more)
    return call

class Socket(socket.socket):
    connect = checked(socket.socket.connect, 1)
    connect_ex = checked(socket.socket.connect_ex, 1)
    sendto = checked_send(socket.socket.sendto)

socket.socket = Socket
socket.getaddrinfo = checked(socket.getaddrinfo, 0)
socket.gethostbyname = checked(socket.gethostbyname, 0)
with open(os.environ["ATTEMPTS"] + ".blocked", "a") as blocked:
    blocked.write(f"{os.getpid()}\\n")
"""
# Without what the tests' own set-up says: the product has to be silent by itself.
SILENCERS = ("DO_NOT_TRACK", "HF_", "MLFLOW_", "RAY_", "TRANSFORMERS_OFFLINE")


@dataclass(frozen=True, kw_only=True)
class BlockedNetwork:
    """What a process is given as its whole environment, and what came of it."""

    environment: dict[str, str]

    def attempts(self) -> str:
        """Whom it asked for beyond loopback, a line each."""
        return Path(self.environment["ATTEMPTS"]).read_text()

    def processes(self) -> int:
        """How many processes started with the blocker in them."""
        return len(Path(self.environment["ATTEMPTS"] + ".blocked").read_text().split())


def blocked_network(folder: Path) -> BlockedNetwork:
    """The blocker, and where it writes, in a new folder below ``folder``."""
    place = folder / "blocker"
    place.mkdir()
    (place / "sitecustomize.py").write_text(BLOCKER)
    (place / "attempts").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SILENCERS)}
    kept |= {"PYTHONPATH": str(place), "ATTEMPTS": str(place / "attempts")}
    return BlockedNetwork(environment=kept)
