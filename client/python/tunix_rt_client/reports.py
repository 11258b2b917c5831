"""Reports of imports, leaderboards, and comparisons of runs and of candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._generated.records import AlignedPromptFields, Difference, LeaderboardEntry
from tunix_rt_client.display import card, card_rows, grid
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class Refusal(msgspec.Struct):
    """A line or row that was not stored.

    Args:
        line: its number, counted from 1.
        field: the field that is invalid.
        reason: what is wrong.
    """

    line: int
    field: str | None
    code: str
    reason: str

    @property
    def text(self) -> str:
        """The reason, after the field if the reason does not begin with it."""
        return self.reason if self.reason.startswith(self.field or "") else f"{self.field}: {self.reason}"


class ImportReport(msgspec.Struct):
    """The outcome of an import.

    Args:
        lines: lines or rows that were read.
        added: traces that were stored.
        duplicates: traces that were there already.
        rejected: lines or rows that were not stored; ``refusals`` has the reasons.
        scores: scores that were stored.
        stopped: whether the import ended at a refused line.
    """

    lines: int
    added: int
    duplicates: int
    rejected: int
    scores: int
    stopped: bool
    refusals: list[Refusal]

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the refusals as a data frame: a row a refused line."""
        return to_dataframe([msgspec.to_builtins(refusal) for refusal in self.refusals], Refusal.__struct_fields__)

    def _repr_html_(self) -> str:
        counts = card_rows({name: getattr(self, name) for name in COUNTS})
        return card("Import", [*counts, *((f"Line {found.line:,}", found.text) for found in self.refusals[:SHOWN])])


class Leaderboard(list[LeaderboardEntry]):
    """The candidates of a dataset's evaluations, the highest mean first.

    Candidates that share a group do not differ significantly: their order is not a ranking.
    """

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the candidates as a data frame: a row a candidate, with the range of its rank."""
        return to_dataframe([entry_row(found) for found in self], ENTRY_COLUMNS)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'; '.join(f'{one.candidate.name}: {entry_text(one)}' for one in self)})"

    def _repr_html_(self) -> str:
        rows = [(found.candidate.name, entry_text(found)) for found in self]
        return card("Leaderboard", rows or [("Candidates", "none: no evaluation is completed")])


class Differences(list[Difference]):
    """The parameters in which runs differ.

    Args:
        names: the names of the runs, in the order of each difference's ``values``.
    """

    def __init__(self, names: Sequence[str], found: Iterable[Difference]) -> None:
        super().__init__(found)
        self.names = list(names)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the differences as a data frame: a row a parameter, a column a run."""
        rows = [{"field": one.field, **dict(zip(self.names, one.values, strict=True))} for one in self]
        return to_dataframe(rows, ["field", *self.names]).set_index("field")

    def _repr_html_(self) -> str:
        if not self:
            return card("Differences", [("Parameters", "none: the runs have the same ones")])
        return grid("Differences", ["", *self.names], [[one.field, *one.values] for one in self])


OUTCOMES = {"wins": "wins", "losses": "losses", "ties": "ties", "both_wrong": "bothWrong"}
"""The fields of a comparison with its prompts, by the outcome's name."""


def aligned_row(found: AlignedPromptFields) -> tuple[str | None, float, float, str | None, str | None, str | None]:
    """Returns a prompt, both scores, both answers and the reference answer; None for what deleted traces had."""
    a, b = found.trace_a, found.trace_b
    known = a or b
    prompt, reference = (known.prompt, known.reference_answer) if known else (None, None)
    answers = (a.final_answer if a else None, b.final_answer if b else None)
    return (prompt, found.score_a, found.score_b, *answers, reference)


ENTRY_COLUMNS = ("best_rank", "worst_rank", "name", "mean", "low", "high", "prompt_count", "groups")


def entry_row(found: LeaderboardEntry) -> dict[str, Any]:
    """Returns a candidate with its rank as a flat row."""
    ranked = {"best_rank": found.best_rank, "worst_rank": found.worst_rank, "groups": found.groups}
    return {name: ranked[name] if name in ranked else getattr(found.candidate, name) for name in ENTRY_COLUMNS}


def entry_text(found: LeaderboardEntry) -> str:
    """Returns a candidate's rank, mean and interval as text."""
    best, worst, of = found.best_rank, found.worst_rank, found.candidate
    rank = f"rank {best}" if best == worst else f"rank {best} to {worst}"
    if of.mean is None:
        return f"{rank}, not graded"
    return f"{rank}, mean {of.mean:.3f}" + ("" if of.low is None else f" ({of.low:.3f} to {of.high:.3f})")


COUNTS = ("lines", "added", "duplicates", "rejected", "scores")
SHOWN = 20
"""Refusals that a notebook shows; ``to_pandas`` has all of them."""
