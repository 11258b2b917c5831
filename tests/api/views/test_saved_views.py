"""Saved views: they are stored under a name that is unique on its page, listed, found and deleted."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.traces import UNKNOWN_UUID, on_sqlite, user_error_of

CREATE = """
mutation ($input: CreateSavedViewInput!) {
  createSavedView(input: $input) {
    savedView { id uuid page name search createdAt }
    errors { code message path }
  }
}
"""
DELETE = """
mutation ($input: DeleteSavedViewInput!) {
  deleteSavedView(input: $input) { deletedUuid errors { code message path } }
}
"""
LIST = "query ($where: SavedViewWhere) { savedViews(where: $where) { totalCount nodes { name } } }"
FIND = "query ($id: ID!) { savedView(id: $id) { name } node(id: $id) { __typename ... on SavedView { search } } }"


async def create(ask: Ask, **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``createSavedView``."""
    given = {"page": "TRACES", "name": "mine", "search": "?where=%7B%7D&x=ü"} | fields
    payload: dict[str, Any] = (await ask(CREATE, input=given))["createSavedView"]
    return payload


async def test_views_are_stored_found_and_deleted(ask: Ask):
    first = (await create(ask))["savedView"]
    assert (first["page"], first["name"], first["search"]) == ("TRACES", "mine", "?where=%7B%7D&x=ü")
    await create(ask, name="Zebra", search="")
    assert (await create(ask, page="RUNS"))["errors"] == []

    conflict = user_error_of(await create(ask, search="other"))
    assert (conflict["code"], conflict["path"]) == ("CONFLICT", ["input", "name"])
    assert conflict["message"] == "Another view of this page has this name."
    on_page = (await ask(LIST, where={"page": {"eq": "TRACES"}}))["savedViews"]
    assert [node["name"] for node in on_page["nodes"]] == ["Zebra", "mine"]
    assert (await ask(LIST))["savedViews"]["totalCount"] == 3
    found = await ask(FIND, id=first["uuid"])
    assert found == {"savedView": {"name": "mine"}, "node": {"__typename": "SavedView", "search": first["search"]}}

    deleted = (await ask(DELETE, input={"id": first["id"]}))["deleteSavedView"]
    assert deleted == {"deletedUuid": first["uuid"], "errors": []}
    assert (await ask(FIND, id=first["id"])) == {"savedView": None, "node": None}
    assert (await create(ask, search="again"))["errors"] == []


@on_sqlite
async def test_limits_are_named(ask: Ask):
    refused = await create(ask, name="", search="x" * 8001)
    assert refused["savedView"] is None
    assert [error["path"] for error in refused["errors"]] == [["input", "name"], ["input", "search"]]
    assert "0 to 8000 characters; it has 8001" in refused["errors"][1]["message"]
    assert user_error_of(await create(ask, name="a\0"))["code"] == "BAD_USER_INPUT"
    assert (await create(ask, name="x" * 120, search="x" * 8000))["errors"] == []
    for wrong, code in ((UNKNOWN_UUID, "NOT_FOUND"), ("mine", "BAD_ID")):
        payload = (await ask(DELETE, input={"id": wrong}))["deleteSavedView"]
        assert (user_error_of(payload)["code"], user_error_of(payload)["path"]) == (code, ["input", "id"])
