"""Somebody who runs every command of a page as it stands there, in a folder with data of their own."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
import forked_runners
import pytest
from patience import WAIT_SECONDS
from real_daemon import RealDaemon
from shown import blocks

from automl_tl.cli.main import cli, main
from automl_tl.client.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line to type: what is set for it, the program, its words."""

    text: str
    sets: Mapping[str, str]
    program: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Line":
        """A line of a shell, its remark left out."""
        words = shlex.split(text, comments=True)
        count = next(place for place, word in enumerate(words) if not re.match(r"[A-Z_]+=", word))
        sets = {name: value for name, _, value in (word.partition("=") for word in words[:count])}
        return cls(text=" ".join(words), sets=sets, program=words[count], words=tuple(words[count + 1 :]))


def lines(page: str) -> Iterator[Line]:
    """What its consoles show, then what its text shows as `automl-tl …`, but for what only names a noun."""
    for block in blocks(page, "console"):
        yield from map(Line.of, filter(None, block.splitlines()))
    shown = map(Line.of, re.findall(r"`(automl-tl [^`]+)`", page))
    yield from (line for line in shown if not _names_a_noun(line.words))


def _names_a_noun(words: tuple[str, ...]) -> bool:
    command: click.Command | None = cli
    for word in words:
        if not isinstance(command, click.Group):
            return False
        command = command.get_command(click.Context(command), word)
    return isinstance(command, click.Group)


Way = Callable[["Reader", list[str]], object]
"""How a command is run for which its words alone do not do."""


@dataclass(kw_only=True)
class Reader:
    """Who follows pages. ``stands_for`` are words in whose place each reader writes their own; ``ways`` are
    kept by the beginning of a command, the longest that fits counts; ``elsewhere`` are lines that another
    test runs, or nothing here can.
    """  # fmt: skip

    folder: Path
    home: Path
    capture: pytest.CaptureFixture[str]
    environment: pytest.MonkeyPatch
    ways: Mapping[str, Way]
    elsewhere: Mapping[str, str]
    stands_for: dict[str, str] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    daemon: RealDaemon | None = None

    def follow(self, page: str) -> None:
        """Run all that it shows, from top to bottom, but for what the reader knows from an earlier page."""
        for line in lines(page):
            is_known = line.text in self.ran and line.words != ("serve",)
            if is_known or any(line.text.startswith(start) for start in self.elsewhere):
                continue
            self._set({name: self._own(value) for name, value in line.sets.items()})
            words = [self._own(word) for word in line.words]
            if line.program == "export":
                self._set(dict(word.split("=", 1) for word in words))
                continue
            assert line.program == "automl-tl", f"nobody runs {line.text}"
            self._way(words)(self, words)
            self.ran.add(line.text)

    def call(self, *words: str, ends: frozenset[int] = frozenset({0})) -> str:
        """What a command prints, run here; its exit status is among ``ends``."""
        self.capture.readouterr()
        with pytest.raises(SystemExit) as left:
            main(words)
        said = self.capture.readouterr()
        assert left.value.code in ends, f"automl-tl {shlex.join(words)}: {said.err or said.out}"
        return said.out

    def serve(self) -> None:
        """The daemon, on a port that is free and with forked runners; one that ran ends first."""
        self.end()
        self.daemon = RealDaemon(self.home, environment={}, program=[forked_runners.__file__])
        self.daemon.client().close()

    def end(self) -> None:
        """The daemon ends."""
        if self.daemon is not None:
            self.daemon.process.terminate()
            self.daemon.process.wait(WAIT_SECONDS)
            self.daemon = None

    def client(self) -> Client:
        """A client of it."""
        return Client(home=self.home)

    def _own(self, word: str) -> str:
        for shown, own in self.stands_for.items():
            word = own if word == shown else word.replace(shown, own) if "/" in shown else word
        return word

    def _set(self, sets: Mapping[str, str]) -> None:
        for name, value in sets.items():
            self.environment.setenv(name, value)

    def _way(self, words: list[str]) -> Way:
        said = shlex.join(words)
        fitting = [start for start in self.ways if said == start or said.startswith(f"{start} ")]
        return self.ways[max(fitting, key=len)] if fitting else _as_it_stands


def _as_it_stands(reader: Reader, words: list[str]) -> None:
    reader.call(*words)
