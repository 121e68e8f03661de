"""What counts people's readings of the sealed test."""

from collections.abc import Sequence
from typing import Protocol

from automl_tl.domain.gate import Opening


class Evaluations(Protocol):
    """What people's evaluations read of the sealed test; it counts as a proof's reading does."""

    def sealed(self, *, tenant: str, name: str, samples: Sequence[str]) -> frozenset[str]:
        """Which of these samples (sha256) are in the test of a dataset that a job of the name was given."""

    def open_for_evaluation(self, *, tenant: str, name: str, digest: str, samples: Sequence[str]) -> Opening:
        """Count one opening of the name and one reading of each sample; raises NotFound.

        The same artifact (``digest``) on the same samples tells nothing new, and is counted once.
        """
