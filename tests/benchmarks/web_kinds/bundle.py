"""What a browser loads before it shows any page, by the sizes of the built files."""

from __future__ import annotations

import re
from pathlib import Path

from tests.benchmarks.report import note, table
from tunix_rt.http.pages import CLIENT, WEB

TARGET_KB = 250
LOADED = re.compile(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"')


def report() -> None:
    """Prints the sizes of what the page names."""
    files = [WEB / CLIENT / name for name in LOADED.findall((WEB / CLIENT / "index.html").read_text())]
    note(f"Loaded at first, kB; the target of JavaScript in gzip is at most {TARGET_KB}.")
    kinds = {"JavaScript": ".js", "CSS": ".css"}
    chosen = {label: [file for file in files if file.suffix == suffix] for label, suffix in kinds.items()}
    table(["", "files", "plain", "gzip", "brotli"], [[label, *sizes(found)] for label, found in chosen.items()])


def sizes(files: list[Path]) -> list[str]:
    """The number of files, and their size in each coding."""
    return [str(len(files)), *(f"{kilobytes(files, coding):.0f}" for coding in ("", ".gz", ".br"))]


def kilobytes(files: list[Path], coding: str = "") -> float:
    """The size of files in a coding; one that is stored plain only counts as it is."""
    coded = [file.with_name(file.name + coding) for file in files]
    return sum((at if at.exists() else file).stat().st_size for at, file in zip(coded, files, strict=True)) / 1000
