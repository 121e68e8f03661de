"""The bodies and answers of the API of who may ask, and of how much each tenant may have."""

from pydantic import BaseModel, Field

from automl_tl.domain.caller import Role
from automl_tl.web.schemas import Body

_TENANT = "a tenant; the operator may name any, others their own (null)"


class CallerAnswer(BaseModel):
    """Who asks."""

    tenant: str = Field(description="whose jobs, names and data it sees")
    role: Role
    who: str = Field(description="what the audit log calls it")
    key: str | None = Field(description="the id of its API key; null: the token's holder, or nobody known")
    may_write: bool = Field(description="whether it may submit jobs")


class KeyBody(Body):
    """A key that is to be made."""

    role: Role
    tenant: str | None = Field(default=None, description=_TENANT)
    label: str = Field(default="", max_length=100, description="what it is for; shown in the audit log")
    expires: str | None = Field(default=None, description="how long it opens anything, such as 90d")


class KeyAnswer(BaseModel):
    """A key without its secret; times are seconds since the epoch."""

    id: str
    tenant: str
    label: str
    role: Role
    created: float
    expires: float | None
    revoked: float | None


class MadeKeyAnswer(KeyAnswer):
    """A key that was made just now."""

    key: str = Field(description="what to show as Authorization: Bearer; it is told this once")


class KeysAnswer(BaseModel):
    """Every key, the oldest first."""

    keys: list[KeyAnswer]


class QuotaBody(Body):
    """A quota of a tenant's own; what is null is as the daemon's settings say."""

    tenant: str
    running_jobs: int | None = Field(default=None, ge=0, lt=2**31, description="at once; 0: none begins")
    compute_seconds: float | None = Field(default=None, gt=0, description="of its jobs in 24 hours")


class QuotaAnswer(BaseModel):
    """What a tenant may have (null: any number), and what it has of it now."""

    tenant: str
    running_jobs: int | None
    compute_seconds: float | None
    running: int
    used_seconds: float | None = Field(description="in the last 24 hours; null where nothing bounds them")


class QuotasAnswer(BaseModel):
    """The tenants that the caller may know of."""

    tenants: list[QuotaAnswer]
