"""Every embedded net by name, and the recipe that makes its weights again."""

from collections.abc import Callable, Sequence
from pathlib import Path

from automl_tl.errors import CandidateUnknown
from automl_tl.zoo.embedded.image import pretrain as pictures
from automl_tl.zoo.embedded.image.nets import NETS
from automl_tl.zoo.embedded.sound import pretrain as sounds
from automl_tl.zoo.embedded.sound.net import NET
from automl_tl.zoo.embedded.text import pretrain as texts
from automl_tl.zoo.embedded.text.net import NAME

OF_PICTURES = tuple(net.name for net in NETS)
NAMES = (*OF_PICTURES, NAME, NET.name)


def pretrain(
    names: Sequence[str], *, out: Path, seed: int, minutes: float | None, progress: Callable[[str], None]
) -> None:
    """Pretrain the nets called ``names`` (none: all) and write each to ``out / name``.

    With ``minutes`` each net gets about that long; without, each its own number of steps, and then the same
    seed gives the same weights on the same machine. Raises CandidateUnknown.
    """
    for name in names:
        if name not in NAMES:
            raise CandidateUnknown(f"there is no embedded net {name!r}, but {', '.join(NAMES)}")
    wanted = names or NAMES
    drawn = [name for name in wanted if name in OF_PICTURES]
    if drawn:
        pictures.pretrain(drawn, out=out, seed=seed, minutes=minutes, progress=progress)
    for name, recipe in ((NAME, texts.pretrain), (NET.name, sounds.pretrain)):
        if name in wanted:
            recipe(out=out, seed=seed, minutes=minutes, progress=progress)
