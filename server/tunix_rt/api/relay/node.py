"""The Node interface."""

from __future__ import annotations

from uuid import UUID

import strawberry


@strawberry.interface(description="Anything that can be found again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="The opaque global id.")
    uuid: UUID = strawberry.field(description="The row's UUID, for people; it is understood wherever an id is.")
