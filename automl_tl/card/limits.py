"""What a model may be used for, and where not to trust it: sentences that follow from facts alone."""

from collections.abc import Iterator

from automl_tl.card.figures import count, percent, percents
from automl_tl.card.values import Card
from automl_tl.domain.gate import Outcome

_NOUNS = {"image": "pictures", "text": "texts", "audio": "sounds"}
_KIN = {"image": "show the same thing", "text": "have one writer", "audio": "have one speaker"}
_FEW = 30  # sealed samples of a class: fewer tell little
_NAMED = 5


def limits(card: Card) -> tuple[str, ...]:
    """One sentence each; nothing is said that the card's figures do not show."""
    return (
        *_decision(card),
        *_classes(card),
        *_sight(card),
        *_sample(card),
        *_weak(card),
        *_sureness(card),
        *_rights(card),
    )


def _decision(card: Card) -> Iterator[str]:
    if card.outcome is Outcome.REFUSE:
        yield "The gate refused this model: do not serve it."
    elif card.outcome is Outcome.KEEP:
        yield "This model was not proven better than the champion, which goes on serving."
    elif card.outcome is Outcome.PENDING:
        yield "A person has yet to decide whether this model serves."


def _classes(card: Card) -> Iterator[str]:
    labels = [counts.label for counts in card.data.classes]
    if labels:
        named = ", ".join(labels[:_NAMED]) + (", …" if len(labels) > _NAMED else "")
        yield (
            f"It knows {count(len(labels), 'class', 'classes')} ({named}), "
            "and calls whatever it is shown one of them, with a probability."
        )


def _sight(card: Card) -> Iterator[str]:
    if card.image_size is not None and card.modality == "image":
        size = card.image_size
        yield f"It sees a picture at {size} × {size} pixels: what is smaller than that is lost on it."
    if card.length is not None and card.modality == "text":
        yield f"It reads the first {card.length} tokens of a text: what comes later is lost on it."


def _sample(card: Card) -> Iterator[str]:
    samples = count(card.proof.samples, "sealed sample")
    yield (
        f"Its figures come from {samples} of the same source as its training data; how it does on "
        f"{_NOUNS[card.modality]} from elsewhere was not measured."
    )
    if card.data.groups is None:
        yield (
            f"No groups were named: where several {_NOUNS[card.modality]} {_KIN[card.modality]}, they may "
            "stand in training and in test, and the figures are too good."
        )


def _weak(card: Card) -> Iterator[str]:
    if card.judged is None:
        return
    few = [judged for judged in card.judged.classes if judged.samples < _FEW]
    if few:
        named = ", ".join(f"{c.label} ({c.samples})" for c in few[:_NAMED])
        more = f" and {len(few) - _NAMED} more" if len(few) > _NAMED else ""
        yield f"Fewer than {_FEW} sealed samples tell of {named}{more}: little is known of it there."
    worst = next(iter(card.judged.worst(1)), None)
    if worst is not None and worst.recall is not None and worst.hits < worst.samples:
        yield (
            f"It is weakest on {worst.label}, of which it finds {percent(worst.recall)} "
            f"({percents(worst.interval)})."
        )


def _sureness(card: Card) -> Iterator[str]:
    if card.proof.calibration is not None:
        gap = percent(card.proof.calibration)
        yield f"Its probabilities are off by {gap} on average: take them for no more exact than that."


def _rights(card: Card) -> Iterator[str]:
    backbone = card.candidate
    if backbone.licence is None:
        weights = f"The licence of {backbone.id}'s weights"
        yield f"{weights} is not known: find it out before the model is passed on."
    else:
        yield f"{backbone.id}'s weights are under the licence {backbone.licence}."
    if backbone.pretraining_data is None:
        yield "What the backbone was pretrained on is not known, and what is wrong with it may show here."
    else:
        yield f"The backbone was pretrained on {backbone.pretraining_data}."
