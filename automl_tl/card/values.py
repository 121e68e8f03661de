"""What a model card tells, as values: every renderer reads these, and ``card.json`` is them."""

from dataclasses import dataclass, field

from automl_tl.domain.dataset import DataReport
from automl_tl.domain.gate import Outcome, Proof
from automl_tl.domain.trial import Configuration
from automl_tl.proof.confusion import Confusion


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCounts:
    """How many samples of one class each split has."""

    label: str
    splits: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The dataset; ``groups`` counts its groups, None where it names none."""

    source: str
    dataset_name: str
    fingerprint: str | None
    report: DataReport | None
    classes: tuple[ClassCounts, ...] = ()
    groups: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLine:
    """One candidate of the space, and why it was searched or left out.

    ``multiply_adds`` and ``latency_seconds`` are one sample's; ``best`` is its best value on validation.
    """

    id: str
    why: str
    is_in: bool
    trials: int = 0
    best: float | None = None
    parameters: int | None = None
    multiply_adds: int | None = None
    latency_seconds: float | None = None
    stages: int | None = None
    licence: str | None = None
    revision: str | None = None
    pretraining_data: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One trial of the leaderboard; ``seconds`` and ``multiply_adds`` are what its training cost."""

    trial: int
    configuration: Configuration
    stages: int | None
    origin: str
    state: str
    epochs: int
    validation: float
    train: float | None
    retest: float | None
    seconds: float
    multiply_adds: int
    is_challenger: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A retest sample that was called wrong.

    ``picture`` is a data URI, ``excerpt`` the beginning of a text; None where there is none to be shown.
    """

    sha256: str
    path: str
    true: str
    called: str
    probability: float
    of_true: float
    picture: str | None
    excerpt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """How many of retest's samples were called wrong, and the surest of them."""

    samples: int
    wrong: int
    shown: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the job cost, and what one answer costs.

    ``phases`` are wall seconds by phase. ``sample_seconds`` is one sample's time within a batch on the
    machine of the proof, ``latency_seconds`` one alone.
    """

    seconds: float
    phases: dict[str, float]
    trials: dict[str, int]
    epochs: int
    training_seconds: float
    training_multiply_adds: int
    size_bytes: int | None
    sample_seconds: float | None
    latency_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How to get at the model, each a few lines that can be pasted; ``python`` needs no automl-tl."""

    python: str
    client: str
    shell: str
    http: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that a decided job's card tells; values are the metric's, those of ``log_loss`` negated.

    ``details`` says more of a baseline by its name; ``curve`` holds (seconds since the first claim,
    best value on validation until then); ``failures`` are the commonest reasons of failed trials with their
    counts; ``judged`` is the challenger on the sealed test, ``mistakes`` come from retest.
    """

    job: str
    name: str
    metric: str
    modality: str
    outcome: Outcome
    reason: str
    version: int | None
    decided: float
    candidate: CandidateLine
    configuration: Configuration
    temperature: float
    validation: float | None
    retest: float | None
    data: Data
    candidates: tuple[CandidateLine, ...]
    leaderboard: tuple[Entry, ...]
    failures: tuple[tuple[str, int], ...]
    curve: tuple[tuple[float, float], ...]
    proof: Proof
    details: dict[str, str]
    judged: Confusion | None
    mistakes: Mistakes | None
    cost: Cost
    loading: Loading
    image_size: int | None = None
    length: int | None = None
    limits: tuple[str, ...] = field(default=())
