"""The tool behind ``make mutants``: its changes, and what it imports before a fork."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.repository import ROOT
from tests.tools.mutation.changes import changes_of, effect_of
from tests.tools.mutation.dependents import dependents_of, imported_by_forks

SOURCE = '''"""Compares numbers."""

from __future__ import annotations

def less(a: int | str, b: int) -> bool:
    """Compares."""
    return a < b
'''

TEST = """
def test():
    from few.sums import double

    assert double(2) == 4
"""

PROGRAM = """
import sys
from pathlib import Path

from tests.tools.mutation.forks import Trials

file, folder = map(Path, sys.argv[1:])
with Trials(file, [str(folder), f"--rootdir={folder}"], root=file.parents[1]) as trials:
    for body, deadline in (("return 5", 90), ("return number * number", 90), ("while True: pass", 1)):
        print(trials.attempt("def double(number):\\n    " + body, deadline).name)
"""


def test_changes_have_an_effect_and_are_distinct():
    changes = changes_of(SOURCE)

    assert {"return a <= b", "return a == b"} <= {change.source.splitlines()[-1].strip() for change in changes}
    assert len({effect_of(change.source) for change in changes}) == len(changes)
    assert all("a: int | str, b: int) -> bool" in change.source for change in changes)


def test_dependents_include_those_through_others_and_below_packages(tmp_path: Path):
    sources = {
        "p/__init__.py": "",
        "p/a.py": "",
        "p/b.py": "from p import a",
        "p/c.py": "def f():\n    import p.b",
        "p/q/__init__.py": "from p.a import x",
        "p/q/d.py": "",
        "p/e.py": "import json",
    }
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)

    assert dependents_of("p.a", tmp_path) == {"p.a", "p.b", "p.c", "p.q", "p.q.d"}


def test_the_modules_of_the_schema_are_imported_together(tmp_path: Path):
    sources = {
        "paging.py": "",
        "text.py": "",
        "lists.py": "import paging\nfrom strawberry.types import Info",
        "scopes.py": "import strawberry",
        "answers.py": "import scopes",
        "words.py": "import text",
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)

    assert imported_by_forks("paging", tmp_path) >= {"paging", "lists", "scopes", "answers"}
    assert not imported_by_forks("paging", tmp_path) & {"text", "words"}
    assert imported_by_forks("text", tmp_path) == {"text", "words"}


def test_a_change_is_noticed_survives_or_hangs(tmp_path: Path):
    file = tmp_path / "server" / "few" / "sums.py"
    file.parent.mkdir(parents=True)
    file.write_text("def double(number):\n    return number + number\n")
    (tmp_path / "test_sums.py").write_text(TEST)

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file), str(tmp_path)], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.split() == ["NOTICED", "SURVIVED", "HUNG"]
