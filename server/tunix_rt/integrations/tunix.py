"""The status of the training packages, by their metadata, without importing them.

Importing Tunix loads JAX, which takes seconds and hundreds of megabytes; the metadata are a small file.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

PINS = {
    "google-tunix": "0.1.7",
    "jax": "0.10.2",
    "flax": "0.12.8",
    "orbax-checkpoint": "0.12.8",
    "qwix": "0.1.8",
}
"""The trainer's packages in the verified versions; the same as in the extra ``tunix``."""

INSTALL = "pip install 'tunix-rt[tunix]'"
INSTALL_ELSEWHERE = '"$TUNIX_RT_TRAINER_PYTHON" -m pip install ' + " ".join(
    f"{name}=={version}" for name, version in PINS.items()
)
ASK_SECONDS = 10.0
KEPT_SECONDS = 60.0
PROBE = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True)
class TunixInstallation:
    """The status of the training packages.

    Args:
        version: the version of google-tunix; None if it is not installed.
        install_command: the command that installs it.
    """

    available: bool
    version: str | None
    message: str
    install_command: str


class NoAnswer(Exception):
    """Raised if the other interpreter does not answer; the message has the reason."""


class TunixProbe:
    """Returns the status, cached for a minute.

    Args:
        python: the interpreter that trains; empty for this one.
        clock: a monotonic clock in seconds.
    """

    def __init__(self, python: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._python = python
        self._known: TunixInstallation | None = None
        self._known_until = 0.0
        self._turn = asyncio.Lock()

    async def status(self) -> TunixInstallation:
        """Returns the status; takes up to ten seconds if another interpreter does not answer."""
        async with self._turn:
            if self._known is None or self._clock() >= self._known_until:
                self._known = await status_of(self._python)
                self._known_until = self._clock() + KEPT_SECONDS
            return self._known


async def status_of(python: str) -> TunixInstallation:
    """Returns the current status of an interpreter."""
    if not python:
        return describe(await asyncio.to_thread(installed_here), INSTALL)
    try:
        return describe(await installed_in(python), INSTALL_ELSEWHERE)
    except NoAnswer as error:
        return TunixInstallation(False, None, f"TUNIX_RT_TRAINER_PYTHON cannot be used: {error}.", INSTALL_ELSEWHERE)


def describe(found: Mapping[str, str], install_command: str) -> TunixInstallation:
    """Returns the status for the installed versions."""
    missing = [name for name in PINS if name not in found]
    if missing:
        message = f"Training needs packages that are not installed: {', '.join(missing)}. Install it: {install_command}"
        return TunixInstallation(False, found.get("google-tunix"), message, install_command)
    versions = ", ".join(f"{name} {found[name]}" for name in PINS)
    other = [f"{name} {version}" for name, version in PINS.items() if found[name] != version]
    tested = f" It was verified with {', '.join(other)}." if other else ""
    return TunixInstallation(
        True, found["google-tunix"], f"Training can run, with {versions}.{tested}", install_command
    )


def installed_here() -> dict[str, str]:
    """Returns the versions of the packages that this interpreter has."""
    found = {}
    for name in PINS:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


async def installed_in(python: str) -> dict[str, str]:
    """Returns the versions of the packages that another interpreter has.

    Raises:
        NoAnswer: the interpreter cannot be started, does not answer in time, or gives an unexpected answer.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            python,
            "-c",
            PROBE,
            *PINS,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise NoAnswer(f"it cannot be started ({error.strerror})") from None
    try:
        async with asyncio.timeout(ASK_SECONDS):
            answer, _ = await process.communicate()
    except TimeoutError:
        raise NoAnswer(f"it does not answer within {ASK_SECONDS:g} seconds") from None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return read_answer(answer)


def read_answer(answer: bytes) -> dict[str, str]:
    """Returns the versions in an interpreter's answer; raises as ``installed_in`` does."""
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NoAnswer("it is not a Python interpreter")
    return {str(name): str(version) for name, version in found.items()}
