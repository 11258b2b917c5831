"""A newer version of the program: the same one, with further steps of the schema."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import tunix_rt
from tunix_rt.db.migrate import migrations_folder

STEP = '''
"""Changes what no program uses yet."""

import sqlalchemy as sa
from alembic import op

revision = "NEXT"
down_revision = "BEFORE"
phase = "PHASE"


def upgrade() -> None:
    UPGRADE


def downgrade() -> None:
    DOWNGRADE
'''
EXPANDS = ("expand", "pass")
CONTRACTS = ("contract", "pass")


def add_step(versions: Path, phase: str, up: str, down: str = "pass") -> str:
    """Puts a step behind the last one of a folder, and returns its revision."""
    before = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    following = f"{int(before) + 1:04}"
    parts = {"NEXT": following, "BEFORE": before, "PHASE": phase, "UPGRADE": up, "DOWNGRADE": down}
    source = STEP
    for name, value in parts.items():
        source = source.replace(name, value)
    (versions / f"{following}_made_up.py").write_text(source)
    return following


class NewerVersion:
    """A copy of the installed package with its migrations, to which steps can be added.

    Args:
        folder: where the copy is made.
    """

    def __init__(self, folder: Path) -> None:
        package = Path(tunix_rt.__file__).parent
        unneeded = shutil.ignore_patterns("__pycache__")
        self._package = folder / "tunix_rt"
        shutil.copytree(package, self._package, ignore=unneeded, copy_function=os.link)
        shutil.copytree(migrations_folder(), self._package / "migrations", ignore=unneeded, dirs_exist_ok=True)
        self.environment = {"PYTHONPATH": str(folder)}
        """What makes a Python start this version instead of the installed one."""

    def add_step(self, phase: str, up: str, down: str = "pass") -> str:
        """Adds a step, and returns its revision."""
        return add_step(self._package / "migrations" / "versions", phase, up, down)
