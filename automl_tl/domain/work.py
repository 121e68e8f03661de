"""What a worker receives, and what it gives back; every path is a string, data never travel inside.

``progress`` of any work is the small mapped file through which it tells its steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.dataset import DataReport, DatasetSource, Split
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.kernels import USUAL, Kernels
from automl_tl.domain.trial import Configuration, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """Read a dataset and check it. ``into`` is the job's folder; the survey is written there.

    ``remembered`` is a JSON-lines file of what the store remembers of this dataset-name's splits,
    ``forgotten`` one of the samples that are left out (``sha256``, ``day``). ``previous`` is the manifest of
    the dataset-name's last version. ``tenant`` is whose manifests the new one joins.
    """

    source: DatasetSource
    dataset_name: str
    into: str
    seed: int
    tenant: str = DEFAULT_TENANT
    remembered: str | None = None
    forgotten: str | None = None
    previous: str | None = None
    progress: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """``manifest`` is the path of the frozen manifest, None where the verdict is refused."""

    report: DataReport
    manifest: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Open a candidate, see that it runs, and measure what it costs."""

    candidate: Candidate
    manifest: str
    progress: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What was found out about a candidate by opening it."""

    facts: CandidateFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraise:
    """Compute a candidate's scores on a part of the training split, drawn by ``seed``; asked for lazily."""

    candidate: Candidate
    manifest: str
    seed: int
    progress: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraised:
    """``scores`` by name, greater is better; ``reason`` says why there are none.

    ``seconds`` is what they cost, ``forward_passes`` of that were not kept from before.
    """

    scores: dict[str, float]
    seconds: float
    samples: int
    forward_passes: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluate:
    """Train a trial *until* ``until_epoch`` in total, from ``checkpoint`` (None: from the beginning).

    ``cycles`` are the epochs by which the learning rate has fallen, ascending; after each it starts anew.
    ``into`` is the folder for the new checkpoint; ``deadline_seconds`` bounds this evaluation's wall time:
    past it the evaluation ends early with the last whole epoch. ``progress`` is the small mapped file.
    ``kernels`` are the candidate's; a linear probe has no use for them. ``head_start``: the head begins as
    the linear probe's, else at random.
    """

    trial: int
    seed: int
    candidate: Candidate
    configuration: Configuration
    manifest: str
    metric: str
    until_epoch: int
    cycles: tuple[int, ...]
    into: str
    checkpoint: str | None = None
    deadline_seconds: float | None = None
    progress: str | None = None
    kernels: Kernels = USUAL
    head_start: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Something that is read on a held-out split.

    A ``checkpoint`` (a trial's) is packed into ``artifact`` first, its temperature fitted on retest; an
    ``artifact`` alone is a finished folder; with neither, ``name`` is a baseline: ``majority`` or ``cheap``.
    ``elsewhere`` are the unsealed splits on which its value is wanted too, to see how it overfits.
    """

    name: str
    candidate: Candidate | None = None
    configuration: Configuration | None = None
    checkpoint: str | None = None
    artifact: str | None = None
    elsewhere: tuple[Split, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """Read one held-out split once for all contenders together; predictions are written into ``into``."""

    split: Split
    manifest: str
    metric: str
    contenders: tuple[Contender, ...]
    into: str
    seed: int
    progress: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One contender's reading.

    ``predictions`` is an ``.npz`` file with ``targets`` [N] int64 and ``probabilities`` [N, C] float32, in
    the order of the split's samples; ``value`` is the metric on it; ``digest`` is the artifact's sha256.
    ``seconds`` is the time a sample took in this reading, ``latency_seconds`` what one takes alone,
    prepared. ``calibration`` is the expected calibration error on this split, ``uncalibrated`` the same
    without the temperature. ``device`` ran it. ``detail`` says which baseline won, and the like. ``classes``
    are those a model knows (none: the manifest's); ``flaw`` says what was wrong: some predictions were no
    numbers, or, with ``predictions`` empty, it could not be read at all. ``elsewhere`` has its values on
    other splits.
    """

    name: str
    value: float
    predictions: str
    artifact: str | None = None
    digest: str | None = None
    temperature: float = 1.0
    calibration: float | None = None
    uncalibrated: float | None = None
    seconds: float = 0.0
    latency_seconds: float | None = None
    size_bytes: int = 0
    device: str = ""
    detail: str = ""
    classes: tuple[str, ...] = ()
    flaw: str = ""
    elsewhere: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """All readings of one ``Prove``."""

    readings: tuple[Reading, ...]


Work = Describe | Score | Appraise | Evaluate | Prove
Result = Described | Scored | Appraised | Report | Proven
