"""Comparisons: answers to one prompt, two scorers, the prompts of two datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._async.collection import AsyncCollection
from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client._async.trace_rows import AsyncTraceRows
from tunix_rt_client._generated.documents import (
    CONTAMINATED_PAIRS_PAGE,
    CONTAMINATION,
    COUNT_CONTAMINATED_PAIRS,
    COUNT_DISAGREEMENTS,
    COUNT_GROUPS,
    DISAGREEMENTS_PAGE,
    GROUP_SUMMARY,
    GROUPS_PAGE,
    SCORER_AGREEMENT,
)
from tunix_rt_client._generated.records import (
    AgreementFields,
    ContaminatedPair,
    ContaminationFields,
    Group,
    GroupSummaryFields,
)
from tunix_rt_client.display import card
from tunix_rt_client.records import as_record
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class AsyncGroups(AsyncCollection[Group]):
    """Groups of the traces that a filter matches."""

    page_document = GROUPS_PAGE
    count_document = COUNT_GROUPS
    counted_by = frozenset({"where", "having", "scorer", "correctAt"})

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["traceGroups"]
        return found

    def record_of(self, node: dict[str, Any]) -> Group:
        """Returns the group of one node."""
        return as_record(node, Group)

    async def summary(self, k: Sequence[int] = (1,)) -> GroupSummaryFields:
        """Returns how many groups there are, how many have a correct trace, and the mean pass@k.

        All groups that the filters match are summarized, not only the first ones of a slice.

        Args:
            k: the numbers of answers of pass@k.
        """
        given = {name: self.variables[name] for name in self.variables.keys() & self.counted_by}
        data = await self.connection.execute(GROUP_SUMMARY, given | {"k": list(k)})
        return as_record(data["traceGroupSummary"], GroupSummaryFields)

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the groups as a data frame: a row a group."""
        return to_dataframe([msgspec.structs.asdict(group) async for group in self], Group.__struct_fields__)


class AsyncDisagreements(AsyncTraceRows):
    """The traces on which two scorers disagree."""

    page_document = DISAGREEMENTS_PAGE
    count_document = COUNT_DISAGREEMENTS
    counted_by = frozenset({"a", "b", "where", "threshold", "thresholdB"})

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["scorerAgreement"]["disagreements"]
        return found


class AsyncAgreement(AgreementFields, kw_only=True, rename="camel", dict=True):
    """The agreement of two scorers on the traces that both have scored."""

    def disagreements(self) -> AsyncDisagreements:
        """Returns the traces that pass with one of the two alone."""
        return AsyncDisagreements(self.__dict__["_connection"], self.__dict__["_variables"])

    def _repr_html_(self) -> str:
        a, b = (self.__dict__["_variables"][name] for name in ("a", "b"))
        counts = {
            "Traces": self.trace_count,
            "Both pass": self.both_passed_count,
            f"Only {a} passes": self.only_a_count,
            f"Only {b} passes": self.only_b_count,
            "Neither passes": self.neither_count,
            "Agreement": self.agreement,
            "Cohen's kappa": self.kappa,
        }
        return card(f"Agreement of {a} and {b}", list(counts.items()))


class AsyncContaminatedPairs(AsyncCollection[ContaminatedPair]):
    """Pairs of a training and an evaluation prompt that are equal or similar, the highest overlap first."""

    page_document = CONTAMINATED_PAIRS_PAGE
    count_document = COUNT_CONTAMINATED_PAIRS
    counted_by = frozenset({"trainDatasetId", "evalDatasetId"})

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["contamination"]["pairs"]
        return found

    def record_of(self, node: dict[str, Any]) -> ContaminatedPair:
        """Returns the pair of one node."""
        return as_record(node, ContaminatedPair)

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the pairs as a data frame: a row a pair, with both prompts; a deleted trace has None."""
        columns = ("kind", "overlap", "train_prompt", "eval_prompt")
        return to_dataframe([dict(zip(columns, pair_cells(pair), strict=True)) async for pair in self], columns)


class AsyncContamination(ContaminationFields, kw_only=True, rename="camel", dict=True):
    """The training prompts that are equal or similar to prompts of the evaluation data."""

    def pairs(self) -> AsyncContaminatedPairs:
        """Returns the pairs of prompts, of which the server keeps 10,000, those of equal prompts first."""
        return AsyncContaminatedPairs(self.__dict__["_connection"], self.__dict__["_variables"])


def pair_cells(pair: ContaminatedPair) -> tuple[str, float, str | None, str | None]:
    """Returns the columns of a pair of prompts."""
    train, evaluation = pair.train_trace, pair.eval_trace
    return pair.kind, pair.overlap, train.prompt if train else None, evaluation.prompt if evaluation else None


async def agreement_of(connection: AsyncConnection, given: Mapping[str, Any]) -> AsyncAgreement:
    """Compares two scorers."""
    sent = {name: value for name, value in given.items() if value is not None}
    data = await connection.execute(SCORER_AGREEMENT, sent)
    found = as_record(data["scorerAgreement"], AsyncAgreement)
    found.__dict__.update(_connection=connection, _variables=sent)
    return found


async def contamination_of(connection: AsyncConnection, train: str, evaluation: str) -> AsyncContamination:
    """Compares the prompts of two datasets.

    Raises:
        NotFound: one of them does not exist.
    """
    sent = {"trainDatasetId": train, "evalDatasetId": evaluation}
    data = await connection.execute(CONTAMINATION, sent, slow=True)
    found = as_record(data["contamination"], AsyncContamination)
    found.__dict__.update(_connection=connection, _variables=sent)
    return found
