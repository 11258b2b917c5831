"""Writes the generated modules of the client. With ``--check``, only reports whether they are up to date.

Run as ``python client/python/codegen/generate.py [--check]`` with an interpreter that has graphql-core.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from codegen.documents import documents_module
from codegen.operations import Operations
from codegen.records import records_module
from codegen.sync import sync_module

CLIENT = Path(__file__).parents[1] / "tunix_rt_client"
SCHEMA = Path(__file__).parents[3] / "schema.graphql"


def generate_modules() -> dict[Path, str]:
    """Returns the text of every generated module by its path."""
    operations = Operations.read(SCHEMA, CLIENT / "operations")
    modules = {
        CLIENT / "_generated" / "documents.py": documents_module(operations),
        CLIENT / "_generated" / "records.py": records_module(operations),
    }
    for module in sorted((CLIENT / "_async").rglob("*.py")):
        name = module.relative_to(CLIENT / "_async").as_posix()
        modules[CLIENT / "_sync" / name] = sync_module(module.read_text("utf-8"), name)
    return modules


def stale() -> list[Path]:
    """Returns the generated modules that are missing, differ, or are generated no longer."""
    wanted = generate_modules()
    present = {*(CLIENT / "_generated").glob("[a-z]*.py"), *(CLIENT / "_sync").rglob("*.py")}
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return sorted({*differing, *(present - wanted.keys())})


def main() -> None:
    """Writes or checks the generated modules."""
    found = stale()
    if "--check" in sys.argv[1:]:
        for path in found:
            print(f"{path} is not up to date: run python client/python/codegen/generate.py", file=sys.stderr)
        sys.exit(1 if found else 0)
    wanted = generate_modules()
    for path in found:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    main()
