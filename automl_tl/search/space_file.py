"""Search-space files: the TOML that people write, read into a space or refused in one clear sentence."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import automl_tl
from automl_tl.domain.candidate import Candidate, CandidateFacts, Recipe, Source
from automl_tl.domain.dataset import Modality
from automl_tl.domain.licence import LicencePolicy
from automl_tl.domain.name import EXPECTED, is_name
from automl_tl.domain.space import Range, Space, depth
from automl_tl.errors import SpaceInvalid
from automl_tl.search.gate_table import read_gate
from automl_tl.search.licence_table import read_licences
from automl_tl.search.table import Table, shown, suggestion

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHARE = re.compile(r"\d+(\.\d+)?%")
_MAX_EPOCHS = 27
_MOST_EPOCHS = 10_000
_RANGES = ("learning_rate", "head_learning_rate", "weight_decay", "augmentation")
_RECIPE = ("learning_rate", "freeze_depth", "head_learning_rate", "weight_decay", "augmentation")
_TEXTS = ("id", "revision", "licence", "pretraining_data")
_CANDIDATE = (
    *("source", "modality", *_TEXTS, "parameters", "multiply_adds"),
    *("upstream_accuracy", "image_size", "recipe"),
)


def read_space(text: str, *, root: Path) -> Space:
    """The space that a TOML text describes; ``local-dir:`` paths start from ``root``. Raises SpaceInvalid."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpaceInvalid(f"the search space is not TOML: {error}") from None
    file = Table(values=values, where="the search space")
    file.expect(("space", "gate", "licence", "candidate"), needed=("space",))
    space = Table(values=values["space"], where="[space]")
    space.expect(("name", "freeze_depth", *_RANGES, "max_epochs", "head_start"), needed=("name",))
    ranges = {key: _range(space, key) for key in _RANGES if space.has(key)}
    return Space(
        name=_name(space),
        candidates=_under(
            read_licences(Table(values=values.get("licence", {}), where="[licence]")),
            _candidates(values.get("candidate", []), root=root),
        ),
        freeze_depth=_freeze_depths(space),
        max_epochs=space.count("max_epochs", low=1, high=_MOST_EPOCHS) or _MAX_EPOCHS,
        head_start=space.truth("head_start") if space.has("head_start") else True,
        gate=read_gate(Table(values=values.get("gate", {}), where="[gate]")),
        **ranges,
    )


def find_space(name_or_path: str) -> tuple[str, Path]:
    """The text of a space file, and the folder its relative paths start from.

    A path is read as it is; a bare name is looked up among the spaces that come with the project. Raises
    SpaceInvalid.
    """
    path = Path(name_or_path).expanduser()
    known = {file.stem: file for file in spaces()}
    if name_or_path in known:
        path = known[name_or_path]
    elif path.suffix != ".toml" and not path.is_file():
        raise SpaceInvalid(f'no search space is called "{name_or_path}"; {suggestion(name_or_path, known)}')
    try:
        return path.read_text(encoding="utf-8"), path.absolute().parent
    except FileNotFoundError:
        raise SpaceInvalid(f"the search space {path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpaceInvalid(f"the search space {path} cannot be read: {error}") from None


def spaces() -> tuple[Path, ...]:
    """The space files that come with the project, by name."""
    package = Path(automl_tl.__file__).parent
    # Installed, the folder lies inside the package; in a checkout it lies beside it.
    folders = (package / "search_spaces", package.parent / "search_spaces")
    return tuple(sorted(next((f for f in folders if f.is_dir()), folders[0]).glob("*.toml")))


def check_space(space: Space, facts: Mapping[str, CandidateFacts]) -> None:
    """See that every freeze depth exists in every candidate that was opened; raises SpaceInvalid."""
    for candidate in space.candidates:
        if candidate.id not in facts:
            continue
        stages = len(facts[candidate.id].stages)
        wanted = () if isinstance(space.freeze_depth, str) else space.freeze_depth
        for entry in (*wanted, candidate.recipe.freeze_depth or 0):
            try:
                depth(entry, stages=stages)
            except ValueError:
                sentence = f"freeze depth {entry}, but {candidate.id} has {stages} stages"
                raise SpaceInvalid(sentence) from None


def _name(space: Table) -> str:
    name = space.text("name") or ""
    if not is_name(name):
        raise space.wrong("name", EXPECTED)
    return name


def _freeze_depths(space: Table) -> str | tuple[int | str, ...]:
    entries = space.values.get("freeze_depth", "every")
    if entries == "every":
        return "every"
    if not isinstance(entries, list) or not entries or not all(_is_depth(entry) for entry in entries):
        raise space.wrong(
            "freeze_depth", '"every", or counts such as [0, 2], or shares such as ["0%", "50%"]'
        )
    return tuple(entries)


def _is_depth(entry: object) -> bool:
    if isinstance(entry, str):
        return bool(_SHARE.fullmatch(entry)) and float(entry.rstrip("%")) <= 100
    return isinstance(entry, int) and not isinstance(entry, bool) and entry >= 0


def _range(space: Table, key: str) -> Range:
    if not isinstance(space.values[key], Mapping):
        raise space.wrong(key, "a table such as { low = 0.03, high = 30, log = true }")
    table = space.table(key)
    table.expect(("low", "high", "log", "relative"), needed=("low", "high"))
    if table.has("relative") and key != "learning_rate":
        raise SpaceInvalid(f'only learning_rate can be "relative", but {table.where} is')
    at_most = 1.0 if key == "augmentation" else float("inf")
    low = table.number("low", low=0.0, high=at_most) or 0.0
    high = table.number("high", low=0.0, high=at_most) or 0.0
    is_log = table.truth("log")
    if low > high:
        raise SpaceInvalid(f"{table.where} goes from {low:g} down to {high:g}; expected low ≤ high")
    if low <= 0 and (is_log or key.endswith("learning_rate")):
        why = " on a log scale" if is_log else ""
        raise SpaceInvalid(f"low in {table.where} is {low:g}; expected a number above 0{why}")
    return Range(low=low, high=high, log=is_log, relative=table.truth("relative"))


def _candidates(entries: object, *, root: Path) -> tuple[Candidate, ...]:
    if not isinstance(entries, list):
        raise SpaceInvalid(
            "the candidates are not a list of tables; expected each to begin with [[candidate]]"
        )
    if not entries:
        raise SpaceInvalid("the search space has no candidate; expected at least one [[candidate]]")
    read = [
        _candidate(Table(values=entry, where=f"[[candidate]] {position}"), root=root)
        for position, entry in enumerate(entries, start=1)
    ]
    named = [candidate.id for candidate in read if candidate.id]
    for id in named:
        if named.count(id) > 1:
            raise SpaceInvalid(f'two candidates have the id "{id}"; expected each id once')
    taken = set(named)
    return tuple(c if c.id else replace(c, id=_free_id(c.reference, taken=taken)) for c in read)


def _under(licences: LicencePolicy, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    return tuple(replace(candidate, licences=licences) for candidate in candidates)


def _candidate(table: Table, *, root: Path) -> Candidate:
    table.expect(_CANDIDATE, needed=("source",))
    texts: dict[str, Any] = {key: table.text(key) for key in _TEXTS}
    id = texts.pop("id") or ""
    if id and not _ID.fullmatch(id):
        raise table.wrong("id", "1 to 100 of letters, digits, '.', _ and -")
    return Candidate(
        id=id,
        source=_source(table, root=root),
        modality=_modality(table),
        parameters=table.count("parameters", low=1),
        multiply_adds=table.count("multiply_adds", low=1),
        upstream_accuracy=table.number("upstream_accuracy", low=0.0, high=1.0),
        image_size=table.count("image_size", low=8, high=4096),
        recipe=_recipe(table.table("recipe")),
        **texts,
    )


def _source(table: Table, *, root: Path) -> str:
    source = table.text("source") or ""
    kind, colon, reference = source.partition(":")
    if not colon or not reference.strip():
        raise table.wrong("source", "a kind and a name, such as timm:resnet18")
    if kind not in tuple(Source):
        raise SpaceInvalid(f"source in {table.where} is {shown(source)}; {suggestion(kind, Source)}")
    if kind == Source.CHAMPION and not is_name(reference):
        raise table.wrong("source", "champion: and a model's name, such as champion:digits")
    if kind != Source.LOCAL_DIR:
        return source
    return f"{kind}:{os.path.normpath(root.absolute() / reference)}"


def _modality(table: Table) -> Modality | None:
    word = table.text("modality")
    if word is not None and word not in tuple(Modality):
        raise table.wrong("modality", f"one of {', '.join(Modality)}")
    return None if word is None else Modality(word)


def _recipe(table: Table) -> Recipe:
    table.expect(_RECIPE)
    wanted = table.values.get("freeze_depth")
    if wanted is not None and not _is_depth(wanted):
        raise table.wrong("freeze_depth", 'a count of stages or a share such as "50%"')
    return Recipe(
        learning_rate=table.positive("learning_rate"),
        freeze_depth=wanted if isinstance(wanted, int | str) else None,
        head_learning_rate=table.positive("head_learning_rate"),
        weight_decay=table.number("weight_decay", low=0.0),
        augmentation=table.number("augmentation", low=0.0, high=1.0),
    )


def _free_id(reference: str, *, taken: set[str]) -> str:
    """The last part of a reference, numbered where it is taken already; the id joins ``taken``."""
    last = re.sub(r"[^A-Za-z0-9._-]+", "-", reference.rstrip("/").rpartition("/")[2]).strip(".-_")[:90]
    id = last = last or "candidate"
    number = 2
    while id in taken:
        id = f"{last}-{number}"
        number += 1
    taken.add(id)
    return id
