"""Rubrics: stored whole, found by id and name, refused with every error, and deleted."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.traces import UNKNOWN_UUID, on_sqlite, user_error_of

CRITERIA = "criteria { scorer label perStep scale { min max choices { value label key } } }"
CREATE = f"""
mutation ($input: CreateRubricInput!) {{
  createRubric(input: $input) {{ rubric {{ id uuid name createdAt {CRITERIA} }} errors {{ code message path }} }}
}}
"""
DELETE = """
mutation ($input: DeleteRubricInput!) {
  deleteRubric(input: $input) { deletedUuid errors { code message path } }
}
"""
LIST = "{ rubrics { totalCount nodes { name } } }"
FIND = f"query ($id: ID!) {{ rubric(id: $id) {{ name {CRITERIA} }} }}"
WHOLE: list[dict[str, Any]] = [
    {
        "scorer": "correct",
        "label": "Correct? 🦉",
        "perStep": False,
        "scale": {
            "min": -1.0,
            "max": 1.0,
            "choices": [{"value": float(value), "label": f"is {value}", "key": str(value + 2)} for value in (-1, 0, 1)],
        },
    },
    {"scorer": "correct", "label": "Step", "perStep": True, "scale": {"min": 0.0, "max": 0.5, "choices": []}},
]


async def create(ask: Ask, criteria: list[dict[str, Any]], name: str = "mine") -> dict[str, Any]:
    """Returns the payload of ``createRubric``."""
    payload: dict[str, Any] = (await ask(CREATE, input={"name": name, "criteria": criteria}))["createRubric"]
    return payload


def criterion(scorer: str = "a", label: str = "A", **scale: Any) -> dict[str, Any]:
    """Returns a criterion on a scale from 0 to 1, with the given parts of the scale."""
    return {"scorer": scorer, "label": label, "scale": {"min": 0, "max": 1} | scale}


async def test_rubrics_are_stored_found_and_deleted(ask: Ask):
    first = (await create(ask, WHOLE))["rubric"]
    assert (first["name"], first["criteria"]) == ("mine", WHOLE)
    await create(ask, [criterion()], name="Another")

    conflict = user_error_of(await create(ask, [criterion()]))
    assert (conflict["code"], conflict["path"]) == ("CONFLICT", ["input", "name"])
    listed = (await ask(LIST))["rubrics"]
    assert (listed["totalCount"], [node["name"] for node in listed["nodes"]]) == (2, ["Another", "mine"])
    for reference in (first["id"], first["uuid"], "mine"):
        assert (await ask(FIND, id=reference))["rubric"] == {"name": "mine", "criteria": WHOLE}
    assert (await ask(DELETE, input={"id": "mine"}))["deleteRubric"]["deletedUuid"] == first["uuid"]
    assert (await ask(FIND, id="mine"))["rubric"] is None
    for reference in ("mine", UNKNOWN_UUID):
        gone = user_error_of((await ask(DELETE, input={"id": reference}))["deleteRubric"])
        assert (gone["code"], gone["path"]) == ("NOT_FOUND", ["input", "id"])


@on_sqlite
async def test_every_error_is_named(ask: Ask):
    choice = {"value": 0, "label": "No", "key": "n"}
    bad = [
        criterion(scorer="", label="x" * 121),
        criterion(min=1),
        criterion("b", choices=[choice, choice | {"value": 2, "label": ""}, choice | {"value": 1, "key": "  "}]),
        criterion("c", choices=[choice] * 10),
        criterion("b"),
    ]

    refused = await create(ask, bad, name="")

    assert refused["rubric"] is None
    assert [".".join(error["path"][1:]) for error in refused["errors"]] == [
        "name",
        "criteria.0.scorer",
        "criteria.0.label",
        "criteria.1.scale.min",
        "criteria.2.scale.choices.1.value",
        "criteria.2.scale.choices.1.label",
        "criteria.2.scale.choices.2.key",
        "criteria.2.scale.choices.1.key",
        "criteria.3.scale.choices",
        "criteria.4.scorer",
    ]
    for number in (0, 21):
        error = user_error_of(await create(ask, [criterion(str(place)) for place in range(number)]))
        assert error["message"] == f"criteria must have 1 to 20 criteria; it has {number}."
    assert user_error_of(await create(ask, [criterion()], name=UNKNOWN_UUID))["path"] == ["input", "name"]
    assert (await ask(LIST))["rubrics"]["totalCount"] == 0
