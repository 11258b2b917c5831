"""Breaking changes between two versions of the schema, for reviewers and for the release check.

    python -m tests.support.schema_changes OLD.graphql NEW.graphql

prints one line for each and ends with 1 if there are any.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes


def breaking_changes(old: str, new: str) -> list[str]:
    """Returns the breaking changes from the old schema to the new one, a line each.

    Args:
        old: the old schema in its definition language.
        new: the new one.
    """
    found = find_breaking_changes(build_schema(old), build_schema(new))
    return sorted(f"{change.type.name}: {change.description}" for change in found)


def main(arguments: list[str]) -> int:
    """Compares two files."""
    old, new = (Path(name).read_text(encoding="utf-8") for name in arguments)
    changes = breaking_changes(old, new)
    print("\n".join(changes) or "No breaking changes.")
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
