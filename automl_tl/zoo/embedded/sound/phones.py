"""The phones that are synthesised: where each resonates, hisses and bursts.

Vowels after Peterson and Barney (JASA 24, 1952), men's means; consonants rounded from Klatt (JASA 67, 1980).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone: three ``formants`` in Hz, how loud its voice and its noise are, and how long it lasts in ms.

    ``noise_at`` and ``noise_width`` in Hz say where it hisses. A stop is ``closed`` for that long first.
    """

    formants: tuple[float, float, float]
    milliseconds: float
    voice: float
    noise: float
    noise_at: float
    noise_width: float
    closed: float


def _phone(
    formants: tuple[float, float, float],
    milliseconds: float,
    *,
    voice: float = 1.0,
    noise: tuple[float, float, float] = (0.0, 2000.0, 1000.0),
    closed: float = 0.0,
) -> Phone:
    """``noise``: how loud, where, how wide."""
    return Phone(
        formants=formants,
        milliseconds=milliseconds,
        voice=voice,
        noise=noise[0],
        noise_at=noise[1],
        noise_width=noise[2],
        closed=closed,
    )


VOWELS = {
    "iy": _phone((270, 2290, 3010), 140),
    "ih": _phone((390, 1990, 2550), 100),
    "eh": _phone((530, 1840, 2480), 120),
    "ae": _phone((660, 1720, 2410), 150),
    "aa": _phone((730, 1090, 2440), 150),
    "ao": _phone((570, 840, 2410), 150),
    "uh": _phone((440, 1020, 2240), 100),
    "uw": _phone((300, 870, 2240), 140),
    "ah": _phone((640, 1190, 2390), 110),
    "er": _phone((490, 1350, 1690), 140),
}
CONSONANTS = {
    "s": _phone((320, 1390, 2530), 120, voice=0, noise=(0.5, 6200, 1300)),
    "sh": _phone((300, 1840, 2750), 120, voice=0, noise=(0.5, 3400, 900)),
    "f": _phone((340, 1100, 2080), 110, voice=0, noise=(0.12, 5000, 4000)),
    "th": _phone((320, 1290, 2540), 110, voice=0, noise=(0.1, 6500, 2500)),
    "z": _phone((240, 1390, 2530), 90, voice=0.35, noise=(0.3, 6000, 1300)),
    "v": _phone((220, 1100, 2080), 70, voice=0.45, noise=(0.06, 4500, 4000)),
    "m": _phone((250, 1000, 2200), 80, voice=0.4),
    "n": _phone((250, 1700, 2600), 75, voice=0.4),
    "l": _phone((360, 1050, 2700), 70, voice=0.6),
    "r": _phone((310, 1060, 1380), 70, voice=0.6),
    "w": _phone((290, 610, 2150), 70, voice=0.6),
    "y": _phone((260, 2070, 3020), 70, voice=0.6),
    "p": _phone((400, 1100, 2150), 40, voice=0, noise=(0.25, 900, 900), closed=60),
    "t": _phone((400, 1600, 2600), 45, voice=0, noise=(0.4, 4500, 1800), closed=55),
    "k": _phone((300, 1990, 2850), 50, voice=0, noise=(0.35, 2200, 800), closed=55),
    "b": _phone((200, 1100, 2150), 15, voice=0.4, noise=(0.15, 700, 800), closed=45),
    "d": _phone((200, 1600, 2600), 15, voice=0.4, noise=(0.2, 3800, 1500), closed=45),
    "g": _phone((200, 1990, 2850), 20, voice=0.4, noise=(0.2, 2000, 800), closed=45),
}
PHONES = VOWELS | CONSONANTS
Word = tuple[str, ...]
"""A word by its phones; diphthongs are two vowels."""

DIGITS: tuple[Word, ...] = tuple(
    tuple(word.split())
    for word in (
        "z ih r ah uh",
        "w ah n",
        "t uw",
        "th r iy",
        "f ao r",
        "f aa ih v",
        "s ih k s",
        "s eh v ah n",
        "eh ih t",
        "n aa ih n",
    )
)
"""English zero to nine, which no pretraining says."""
