"""A shell is told what may follow, without what makes a command slow to start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from automl_tl.cli.commands import FILES
from automl_tl.cli.main import main

PROGRAM = [sys.executable, "-c", "from automl_tl.cli.main import main; main()"]


def completed(words: str) -> tuple[list[str], str]:
    """What bash would be offered after these words, and what was imported for it."""
    asked = {"_AUTOML_TL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = [sys.executable, "-X", "importtime", *PROGRAM[1:]]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **asked}, check=False)
    return [line.removeprefix("plain,") for line in done.stdout.splitlines()], done.stderr


def test_commands_are_offered_without_importing_them() -> None:
    offered, imported = completed("automl-tl re")

    assert offered == ["restore", "replay"]
    assert "automl_tl.cli.main" in imported
    assert not any(name in imported for name in ("automl_tl.cli.replay", " torch", " ray", " mlflow"))


def test_the_help_imports_no_command() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "automl_tl.cli.main", "--help"]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert all(f"\n  {name} " in done.stdout for name in FILES)
    assert not any(f"automl_tl.cli.{file}\n" in done.stderr for file in FILES.values())


def test_words_of_a_command_are_offered() -> None:
    offered, _ = completed("automl-tl jobs ca")

    assert set(offered) >= {"cancel", "card"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_a_shell_reads_lies_where_it_looks(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(SystemExit) as left:
        main(["completion", shell, "--install"])

    (written,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert left.value.code == 0
    assert f"_AUTOML_TL_COMPLETE={shell}_complete" in written.read_text()
    assert str(written) in capsys.readouterr().out
