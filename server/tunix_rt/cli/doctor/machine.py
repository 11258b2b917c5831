"""Checks of this machine: Python, packages, folders, disk, port."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tunix_rt import __version__
from tunix_rt.cli.doctor.findings import Finding, note, ok, problem
from tunix_rt.cli.output.values import bytes_of
from tunix_rt.cli.serving.listening import bind
from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings

PYTHON_LOWEST = (3, 11)
EXTRAS = {"parquet": "pyarrow", "answers": "math-verify", "storage": "obstore"}
"""The optional parts, and the package of each."""
WRITTEN = ("artifacts", "exports", "generations", "prompts", "runs", "secret", "workers")
"""What servers and workers write in a data folder, beside its database."""


def machine_findings(settings: Settings) -> Iterator[Finding]:
    """Yields the findings about this machine."""
    yield python_finding()
    for extra, package in EXTRAS.items():
        yield package_finding(extra, package)
    yield folder_finding("data folder", settings.data_dir)
    yield from written_findings(settings.data_dir)
    storage = urlsplit(settings.storage_url)
    if storage.scheme == "file":
        yield folder_finding("storage folder", Path(unquote(storage.path)))
    yield disk_finding(settings)
    yield models_folder_finding(settings)
    yield port_finding(settings)


def python_finding() -> Finding:
    """Checks the versions of Python and of this program."""
    text = f"Python {platform.python_version()}, tunix-rt {__version__}"
    if sys.version_info < PYTHON_LOWEST:
        return problem("python", text, "Install Python 3.11 or newer.")
    return ok("python", text)


def package_finding(extra: str, package: str) -> Finding:
    """Checks whether the package of an optional part is installed."""
    try:
        return ok(extra, f"{package} {version(package)}")
    except PackageNotFoundError:
        return note(extra, f"{package} is not installed", f"If you need it: pip install 'tunix-rt[{extra}]'")


def folder_finding(name: str, folder: Path) -> Finding:
    """Checks whether a folder can be written, or created if it is missing."""
    if not is_there(folder):
        parent = existing_parent(folder)
        if os.access(parent, os.W_OK | os.X_OK):
            return note(name, f"{folder.absolute()} does not exist yet", "`tunix-rt serve` creates it.")
        return problem(name, f"{folder.absolute()} cannot be created", f"Allow writing to {parent}, or use --data-dir.")
    if not folder.is_dir():
        return problem(name, f"{folder.absolute()} is not a folder", "Use --data-dir for another one.")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return problem(name, f"{folder.absolute()} cannot be written", "Allow this user to read and write it.")
    return ok(name, f"{folder.absolute()} can be written")


def written_findings(folder: Path) -> Iterator[Finding]:
    """Yields a problem for each part of a data folder that this user cannot write, such as what root has made."""
    for place in (folder.absolute() / name for name in WRITTEN):
        if is_there(place) and not os.access(place, os.R_OK | os.W_OK):
            advice = "Allow this user to read and write it, and all that is in it."
            yield problem(place.name, f"{place} cannot be written", advice)


def existing_parent(folder: Path) -> Path:
    """Returns the nearest folder above one that exists."""
    return next(parent for parent in folder.absolute().parents if is_there(parent))


def is_there(path: Path) -> bool:
    """Returns whether a path exists, as far as this user may look."""
    return os.access(path, os.F_OK)


def disk_finding(settings: Settings) -> Finding:
    """Checks the free space on the disk of the data folder."""
    folder = settings.data_dir.absolute()
    free = shutil.disk_usage(folder if is_there(folder) and folder.is_dir() else existing_parent(folder)).free
    if free < settings.disk_free_min_bytes:
        least = bytes_of(settings.disk_free_min_bytes)
        return problem("disk", f"{bytes_of(free)} free, less than {least}", "Free space, or move the data folder.")
    return ok("disk", f"{bytes_of(free)} free")


def models_folder_finding(settings: Settings) -> Finding:
    """Checks the folder of base models, which is optional."""
    folder = settings.models_folder
    if not is_there(folder) or not folder.is_dir():
        advice = "Set TUNIX_RT_MODELS_DIR to a folder of models, or train tiny-random/qwen3."
        return note("models folder", f"{folder.absolute()} does not exist", advice)
    return ok("models folder", str(folder.absolute()))


def port_finding(settings: Settings) -> Finding:
    """Checks whether the port of `serve` is free."""
    try:
        bind(settings).close()
    except SettingsError as error:
        return note("port", error.message, "It may be a running server. For another one: tunix-rt serve --port PORT")
    return ok("port", f"{settings.host}:{settings.port} is free")
