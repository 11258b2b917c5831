"""Groups: several answers to one prompt, with their statistics by a scorer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._async.collection import AsyncCollection
from tunix_rt_client._generated.documents import COUNT_GROUPS, GROUPS_PAGE
from tunix_rt_client._generated.records import Group
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

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the groups as a data frame: a row a group."""
        return to_dataframe([msgspec.structs.asdict(group) async for group in self])
