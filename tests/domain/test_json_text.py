"""JSON at the door: what is not strict is named by its place, and no key is there twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import json_values
from tunix_rt.domain.text import decode_json, decode_strict_json, key_count
from tunix_rt.errors import BadUserInput, errors_of


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ('{"a": 1, "a": 2}', "a"),
        ('{"a" :1,"a":2}', "a"),
        ('{"a"\n:1,"a"\t:2, "b":"x"}', "a"),
        ('[{"b": {"c": 1, "d": [{"e": 1, "e": 1}]}}]', "e"),
        ('{"\\u0061": 1, "a": 1}', "a"),
        ('{"a\\\\": 1, "a\\\\": 1}', "a\\\\"),
        ('{"x": "a: \\":\\" b", "y": 1, "y": 1}', "y"),
        ('{"a": NaN, "a": 1}', "a"),
        ('{"\\ud800": 1, "\\ud800": 2}', "?"),
    ],
)
@pytest.mark.parametrize("decode", [decode_json, decode_strict_json])
def test_a_key_that_is_there_twice_is_refused(raw: str, key: str, decode: Any):
    for text in (raw, raw.encode()):
        with pytest.raises(BadUserInput, match="twice") as caught:
            decode(text)
        assert repr(key).replace("\\\\\\\\", "\\\\") in caught.value.message


@given(value=json_values(20), separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : "), (",", "\n:\t")]))
def test_values_come_out_as_they_are(value: Any, separators: tuple[str, str]):
    text = json.dumps(value, separators=separators)

    assert json.dumps(decode_strict_json(text)) == json.dumps(decode_json(text.encode())) == json.dumps(value)


@given(value=json_values(20))
def test_keys_are_counted(value: Any):
    count = 0

    def counted(pairs: list[tuple[str, Any]]) -> None:
        nonlocal count
        count += len(pairs)

    json.loads(json.dumps(value), object_pairs_hook=counted)

    assert key_count(value) == count


def test_what_is_not_strict_is_named_by_its_place():
    raw = '{"a": ["x", "\\ud800"], "b": {"c": NaN, "d": 1e400}, "e": 3, "\\udfff": 1}'

    with pytest.raises(BadUserInput) as caught:
        decode_strict_json(raw)

    assert [error.path for error in errors_of(caught.value)] == [("a", 1), ("b", "c"), ("b", "d"), ()]
    assert len(decode_json(raw)) == 4


def test_the_first_hundred_places_are_named():
    with pytest.raises(BadUserInput) as caught:
        decode_strict_json(f"[{', '.join(['NaN'] * 5000)}]")

    assert len(errors_of(caught.value)) == 100
