"""Candidates whose weights lie in this package."""

from pathlib import Path

from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateUnknown
from automl_tl.model.preparer import Preparer
from automl_tl.zoo.base import Backbone
from automl_tl.zoo.local_dir import read_folder
from automl_tl.zoo.opening import open_backbone, open_facts, open_preparer
from automl_tl.zoo.weights import find_weights

FOLDER = Path(__file__).parent / "embedded" / "weights"


class EmbeddedZoo:
    """The tiny nets of this package; ``folder`` holds one folder a net, in timm's local-dir layout."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def load(self, candidate: Candidate, *, pretrained: bool = True) -> Backbone:
        """The backbone; not ``pretrained``: freshly drawn random weights."""
        return open_backbone(read_folder(self._of(candidate)), candidate, pretrained=pretrained)

    def facts(self, candidate: Candidate) -> CandidateFacts:
        """What the candidate is and costs."""
        return open_facts(read_folder(self._of(candidate)), candidate)

    def preparer(self, candidate: Candidate) -> Preparer:
        """What makes samples ready for the candidate."""
        return open_preparer(read_folder(self._of(candidate)), candidate)

    def weights(self, candidate: Candidate) -> Path:
        """The safetensors file."""
        return find_weights(self._of(candidate))

    def fetch(self, candidate: Candidate, *, progress: Progress | None = None) -> None:
        """Nothing: it is here."""
        self.weights(candidate)

    def licence(self, candidate: Candidate) -> str | None:
        """What stands in the net's ``config.json``."""
        return read_folder(self._of(candidate)).licence

    def is_here(self, candidate: Candidate) -> bool:
        """Always."""
        return True

    def names(self) -> tuple[str, ...]:
        """Every net there is, by name."""
        return tuple(sorted(path.parent.name for path in self._folder.glob("*/config.json")))

    def _of(self, candidate: Candidate) -> Path:
        if candidate.reference not in self.names():
            raise CandidateUnknown(
                f"there is no embedded net {candidate.reference!r}, but {', '.join(self.names()) or 'none'}"
            )
        return self._folder / candidate.reference
