"""The bodies and answers of the API of who may ask."""

from pydantic import BaseModel, Field

from automl_tl.domain.caller import Role


class CallerAnswer(BaseModel):
    """Who asks."""

    tenant: str = Field(description="Whose jobs, names and data it sees.")
    role: Role
    who: str = Field(description="What the audit log calls it.")
    key: str | None = Field(description="The id of its API key; null: the daemon's token, or nobody known.")
    may_write: bool = Field(description="Whether it may submit jobs.")
