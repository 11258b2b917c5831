"""The browser of the end-to-end tests: the machine's own Chromium, or else the one that Playwright has installed.

As a program it prints where that is, and ends with status 1 where there is none.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

INSTALL = "make test installs Chromium; by hand, on Debian: apt-get install chromium"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
"""The options with which Chromium starts, so that it asks nobody on the network anything."""


def find_chromium(playwright: Playwright) -> str | None:
    """The path of Chromium's program, or None."""
    installed = shutil.which("chromium")
    own = playwright.chromium.executable_path
    return installed or (own if Path(own).exists() else None)


def main() -> int:
    """Prints the path of Chromium."""
    with sync_playwright() as playwright:
        found = find_chromium(playwright)
    print(found or INSTALL, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
