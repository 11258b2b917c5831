"""Commands run within the tests' process, which is quicker than a process for each."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tests.support.program import Program, without_place
from tunix_rt.cli import main


@dataclass(frozen=True)
class Commands:
    """The command line with an environment.

    Attributes:
        environment: the settings.
    """

    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def on(cls, database_url: str, data_dir: Path) -> Commands:
        """Commands on a database."""
        return cls({"TUNIX_RT_DATABASE_URL": database_url, "TUNIX_RT_DATA_DIR": str(data_dir)})

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Returns the exit status of a command, its output and its messages."""
        output, messages = io.StringIO(), io.StringIO()
        with environment_of(self.environment), redirect_stdout(output), redirect_stderr(messages):
            try:
                main(list(arguments))
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
                return status, output.getvalue(), messages.getvalue()
        return 0, output.getvalue(), messages.getvalue()

    def succeed(self, *arguments: str) -> str:
        """Returns the output of a command that has to succeed."""
        status, output, messages = self.run(*arguments)
        assert status == 0, messages
        return output

    def refusal(self, *arguments: str, status: int = 1) -> str:
        """Returns the messages of a command that has to fail, without the line that names the place."""
        found, _, messages = self.run(*arguments)
        assert found == status, messages
        return without_place(messages)

    def json(self, *arguments: str) -> Any:
        """Returns what a command prints with ``--json``."""
        return orjson.loads(self.succeed(*arguments, "--json"))


def call(program: Program, *arguments: str) -> tuple[int, str, str]:
    """Returns what a command does with the settings of a program's processes; see ``Commands.run``."""
    settings = {name: value for name, value in program.environment.items() if name.startswith("TUNIX_RT_")}
    return Commands(settings).run(*arguments)


@contextmanager
def environment_of(settings: Mapping[str, str]) -> Iterator[None]:
    """Sets the settings in the environment until the end of the block."""
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
