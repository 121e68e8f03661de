"""What a page of ours shows its reader: blocks, commands, links."""

import re
import shlex

import click

from automl_tl.cli.elsewhere import OWN_OPTIONS
from automl_tl.cli.main import cli


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)


def commands(page: str, program: str) -> list[list[str]]:
    """The arguments of every call of a program: in console blocks, and in text as `program …`.

    A line may call it by its path, or through another program (`docker compose exec daemon program …`).
    """
    lines = [line for block in blocks(page, "console") for line in block.splitlines()]
    lines += re.findall(rf"`({re.escape(program)} [^`]+)`", page)
    calls = [shlex.split(line.removesuffix("&"), comments=True) for line in lines if program in line]
    places = [
        [place for place, word in enumerate(call) if word == program or word.endswith(f"/bin/{program}")]
        for call in calls
    ]
    return [call[found[-1] + 1 :] for call, found in zip(calls, places, strict=True) if found]


def links(page: str) -> list[str]:
    """The files that it links to, relative to it."""
    return re.findall(r"\]\(([^)#:]+)\)", page)


def parse(words: list[str]) -> None:
    """Raise what the command line says of words that it does not know; nothing is run."""
    command: click.Command = cli
    for option in OWN_OPTIONS & set(words):  # it may stand anywhere
        place = words.index(option)
        words = words[:place] + words[place + 2 :]
    while isinstance(command, click.Group) and words:  # a noun may be named alone
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command, words = found, words[1:]
    command.make_parser(click.Context(command)).parse_args(list(words))
