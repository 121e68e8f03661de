"""The licence of a candidate's weights as far as small files on this machine state it."""

from pathlib import Path

from automl_tl.domain.candidate import Candidate, Source
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.zoo import hub
from automl_tl.zoo.card import read_json
from automl_tl.zoo.hub_licence import CARD, licence_in

EMBEDDED = Path(__file__).parent / "embedded" / "weights"


def licence_here(candidate: Candidate) -> str | None:
    """What ``config.json`` or a model card here states; None: nothing, or nothing is here."""
    if candidate.kind is Source.TRANSFORMERS:
        return _of_cache(candidate)
    if candidate.kind is Source.LOCAL_DIR:
        return _of_folder(Path(candidate.reference))
    return _of_folder(EMBEDDED / candidate.reference) if candidate.kind is Source.EMBEDDED else None


def _of_cache(candidate: Candidate) -> str | None:
    card = hub.path_here(candidate.reference, CARD, revision=candidate.revision, cache=None)
    return None if card is None else licence_in(card.read_text(encoding="utf-8", errors="replace"))


def _of_folder(folder: Path) -> str | None:
    try:
        config = read_json(folder / "config.json")
    except (CandidateUnknown, CandidateFailed):
        return None
    published = config.get("pretrained_cfg", config)
    stated = published.get("license") if isinstance(published, dict) else None
    if stated is None and (folder / CARD).is_file():
        return licence_in((folder / CARD).read_text(encoding="utf-8", errors="replace"))
    return str(stated) if stated else None
