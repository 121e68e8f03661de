"""What earlier jobs found about candidates: where a new job's prior comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PastResult:
    """The best that one candidate reached in one finished job.

    ``weights_sha256`` says which candidate it was, whatever a space calls it; ``value`` is the job's metric
    on validation, ``seconds`` what all of its trials cost.
    """

    dataset_name: str
    metric: str
    weights_sha256: str
    parameters: int
    multiply_adds: int
    value: float
    seconds: float
