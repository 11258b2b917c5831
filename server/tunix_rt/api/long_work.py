"""What the API needs of long work: to wake the worker, to follow events, to sign the URLs of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tunix_rt.api.tails import Tails
from tunix_rt.db.session import Database
from tunix_rt.domain.downloads import Signer
from tunix_rt.domain.exports import events_after
from tunix_rt.settings import Settings


@dataclass(frozen=True)
class LongWork:
    """What the server needs of jobs and their files.

    Args:
        wake: tells the worker that a job was entered.
        signer: signs download URLs.
        export_events: the events of the exports that are followed.
    """

    wake: Callable[[], None]
    signer: Signer
    export_events: Tails

    @classmethod
    def of(cls, database: Database, settings: Settings, wake: Callable[[], None]) -> LongWork:
        """What jobs in a database need."""
        signer = Signer(settings.data_dir, timedelta(seconds=settings.download_url_seconds))
        return cls(wake, signer, Tails(database, events_after))

    def end(self) -> None:
        """Ends every subscription; a server that stops would wait for them otherwise."""
        self.export_events.end()

    async def close(self) -> None:
        """Gives up what is under way."""
        await self.export_events.close()
