"""Trials: the given tests, run in forks of this process, each with another source of one module."""

from __future__ import annotations

import enum
import importlib
import importlib.util
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, NoReturn, Self

from tests.support.repository import ROOT
from tests.tools.mutation.dependents import imported_by_forks, name_of
from tests.tools.mutation.sharing import Shared, Sharing

SERVER = ROOT / "server"
WARM_SECONDS = 600.0
MEMORY_BYTES = 16_000_000_000
FORKS_BADLY = ("jax", "jaxlib", "tunix", "torch", "tests", "pytest", "_pytest")
"""Packages that each fork imports itself: they start threads, or keep the state of a session."""

ARGUMENTS = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0")
IGNORED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


class Outcome(enum.Enum):
    """The result of the tests with a change."""

    NOTICED = "noticed"
    HUNG = "hung"
    SURVIVED = "survived"


class Changed(SourceFileLoader):
    """Loads one module from a source that is in no file."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compiles the source."""
        return compile(self._source, self.path, "exec")


class Finder:
    """Finds one module, whose source is given."""

    def __init__(self, name: str, file: Path, source: str) -> None:
        self._name, self._file, self._source = name, file, source

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Finds it if it is the one."""
        if name != self._name:
            return None
        loader = Changed(name, str(self._file), self._source)
        return importlib.util.spec_from_file_location(name, self._file, loader=loader)


class Trials:
    """Runs tests with changed sources of one module. A context: its end removes all that the runs left behind.

    Args:
        file: the module's.
        tests: arguments of pytest.
        root: the folder that the module is imported from.
    """

    def __init__(self, file: Path, tests: list[str], root: Path = SERVER) -> None:
        self._file, self._tests, self._name, self._root = file, tests, name_of(file, root), root
        self._folder = Path(tempfile.mkdtemp(prefix="tunix-rt-mutants-"))
        self._shared = Shared(self._folder)
        self.output = self._folder / "output.txt"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shared.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def warm(self) -> float | None:
        """Runs the tests unchanged, and imports and starts here what they did, but for what forks have to import.

        Returns the seconds that a further run takes, or None if they fail.
        """
        source = self._file.read_text()
        if self.attempt(source, WARM_SECONDS) is not Outcome.SURVIVED:
            return None
        seen = json.loads((self._folder / "seen.json").read_text())
        self._shared.start(seen["fixtures"])
        self._import(seen["modules"])
        start = time.monotonic()
        return time.monotonic() - start if self.attempt(source, WARM_SECONDS) is Outcome.SURVIVED else None

    def _import(self, names: list[str]) -> None:
        unsafe = imported_by_forks(self._name, self._root)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name in names:
                if name not in unsafe and name.partition(".")[0] not in FORKS_BADLY:
                    with suppress(Exception):
                        importlib.import_module(name)
        if self._name in sys.modules:  # a package that imports whatever is in it; all or nothing, for what they share
            for name in [name for name in sys.modules if name.partition(".")[0] == self._name.partition(".")[0]]:
                del sys.modules[name]

    def attempt(self, source: str, deadline: float) -> Outcome:
        """Runs the tests with a source of the module, for at most ``deadline`` seconds."""
        child = os.fork()
        if child == 0:
            self._run(source)
        handle, status = os.pidfd_open(child), 0
        try:
            ended = bool(select.select([handle], [], [], deadline)[0])
        finally:
            os.close(handle)
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # also what the tests have started
            _, status = os.waitpid(child, 0)
        if not ended:
            return Outcome.HUNG
        return Outcome.SURVIVED if status == 0 else Outcome.NOTICED

    def _run(self, source: str) -> NoReturn:
        """Runs the tests in a fork, which ends with them."""
        status = 99
        try:
            os.setsid()
            output = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            sys.path.insert(0, str(self._root))
            sys.meta_path.insert(0, Finder(self._name, self._file, source))
            status = self._pytest()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _pytest(self) -> int:
        import pytest

        sharing = Sharing(self._shared)
        temporary = f"--basetemp={self._folder / 'temporary'}"
        status = int(pytest.main([*ARGUMENTS, *IGNORED, temporary, *self._tests], plugins=[sharing]))
        seen: dict[str, Any] = {"modules": list(sys.modules), "fixtures": sorted(sharing.seen)}
        (self._folder / "seen.json").write_text(json.dumps(seen))
        return status
