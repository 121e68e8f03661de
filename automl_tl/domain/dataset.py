"""What a dataset is once it is frozen: samples, splits, manifest."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from automl_tl.domain.finding import Finding


class Modality(StrEnum):
    """What a sample is."""

    IMAGE = "image"
    TEXT = "text"
    AUDIO = "audio"


class Split(StrEnum):
    """Who may look at a sample: see the table of splits in ARCHITECTURE.md."""

    TRAIN = "train"
    VALIDATION = "validation"
    RETEST = "retest"
    TEST = "test"


class OnLeak(StrEnum):
    """What to do with a sample that stands in training and in test."""

    DROP_TRAIN = "drop-train"
    REFUSE = "refuse"
    RESPLIT = "resplit"
    IGNORE = "ignore"


class Verdict(StrEnum):
    """What the data check found."""

    OK = "ok"
    REPAIRED = "repaired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the parts of a sample stand in a table; None: guessed or absent."""

    input: str | None = None
    label: str | None = None
    group: str | None = None
    split: str | None = None
    slice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSource:
    """What a person hands over: a folder or an archive, and how to read it."""

    path: str
    columns: Columns = Columns()
    on_leak: OnLeak = OnLeak.DROP_TRAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One frozen sample; ``path`` is relative to the manifest's root, ``size`` is in bytes.

    A sample that is a cell of a table has its ``column``, and its ``path`` names the row: ``train.csv:17``.
    """

    path: str
    size: int
    sha256: str
    label: str
    split: Split
    group: str | None = None
    slice: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The frozen list of a dataset's samples.

    ``samples`` are ordered by path, rows as they stand in their tables; ``classes`` are sorted, and a label's
    index in them is its target.
    ``fingerprint`` is the sha256 over modality, classes and every sample (hash, label, group, split) as
    it was frozen; samples that were forgotten since are still in it.
    """

    fingerprint: str
    dataset_name: str
    modality: Modality
    root: str
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]

    def indices(self, split: Split) -> tuple[int, ...]:
        """Positions in ``samples`` of one split, ascending."""
        return tuple(i for i, sample in enumerate(self.samples) if sample.split is split)

    def counts(self) -> dict[Split, int]:
        """How many samples each split has."""
        return dict(Counter(sample.split for sample in self.samples))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A file that was left out, and why, in one sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaks:
    """Samples of test that stand in training too, by kind."""

    exact: int = 0
    near: int = 0
    groups: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How large something is over all samples; 5 in 100 lie below ``low``, 5 in 100 above ``high``."""

    least: float
    low: float
    median: float
    high: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from the dataset-name's manifest before, in samples told by sha256."""

    added: int
    gone: int
    relabelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReport:
    """What the data check found; people read it as Markdown, scripts as JSON.

    ``notes`` tell what was done, ``findings`` what is worth a look and left as it is.
    """

    modality: Modality
    samples: int
    unreadable: int
    leaks: Leaks
    label_conflicts: int
    verdict: Verdict
    classes: dict[str, int]
    splits: dict[str, int]
    notes: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    findings: tuple[Finding, ...] = ()
    measures: dict[str, Measure] = field(default_factory=dict)
    changes: Changes | None = None
