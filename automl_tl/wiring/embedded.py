"""The embedded backbones and what is known of them."""

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.zoo.embedded_zoo import EmbeddedZoo


def embedded_facts() -> tuple[CandidateFacts, ...]:
    """The facts of every embedded backbone, by name."""
    zoo = EmbeddedZoo()
    return tuple(zoo.facts(Candidate(id=name, source=f"embedded:{name}")) for name in zoo.names())
