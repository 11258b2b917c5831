"""The Node interface."""

from __future__ import annotations

from uuid import UUID

import strawberry


@strawberry.interface(description="An object that `node` and `nodes` find by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Global id of the object: opaque, and unique across all types.")
    uuid: UUID = strawberry.field(description="UUID of the object. Accepted wherever an `id` is.")
