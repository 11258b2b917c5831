"""The optional packages in GraphQL: whether each is installed, and the command that installs it."""

from __future__ import annotations

import asyncio

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.integrations.ungar.package import package_status

INSTALL = "Command that installs what is missing."


@strawberry.type(
    description="Availability of Google's Tunix for training. Manifests, exports and dry runs do not need it."
)
class TunixStatus:
    available: bool = strawberry.field(
        description="Whether the trainer's Python interpreter has everything that training needs."
    )
    version: str | None = strawberry.field(
        description="Installed version of google-tunix; null if it is not installed."
    )
    runtime_required: bool = strawberry.field(
        description="Whether something must be installed before training: the opposite of `available`."
    )
    message: str = strawberry.field(description="Result of the check, in one sentence.")
    install_command: str = strawberry.field(description=INSTALL)


@strawberry.type(description="Availability of the UNGAR package for `generateUngarTraces`.")
class UngarStatus:
    available: bool = strawberry.field(description="Whether the package is installed and can be imported.")
    version: str | None = strawberry.field(description="Installed version of the package; null if it is not available.")
    message: str = strawberry.field(description="Result of the check, in one sentence.")
    install_command: str = strawberry.field(description=INSTALL)


async def tunix_status(context: Context) -> TunixStatus:
    """Returns the status of the interpreter that trains."""
    found = await context.services.tunix.status()
    return TunixStatus(
        available=found.available,
        version=found.version,
        runtime_required=not found.available,
        message=found.message,
        install_command=found.install_command,
    )


async def ungar_status() -> UngarStatus:
    """Returns the status of the package, which is imported in a thread so that the event loop is not blocked."""
    found = await asyncio.to_thread(package_status)
    return UngarStatus(
        available=found.available,
        version=found.version,
        message=found.message,
        install_command=found.install_command,
    )
