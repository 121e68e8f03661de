"""The champions that a space names are those of the job's own tenant."""

from dataclasses import replace

from automl_tl.domain.candidate import Candidate, Source
from automl_tl.domain.space import Space
from automl_tl.registry.names import registered_name


def of_tenant(space: Space, tenant: str) -> Space:
    """The space with ``champion:NAME`` as the registry calls it, which is how every process finds it."""
    return replace(space, candidates=tuple(_of(candidate, tenant) for candidate in space.candidates))


def _of(candidate: Candidate, tenant: str) -> Candidate:
    if candidate.kind is not Source.CHAMPION:
        return candidate
    return replace(candidate, source=f"{Source.CHAMPION}:{registered_name(tenant, candidate.reference)}")
