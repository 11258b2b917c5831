"""``tunix-rt completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from tunix_rt.cli.choices import WordChoice

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "tunix-rt"
VARIABLE = "_TUNIX_RT_COMPLETE"


@click.command(name="completion")
@click.argument("shell", metavar="SHELL", type=WordChoice(SHELLS))
def command(shell: str) -> None:
    """Print a script that lets SHELL (bash, zsh or fish) complete commands, options and their values.

    Add the example's line to the start-up file of the shell, such as ~/.bashrc, with zsh in place of bash to ~/.zshrc.
    In ~/.config/fish/config.fish the line is: tunix-rt completion fish | source

    \b
    Example: eval "$(tunix-rt completion bash)"
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, PROGRAM, VARIABLE).source())
