"""Steps that are selected as they are stored go into the answer without being decoded."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.traces import on_sqlite
from tunix_rt.api.execution.columns import JsonForm, JsonLists
from tunix_rt.domain.traces.trace import decode_steps, encode

STRANGE = ['},{"i":', '{"i":0}', '"}],"', '\\"},{\\"i\\":', "\n\t\x1f\u2028é漢\U0001f600", "\\", '"', "}]", "[{"]
FORM = JsonForm(b'{"i":', b'{"index":', b',"__typename":"Step"')


def steps(texts: list[str]) -> list[dict[str, Any]]:
    """Stored steps with these texts as types and contents."""
    return [{"i": i, "type": text, "content": text} for i, text in enumerate(texts)]


@pytest.mark.parametrize("texts", [[text] for text in STRANGE] + [STRANGE])
def test_stored_steps_are_spliced_whatever_their_texts_contain(texts: list[str]):
    found, count = FORM.splice(encode(steps(texts)))

    expected = [{"index": i, "type": text, "content": text, "__typename": "Step"} for i, text in enumerate(texts)]
    assert json.loads(found) == expected
    assert list(json.loads(found)[0]) == list(expected[0])
    assert count == len(texts)


@pytest.mark.parametrize("text", [b"[]", b'[{"type":"t","i":0}]', b'[ {"i":0}]', b'[{"i":0} ]'])
def test_a_list_that_is_stored_in_another_form_is_refused(text: bytes):
    with pytest.raises(ValueError, match="another form"):
        FORM.splice(text)


def test_stored_lists_are_decoded_once_if_they_are_asked_for():
    calls: list[Any] = []

    def decode(texts: Any) -> Any:
        calls.append(texts)
        return [json.loads(text) for text in texts]

    lists = JsonLists([b"[1]", b"[2,3]"], decode)

    assert len(lists) == 2
    assert not calls
    assert list(lists) == [[1], [2, 3]]
    assert lists[1] == lists[1:][0] == [2, 3]
    assert len(calls) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("selection", "decoded"),
    [
        ("index type content", False),
        ("at: index type content", False),
        ("index type content __typename kind: __typename", False),
        ("index type", True),
        ("type index content", True),
        ("__typename index type content", True),
        ("index type text: content", True),
        ("index type content again: content", True),
        ("index type content scores { score }", True),
    ],
)
async def test_steps_are_decoded_unless_they_are_selected_as_stored(
    app_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, selection: str, decoded: bool
):
    trace = {"prompt": "p", "finalAnswer": "a", "steps": [{"type": text, "content": text} for text in STRANGE]}
    stored = "mutation ($trace: TraceInput!) { createTrace(input: {trace: $trace}) { errors { message } } }"
    await app_client.post("/graphql", json={"query": stored, "variables": {"trace": trace}})
    calls: list[Any] = []

    def observed(text: bytes) -> Any:
        calls.append(text)
        return decode_steps(text)

    monkeypatch.setattr("tunix_rt.api.traces.types.decode_steps", observed)
    query = f"{{ traces {{ nodes {{ prompt steps {{ {selection} }} }} }} }}"

    page = (await app_client.post("/graphql", json={"query": query})).json()
    assert bool(calls) is decoded

    both = query.replace("{", "{ serverInfo { version }", 1)  # a query with two fields is not prepared
    reference = (await app_client.post("/graphql", json={"query": both})).json()
    assert page["data"]["traces"] == reference["data"]["traces"]
    assert json.dumps(page["data"]["traces"]) == json.dumps(reference["data"]["traces"])
