"""Checks of the storage of files: whether it can be reached, and whether it has files that belong to no job."""

from __future__ import annotations

from tunix_rt.cli.doctor.findings import Finding, note, ok, problem
from tunix_rt.settings import Settings


async def storage_finding(settings: Settings) -> Finding:
    """Lists the storage and compares it with the database."""
    from tunix_rt.cli.options import command_line
    from tunix_rt.cli.storage.cleaning import summary
    from tunix_rt.db.session import Database
    from tunix_rt.domain.orphans import find_orphans
    from tunix_rt.domain.storage.opening import open_storage
    from tunix_rt.errors import TunixRtError

    database = Database(settings)
    try:
        storage = open_storage(settings)
        orphans = await find_orphans(database, storage)
    except TunixRtError as error:
        return problem("storage", error.message, "Check TUNIX_RT_STORAGE_URL, the credentials and the network.")
    finally:
        await database.close()
    if orphans:
        advice = f"To list them: {command_line('storage', 'clean', '--dry-run')}"
        return note("storage", f"{storage.location} has {summary(orphans)}", advice)
    return ok("storage", f"{storage.location} can be read and has no orphans")
