"""The final answer of a trace whose text has none."""

from __future__ import annotations

NO_ANSWER = "(no final answer)"
"""It is stored in place of a final answer, and is wrong, whatever the reference answer."""
