"""How samples of a modality are varied before a network reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.model.spec import ImagePreprocessing, Preprocessing, TextPreprocessing
from automl_tl.training.augment import augment, viewed
from automl_tl.training.mixing import mixing_alpha
from automl_tl.training.sound_augment import augment_sounds, viewed_sounds

Vary = Callable[..., Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What stands for augmentation of prepared samples [B, *shape].

    ``noun`` names what is varied, if it ``does_vary``. ``augment`` takes a batch, ``strength`` and
    ``randomness``; ``viewed`` a batch, ``samples`` and ``view``; ``alpha`` says how much samples are mixed
    at a strength.
    """

    noun: str
    augment: Vary
    viewed: Vary
    alpha: Callable[[float], float]
    does_vary: bool = True


def variation_of(preprocessing: Preprocessing) -> Variation:
    """The one of a modality."""
    return _VARIATIONS[type(preprocessing)]


_VARIATIONS = {
    ImagePreprocessing: Variation(
        noun="pixels", augment=augment, viewed=viewed, alpha=partial(mixing_alpha, of_activations=False)
    ),
    # Another token is another text; and ids cannot be mixed.
    TextPreprocessing: Variation(
        noun="tokens",
        augment=lambda texts, **_: texts,
        viewed=lambda texts, **_: texts,
        alpha=lambda strength: 0.0,
        does_vary=False,
    ),
    SoundPreprocessing: Variation(
        noun="sounds",
        augment=augment_sounds,
        viewed=viewed_sounds,
        alpha=partial(mixing_alpha, of_activations=False),
    ),
}
