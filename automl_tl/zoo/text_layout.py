"""Text models in transformers' layout: what they read, and how they are built."""

import hashlib
from typing import Any

from automl_tl.errors import CandidateFailed
from automl_tl.model.problem import ArtifactDamaged
from automl_tl.model.spec import TOKENIZER, TextPreprocessing
from automl_tl.model.text_backbone import LAST, MEAN
from automl_tl.model.text_preparer import vocabulary
from automl_tl.model.transformers_backbone import configuration
from automl_tl.zoo.card import Card

_USUAL_POSITIONS = 512
_FROM_PADDING = frozenset(  # these count positions from their padding's id on
    {"camembert", "data2vec-text", "ibert", "longformer", "mpnet", "roberta", "roberta-prelayernorm"}
    | {"xlm-roberta", "xlm-roberta-xl", "xmod"}
)


def preprocessing(card: Card, *, length: int | None) -> TextPreprocessing:
    """What the weights want to read: as many tokens as they have positions, or ``length``.

    Raises CandidateFailed: no tokenizer, one that gives ids the network does not know, too long.
    """
    content = card.files.get(TOKENIZER)
    if content is None:
        raise CandidateFailed(
            f"beside the weights of this {card.architecture} there is no {TOKENIZER}, the file of the library"
            " tokenizers, without which texts cannot be read"
        )
    config = configuration(card.architecture, dict(card.config))
    longest = _positions(card.architecture, config)
    if length is not None and length > longest:
        raise CandidateFailed(
            f"length {length}, but this {card.architecture} has positions for {longest} tokens"
        )
    try:
        ids = vocabulary(content)
    except ArtifactDamaged as damage:
        raise CandidateFailed(f"the tokenizer of this {card.architecture} is damaged: {damage}") from damage
    if ids > config.vocab_size:
        raise CandidateFailed(
            f"{TOKENIZER} gives {ids} ids, but this {card.architecture} knows {config.vocab_size} tokens"
        )
    digest = hashlib.sha256(content).hexdigest()
    return TextPreprocessing(length=length or longest, tokenizer=digest, vocabulary=ids)


def arguments(card: Card) -> dict[str, Any]:
    """What the backbone is built from; encoders are those that were pretrained on masked tokens."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES  # half a second

    config = {key: value for key, value in card.config.items() if not key.startswith("_")}
    is_encoder = card.architecture in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return {"config": config, "pooling": MEAN if is_encoder else LAST, **card.arguments}


def _positions(model_type: str, config: Any) -> int:
    found = int(getattr(config, "max_position_embeddings", 0) or _USUAL_POSITIONS)
    return found - (config.pad_token_id + 1) if model_type in _FROM_PADDING else found
