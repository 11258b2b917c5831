"""Tags and notes of runs: they are set, replaced, removed and filtered by."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.no_worker import settings
from tests.support.run_requests import ENDED, entered
from tests.support.traces import UNKNOWN_UUID, on_sqlite, user_error_of
from tunix_rt.db.session import Database

__all__ = ["settings"]

UPDATE = """
mutation ($input: UpdateRunInput!) {
  updateRun(input: $input) { run { uuid status tags notes } errors { code message path } }
}
"""
FIND = "query ($where: RunWhere) { runs(where: $where, orderBy: [{field: ID}]) { nodes { uuid } } }"


async def update(ask: Ask, run: Any, **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``updateRun``."""
    payload: dict[str, Any] = (await ask(UPDATE, input={"id": run} | fields))["updateRun"]
    return payload


async def test_tags_and_notes_are_set_and_removed(ask: Ask, database: Database):
    run = str((await entered(database, 0, output_name="first", **ENDED))["id"])
    untouched = await entered(database)

    both = await update(ask, run, tags=["b", "a", "b", "ü 🦉"], notes="# Good\n")
    assert both["run"] == {"uuid": run, "status": "COMPLETED", "tags": ["b", "a", "ü 🦉"], "notes": "# Good\n"}
    assert (await update(ask, "first"))["run"] == both["run"]
    assert (await update(ask, run, tags=["c"]))["run"] == both["run"] | {"tags": ["c"]}
    assert (await update(ask, run, notes=None))["run"]["notes"] is None
    assert (await update(ask, run, tags=[], notes=""))["run"] == both["run"] | {"tags": [], "notes": None}
    query = "query ($id: ID!) { run(id: $id) { tags notes } }"
    assert (await ask(query, id=str(untouched["id"])))["run"] == {"tags": [], "notes": None}


@on_sqlite
async def test_limits_are_named(ask: Ask, database: Database):
    run = str((await entered(database))["id"])

    bad = await update(ask, run, tags=["", "x" * 65, "fine", "n\0"], notes="x" * 20_001)
    assert bad["run"] is None
    assert [error["path"][1:] for error in bad["errors"]] == [["tags", "0"], ["tags", "1"], ["tags", "3"], ["notes"]]
    assert "0 to 20000 characters; it has 20001" in bad["errors"][3]["message"]
    many = user_error_of(await update(ask, run, tags=[str(n) for n in range(21)]))
    assert many["message"] == "tags must have at most 20 tags; it has 21."
    assert user_error_of(await update(ask, UNKNOWN_UUID, tags=["a"]))["code"] == "NOT_FOUND"
    assert (await update(ask, run, tags=["x" * 64] * 20, notes="x" * 20_000))["errors"] == []


async def test_runs_are_filtered_by_tags_and_notes(ask: Ask, database: Database):
    names = {str((await entered(database, seconds))["id"]): name for seconds, name in enumerate(("ab", "b", "none"))}
    for run, name in names.items():
        await update(ask, run, tags=[] if name == "none" else list(name), notes=f"notes 100% {name}")

    async def found(**where: Any) -> list[str]:
        return [names[node["uuid"]] for node in (await ask(FIND, where=where))["runs"]["nodes"]]

    assert await found(tags={"has": "a"}) == ["ab"]
    assert await found(tags={"hasSome": ["a", "b", '"']}) == ["ab", "b"]
    assert await found(tags={"hasEvery": ["a", "b"]}) == ["ab"]
    assert await found(tags={"hasNone": ["a"]}) == ["b", "none"]
    assert await found(tags={"isEmpty": True}) == ["none"]
    assert await found(tags={"isEmpty": False, "hasSome": []}) == []
    assert await found(tags={"hasEvery": []}) == ["ab", "b", "none"]
    assert await found(**{"not": {"tags": {"has": "b"}}}) == ["none"]
    assert await found(notes={"contains": "100% a"}) == ["ab"]
