"""The command ``completion``: what a shell reads to complete our commands and options."""

from pathlib import Path

import click
from click.shell_completion import get_completion_class

_PROGRAM, _VARIABLE = "automl-tl", "_AUTOML_TL_COMPLETE"
_PLACES = {
    "bash": Path("~/.local/share/bash-completion/completions/automl-tl"),
    "zsh": Path("~/.zfunc/_automl-tl"),
    "fish": Path("~/.config/fish/completions/automl-tl.fish"),
}


@click.command()
@click.argument("shell", type=click.Choice(list(_PLACES)))
@click.option("--install", is_flag=True, help="Write it where that shell looks for it, for you alone.")
@click.pass_context
def completion(context: click.Context, shell: str, install: bool) -> None:
    """Print what SHELL reads to complete commands and options.

    For this session alone, bash: source <(automl-tl completion bash).
    """
    kind = get_completion_class(shell)
    assert kind is not None and context.parent is not None
    source = kind(context.parent.command, {}, _PROGRAM, _VARIABLE).source()
    if not install:
        click.echo(source)
        return
    place = _PLACES[shell].expanduser()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(source)
    click.echo(f"{place} is written; a new {shell} reads it")
    if shell == "zsh":
        click.echo("~/.zshrc wants this before compinit: fpath+=(~/.zfunc)")
