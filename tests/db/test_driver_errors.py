"""Errors of the drivers become reports that name what is wrong."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from asyncpg import InternalClientError
from sqlalchemy.exc import DBAPIError

from tunix_rt.db.errors import translate
from tunix_rt.db.session import Database
from tunix_rt.errors import RequestTimeout, Unavailable
from tunix_rt.settings import Settings


async def test_a_file_that_cannot_be_opened_is_reported_and_leaves_no_thread(tmp_path: Path):
    (tmp_path / "tunix_rt.db").mkdir()
    database = Database(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'tunix_rt.db'}"))
    before = threading.active_count()
    for _ in range(20):
        with pytest.raises(Unavailable, match="The database's file cannot be opened"):
            async with database.read():
                pass
        assert threading.active_count() == before
    await database.close()


class Broken(Exception):
    """An error of the driver with PostgreSQL's code."""

    def __init__(self, sqlstate: str, message: str = 'invalid page in block 7 of relation "base/5/16384"') -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(("state", "damaged"), [("XX001", True), ("XX002", True), ("XX000", False)])
def test_a_damaged_page_or_index_of_postgresql_is_reported(state: str, damaged: bool):
    known = translate(DBAPIError("SELECT", {}, Broken(state)))

    assert (known is not None and "damaged" in known.message) is damaged


@pytest.mark.parametrize(
    ("state", "message", "known"),
    [
        ("57014", "storniere Anfrage wegen Zeitüberschreitung der Anfrage", RequestTimeout),
        ("55P03", "storniere Anfrage wegen Zeitüberschreitung einer Sperre", Unavailable),
        ("57P01", "breche Verbindung ab aufgrund von Anweisung des Administrators", Unavailable),
        ("40P01", "Verklemmung (Deadlock) entdeckt", Unavailable),
        ("3D000", "Datenbank »nirgends« existiert nicht", Unavailable),
        ("28000", "Rolle »niemand« existiert nicht", Unavailable),
    ],
)
def test_errors_are_known_in_other_languages(state: str, message: str, known: type[Exception]):
    """PostgreSQL reports errors in the language of its setting ``lc_messages``."""
    assert isinstance(translate(DBAPIError("SELECT", {}, Broken(state, message))), known)


def test_a_connection_that_ends_between_two_messages_is_unavailable():
    error = InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    assert isinstance(translate(DBAPIError(None, None, error)), Unavailable)
