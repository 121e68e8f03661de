"""A pretrained model the search may transfer, and what is known about it."""

from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.dataset import Modality
from automl_tl.domain.kernels import USUAL, Kernels
from automl_tl.domain.licence import ANY, LicencePolicy


class Source(StrEnum):
    """Where a candidate's weights come from: the word before the colon of ``source``."""

    TIMM = "timm"
    TRANSFORMERS = "transformers"
    LOCAL_DIR = "local-dir"
    EMBEDDED = "embedded"
    CHAMPION = "champion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A candidate's default way of being transferred; trial 0 of each candidate uses it.

    ``freeze_depth`` is a count of stages, a share such as ``"50%"``, or None for the space's own choice.
    ``learning_rate`` is AdamW's, for the backbone; None: the zoo's default for the family.
    """

    learning_rate: float | None = None
    freeze_depth: int | str | None = None
    head_learning_rate: float | None = None
    weight_decay: float | None = None
    augmentation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One entry of a search space.

    ``source`` reads ``kind:reference``; a ``local-dir`` reference is absolute once the space file is read.
    ``multiply_adds`` counts one forward pass of one sample, ``length`` the tokens of a text or the samples of
    a sound that are read (None: what the data ask for); ``upstream_accuracy`` is a share in [0, 1].
    ``modality`` is what it was pretrained on (None: its files tell, once it is opened). ``licences`` is what
    its space asks of the weights' licence. One that is opened ``for_sounds`` is shown their spectrograms
    where its weights were pretrained on pictures.
    """

    id: str
    source: str
    modality: Modality | None = None
    revision: str | None = None
    licence: str | None = None
    parameters: int | None = None
    multiply_adds: int | None = None
    upstream_accuracy: float | None = None
    pretraining_data: str | None = None
    image_size: int | None = None
    length: int | None = None
    for_sounds: bool = False
    recipe: Recipe = Recipe()
    licences: LicencePolicy = ANY

    @property
    def kind(self) -> Source:
        """The zoo that knows this candidate."""
        return Source(self.source.partition(":")[0])

    @property
    def reference(self) -> str:
        """What that zoo calls it."""
        return self.source.partition(":")[2]

    def can_read(self, modality: Modality) -> bool:
        """Whether it may be tried on such data, as far as its space says; nets of pictures see sounds too."""
        sees_sounds = self.modality is Modality.IMAGE and modality is Modality.AUDIO
        return self.modality in (None, modality) or sees_sounds


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """What a zoo found when it opened a candidate; a measurement, so stored before it is used.

    ``stage_multiply_adds`` has one entry a stage (forward, one sample), so the frozen share of depth d is
    ``sum(stage_multiply_adds[:d]) / multiply_adds``. ``latency_seconds`` is one sample's forward, batch of 1;
    ``stage_seconds`` (forward, by stage) and ``backward_seconds`` (of the whole backbone) are a sample's in a
    training batch on one worker, empty and None where they were not measured.
    ``kernels`` are those that were seen to pay where it trains; ``training_bytes`` is what a worker takes
    beside itself while all of it trains, at most, of ``device_bytes`` where that is a GPU's memory.
    ``image_size`` is that of pictures, ``length`` that of texts and sounds.
    """

    candidate: str
    stages: tuple[str, ...]
    parameters: int
    multiply_adds: int
    stage_multiply_adds: tuple[int, ...]
    features: int
    image_size: int | None
    learning_rate: float
    freeze_depth: int
    weights_sha256: str
    size_bytes: int
    licence: str | None = None
    revision: str | None = None
    latency_seconds: float | None = None
    kernels: Kernels = USUAL
    training_bytes: int | None = None
    device_bytes: int | None = None
    stage_seconds: tuple[float, ...] = ()
    backward_seconds: float | None = None
    length: int | None = None

    @property
    def prepared_bytes(self) -> int:
        """What one prepared sample takes, at most."""
        return 3 * (self.image_size or 0) ** 2 + 4 * (self.length or 0)

    def frozen_share(self, freeze_depth: int) -> float:
        """Share of the forward multiply-adds that depth ``freeze_depth`` freezes, in [0, 1]."""
        return sum(self.stage_multiply_adds[:freeze_depth]) / max(1, self.multiply_adds)


def why_refused(
    candidate: Candidate, *, stated: str | None, policy: LicencePolicy, is_local: bool
) -> str | None:
    """Why its licence forbids a candidate's use, None where it does not.

    ``policy`` is the operator's; ``stated`` is what the publisher of the weights says.
    """
    licences = (stated, candidate.licence)
    why = policy.why_not(licences, is_local=is_local)
    if why is not None:
        return f"{why}, say the settings of this machine"
    why = candidate.licences.why_not(licences, is_local=is_local)
    return None if why is None else f"{why}, says its space"
