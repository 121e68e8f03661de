"""Python's own documentation strings, labelled by what their module is about, for the demo and the tests."""

import csv
from pathlib import Path

from automl_tl.zoo.embedded.text.corpus import Passage, documentation

FAMILIES = {
    "concurrency": "asyncio concurrent multiprocessing queue sched selectors signal subprocess threading",
    "files": "bz2 dbm filecmp fileinput genericpath glob gzip io lzma ntpath os pathlib posixpath _pyio"
    " shelve shutil tarfile tempfile zipfile",
    "language": "ast bdb cProfile dataclasses dis doctest enum functools importlib inspect pdb pickletools"
    " pkgutil profile pydoc symtable tokenize trace traceback types typing unittest",
    "network": "cgi email ftplib http imaplib ipaddress mailbox nntplib poplib smtplib socket socketserver"
    " ssl telnetlib urllib wsgiref xmlrpc",
    "numbers": "bisect calendar colorsys datetime decimal _pydecimal fractions heapq numbers random"
    " statistics",
    "text": "argparse codecs configparser csv difflib encodings gettext html json locale optparse re shlex"
    " string textwrap xml",
    "windows": "curses tkinter turtle",
}
"""Top-level modules by family; a Python that lacks some has fewer samples."""


def write_documentation(folder: Path, *, limit: int | None = None) -> Path:
    """Write ``train.csv`` and ``test.csv`` (columns text, label) into ``folder``, and return it.

    Test samples are the passages that the embedded text net never saw; ``limit`` takes the first of each
    file. A folder that holds both files is taken to be complete.
    """
    parts = {"train": folder / "train.csv", "test": folder / "test.csv"}
    if all(path.is_file() for path in parts.values()):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rows = _labelled()
    for name, path in parts.items():
        kept = [row for row in rows if row[0].is_held_out == (name == "test")][:limit]
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("text", "label"))
            table.writerows((passage.text, family) for passage, family in kept)
    return folder


def _labelled() -> list[tuple[Passage, str]]:
    """Each docstring once, in an order of which any first part is a mixture; not what two families say."""
    families = {module: family for family, modules in FAMILIES.items() for module in modules.split()}
    passage_of: dict[str, Passage] = {}
    said_by: dict[str, set[str]] = {}
    for passage in documentation(of=families):
        passage_of[passage.text] = passage
        said_by.setdefault(passage.text, set()).add(families[passage.module.partition(".")[0]])
    clear = [(passage_of[text], said.pop()) for text, said in said_by.items() if len(said) == 1]
    return sorted(clear, key=lambda row: row[0].digest)
