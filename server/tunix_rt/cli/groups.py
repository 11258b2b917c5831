"""Groups of commands whose modules are imported only when a command is called, so that ``--help`` is fast."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem

DEFAULT = "\0"
"""The name of a group's default command, which cannot be typed."""


class LazyGroup(click.Group):
    """A group of commands that are in other modules.

    Args:
        summaries: the line of each command in the group's help.
        modules: the module of each command; each defines ``command``.
    """

    def __init__(self, name: str, help_: str, summaries: Mapping[str, str], modules: Mapping[str, str]) -> None:
        super().__init__(name, help=help_)
        self.summaries = summaries
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.summaries:
            return None
        command: click.Command = importlib.import_module(self.modules[cmd_name]).command
        if isinstance(command, click.Group):
            summarize(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in self.summaries or args[0].startswith("-") or ctx.resilient_parsing
        if not known:
            raise click.NoSuchCommand(args[0], possibilities=self.summaries, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in self.summaries if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=self.summaries[name]) for name in names), *options]


def summarize(group: click.Group) -> None:
    """Lets the group's help have the whole first sentence of each command, which click cuts to the width otherwise."""
    for command in group.commands.values():
        paragraph = " ".join((command.help or "").split("\n\n")[0].split())
        command.short_help = paragraph.split(". ")[0].removesuffix(".") + "."


class DefaultContext(click.Context):
    """The context of a default command, which has the command line of its group."""

    @property
    def command_path(self) -> str:
        return self.parent.command_path if self.parent else super().command_path


class DefaultGroup(click.Group):
    """A group whose first word may be an argument of its default command in place of a command's name.

    Args:
        default: the command that is called unless the first word names another one.
    """

    def __init__(self, name: str, default: click.Command) -> None:
        super().__init__(name, help=default.help)
        self.default = default
        default.context_class = DefaultContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_help = not args or args[0] in ctx.help_option_names
        if not is_help and args[0] not in self.commands and not ctx.resilient_parsing:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.default if cmd_name == DEFAULT else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return ("", self.default, args[1:]) if args[0] == DEFAULT else super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.default.format_usage(ctx, formatter)
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.default.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)
