"""Who asks: a tenant, a role in it, and a name for the audit log."""

from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.job import DEFAULT_TENANT


class Role(StrEnum):
    """What a caller may do within its tenant; each role includes the ones before it."""

    VIEWER = "viewer"
    SUBMITTER = "submitter"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether whoever has this role may do what ``other`` may."""
        return _RANKS.index(self) >= _RANKS.index(other)


_RANKS = tuple(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One who asks. ``key`` is the id of the API key that was shown; None: somebody on this machine.

    ``is_known``: the token or a key was shown; without one, this machine may be looked at, not changed.
    """

    tenant: str
    role: Role
    who: str
    key: str | None = None
    is_known: bool = True

    @property
    def may_write(self) -> bool:
        """Whether the page's buttons are for this caller."""
        return self.is_known and self.role.includes(Role.SUBMITTER)

    @property
    def may_steer(self) -> bool:
        """Whether the page's buttons that move a champion are for this caller."""
        return self.is_known and self.role.includes(Role.ADMIN)

    @property
    def may_watch(self) -> bool:
        """Whether the daemon itself, which serves every tenant, is for this caller to see."""
        return self.tenant == DEFAULT_TENANT


# No tenant is called so: whatever is asked for it finds nothing.
NOBODY = Caller(tenant="", role=Role.VIEWER, who="nobody", is_known=False)
ANYBODY = Caller(tenant=DEFAULT_TENANT, role=Role.VIEWER, who="anybody on this machine", is_known=False)
OPERATOR = Caller(tenant=DEFAULT_TENANT, role=Role.ADMIN, who="token")
