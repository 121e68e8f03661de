"""API keys: what is shown once, and what is kept of it."""

import hashlib
import re
import secrets
from dataclasses import dataclass

from automl_tl.domain.caller import Caller, Role

_SHAPE = re.compile(r"atl_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as the store keeps it; times are seconds since the epoch, by the store's clock."""

    id: str
    tenant: str
    label: str
    role: Role
    created: float
    expires: float | None = None
    revoked: float | None = None

    def opens(self, *, now: float) -> bool:
        """Whether it is neither revoked nor out of date."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    @property
    def caller(self) -> Caller:
        """Who shows it."""
        return Caller(tenant=self.tenant, role=self.role, who=f"key {self.id} ({self.label})", key=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A key as its holder shows it: the id by which its row is found, and the digest to compare."""

    id: str
    digest: str


def new_key() -> str:
    """A fresh key, ``atl_ID_SECRET``; the secret has 256 bits of chance."""
    return f"atl_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


def read_key(text: str) -> Shown | None:
    """The key's id and its secret's digest; None where the text has not the shape of a key.

    A slow hash makes guessing dear where people choose the secret. Nobody guesses 256 bits of chance, however
    fast the hash, and each request pays for it: SHA-256 is right here.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    return Shown(id=found[1], digest=hashlib.sha256(found[2].encode()).hexdigest())
