"""The datasets of ``make demo``, one a modality, all made on this machine."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automl_tl.domain.dataset import Modality
from automl_tl.domain.prediction import Written

_SHOWN = 60  # characters of a text
_TEXTS = 600  # to learn from, and as many to be tested on: of more, counted words are enough


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSet:
    """``write`` lays the dataset ``name`` down, which ``told`` says; ``example`` finds a sample to ask about.

    The example comes with what it is called on the screen.
    """

    name: str
    told: str
    write: Callable[[Path], object]
    example: Callable[[Path], tuple[Path | Written, str]]


def _write_digits(folder: Path) -> None:
    from automl_tl.proof.digits import write_digits  # scikit-learn: seconds

    write_digits(folder)


def _write_documentation(folder: Path) -> None:
    from automl_tl.proof.documentation import write_documentation

    write_documentation(folder, limit=_TEXTS)


def _write_spoken_digits(folder: Path) -> None:
    from automl_tl.proof.spoken_digits import write_spoken_digits

    write_spoken_digits(folder)


def _picture(dataset: Path) -> tuple[Path | Written, str]:
    found = sorted((dataset / "7").glob("*.png"))[0]
    return found, str(found.relative_to(dataset.parent))


def _sound(dataset: Path) -> tuple[Path | Written, str]:
    found = sorted((dataset / "test" / "7").glob("*.wav"))[0]
    return found, str(found.relative_to(dataset.parent))


def _text(dataset: Path) -> tuple[Path | Written, str]:
    with (dataset / "test.csv").open(newline="", encoding="utf-8") as file:
        text = next(csv.DictReader(file))["text"]
    return Written(text=text), f"“{' '.join(text.split())[:_SHOWN]} …”"


DEMO_SETS = {
    Modality.IMAGE: DemoSet(
        name="digits",
        told="Drawing scikit-learn's 1,797 handwritten digits as an image folder …",
        write=_write_digits,
        example=_picture,
    ),
    Modality.TEXT: DemoSet(
        name="documentation",
        told="Reading 1,200 docstrings of Python's standard library, labelled by what their modules do …",
        write=_write_documentation,
        example=_text,
    ),
    Modality.AUDIO: DemoSet(
        name="spoken-digits",
        told="Synthesising spoken digits: 30 voices to learn from, 20 others as the test; nobody real …",
        write=_write_spoken_digits,
        example=_sound,
    ),
}
