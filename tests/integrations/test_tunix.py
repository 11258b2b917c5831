"""``tunixStatus`` from package metadata of this interpreter or of another, without an import of Tunix."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tunix_rt.integrations import tunix as status
from tunix_rt.integrations.tunix import (
    INSTALL,
    INSTALL_ELSEWHERE,
    PINS,
    TunixInstallation,
    TunixProbe,
    describe,
    status_of,
)


def interpreter(folder: Path, script: str) -> str:
    """A program that is called as Python is."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def with_packages(folder: Path, versions: dict[str, str]) -> str:
    """A Python that has nothing but packages of these versions."""
    site = folder / "site"
    for name, version in versions.items():
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return interpreter(folder, f'PYTHONPATH="{site}" exec "{sys.executable}" -S "$@"')


def test_the_pins_are_the_extras():
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["tunix"]

    assert sorted(extra) == sorted(f"{name}=={version}" for name, version in PINS.items())


async def test_what_is_installed_here_is_reported():
    found = await status_of("")

    assert (found.available, found.version, found.install_command) == (True, PINS["google-tunix"], INSTALL)
    assert found.message == "Training can run, with " + ", ".join(f"{name} {PINS[name]}" for name in PINS) + "."


def test_asking_imports_nothing_of_it():
    code = (
        "import asyncio, sys; from tunix_rt.integrations.tunix import status_of; found = asyncio.run(status_of('')); "
        "print(found.available, sorted({'jax', 'tunix', 'flax', 'numpy'} & sys.modules.keys()))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout == "True []\n"


def test_what_is_missing_is_reported_with_the_line_that_installs_it():
    found = describe({"jax": "0.10.2", "flax": "0.12.8"}, INSTALL)

    assert (found.available, found.version) == (False, None)
    assert found.message == (
        f"Training needs packages that are not installed: google-tunix, orbax-checkpoint, qwix. Install it: {INSTALL}"
    )


def test_other_versions_than_the_verified_ones_are_reported():
    found = describe({**PINS, "jax": "0.12.0"}, INSTALL)

    assert found.available
    assert "jax 0.12.0" in found.message
    assert found.message.endswith("It was verified with jax 0.10.2.")


async def test_another_interpreter_is_asked(tmp_path: Path):
    found = await status_of(with_packages(tmp_path, {**PINS, "google-tunix": "0.1.6"}))

    assert (found.available, found.version, found.install_command) == (True, "0.1.6", INSTALL_ELSEWHERE)


async def test_another_interpreter_without_it(tmp_path: Path):
    found = await status_of(with_packages(tmp_path, {}))

    assert (found.available, found.version) == (False, None)
    assert found.message.endswith(INSTALL_ELSEWHERE)


@pytest.mark.parametrize(
    ("script", "reported"),
    [
        ("echo hello", "it is not a Python interpreter"),
        ("echo '[]'", "it is not a Python interpreter"),
        ("exit 3", "it is not a Python interpreter"),
        ("exec sleep 600", "it does not answer within 0.5 seconds"),
    ],
)
async def test_what_is_no_python_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reported: str
):
    if "sleep" in script:  # the others have the time that they need on a busy machine
        monkeypatch.setattr(status, "ASK_SECONDS", 0.5)
    found = await status_of(interpreter(tmp_path, script))

    assert not found.available
    assert found.message == f"TUNIX_RT_TRAINER_PYTHON cannot be used: {reported}."


async def test_an_interpreter_that_is_not_there_is_reported(tmp_path: Path):
    found = await status_of(str(tmp_path / "nothing"))

    assert found.message == "TUNIX_RT_TRAINER_PYTHON cannot be used: it cannot be started (No such file or directory)."


async def test_an_answer_is_kept_for_a_minute(tmp_path: Path):
    clock = [0.0]
    asked = tmp_path / "asked"
    probe = TunixProbe(interpreter(tmp_path, f"echo >> '{asked}'; echo '{{}}'"), lambda: clock[0])

    answers: list[TunixInstallation] = await asyncio.gather(*(probe.status() for _ in range(10)))
    clock[0] = 59.9
    assert await probe.status() is answers[0]
    assert asked.read_text() == "\n"
    clock[0] = 60.0
    await probe.status()
    assert asked.read_text() == "\n\n"
