"""Export containers: the file types of exports, one module each.

``export_file.open_file(path, Container.JSONL, record_format)`` returns a file to which pages of lines are written. To
add a container, name it in ``Container`` and add a module here that defines ``CONTAINER_TYPE``.
"""

from __future__ import annotations

from functools import cache

from tunix_rt.domain.exports.containers.base import Container, ContainerType
from tunix_rt.domain.registry import drop_ins

__all__ = ["Container", "ContainerType", "container_types", "get_container_type"]


@cache
def container_types() -> dict[Container, ContainerType]:
    """Returns every container type."""
    return drop_ins(__name__, "CONTAINER_TYPE", ContainerType, lambda found: found.container)


def get_container_type(container: Container) -> ContainerType:
    """Returns the type of a container."""
    return container_types()[container]
