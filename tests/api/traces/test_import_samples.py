"""``importSamples``: the bundled samples, once each, all of them or those of some sources."""

from __future__ import annotations

from typing import Any

from tests.support.api import Ask
from tests.support.traces import COUNT_TRACES, on_sqlite

IMPORT = """
mutation ($input: ImportSamplesInput!) {
  importSamples(input: $input) { importedCount duplicateCount errors { code message path } }
}
"""


async def imported(ask: Ask, **fields: Any) -> dict[str, Any]:
    """Returns the payload of importSamples."""
    payload: dict[str, Any] = (await ask(IMPORT, input=fields))["importSamples"]
    return payload


async def test_samples_are_stored_once(ask: Ask):
    code = await imported(ask, sources=["sample/code"])
    rest = await imported(ask)
    again = await imported(ask, sources=None)

    assert code == {"importedCount": 10, "duplicateCount": 0, "errors": []}
    assert rest == {"importedCount": 50, "duplicateCount": 10, "errors": []}
    assert again == {"importedCount": 0, "duplicateCount": 60, "errors": []}
    assert (await ask(COUNT_TRACES))["traces"]["totalCount"] == 60


@on_sqlite
async def test_unknown_sources_are_refused_before_anything_is_stored(ask: Ask):
    payload = await imported(ask, sources=["sample/code", "sample/poetry"])

    assert payload["importedCount"] is None
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [
        ("BAD_USER_INPUT", ["input", "sources", "1"])
    ]
    assert "sample/code" in payload["errors"][0]["message"]
    assert (await ask(COUNT_TRACES))["traces"]["totalCount"] == 0
    assert (await imported(ask, sources=[]))["importedCount"] == 0
