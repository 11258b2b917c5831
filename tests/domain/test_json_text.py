"""JSON at the door: what is not strict is named by its place, and no key is there twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.factories import json_values
from tunix_rt.domain.json_bounds import PIECE_BYTES
from tunix_rt.domain.json_pieces import DEPTH_MAX, TEXT_MAX_BYTES
from tunix_rt.domain.text import decode_json, decode_strict_json, key_count
from tunix_rt.errors import BadUserInput, TooCostly, errors_of


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


LARGE = PIECE_BYTES + 1


@settings(max_examples=15)
@given(value=json_values(20), place=st.sampled_from(["list", "object", "deep", "spaces"]))
def test_a_large_text_is_decoded_as_a_small_one(value: Any, place: str):
    whole: Any = {"filling": "x" * LARGE, 'value: "': value, "list": [value, "y" * LARGE, value]}
    if place == "list":
        whole = [value, whole, value]
    elif place == "deep":
        for _ in range(DEPTH_MAX + 2):
            whole = [whole]
    text = json.dumps(whole).encode()

    assert json.dumps(decode_json(b" \n" + text if place == "spaces" else text)) == json.dumps(whole)


@pytest.mark.parametrize("before", [b'{"a": 1, "a": 2, "x": "', b'{"x": {"b\\"": ":", "a": 1, "a": 2}, "y": "'])
def test_a_key_that_is_there_twice_in_a_large_text_is_refused(before: bytes):
    with pytest.raises(BadUserInput, match="twice"):
        decode_json(before + b'a\\": ' * LARGE + b'"}')


def test_colons_in_the_texts_of_a_large_text_are_no_keys():
    value = {"x": '": ' * LARGE}

    assert decode_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("end", [b"", b"]", b'"', b'"}]', b'", "b"}', b'"} x', b'\xff"}'])
def test_a_large_text_that_is_malformed_is_refused(end: bytes):
    with pytest.raises(BadUserInput, match="Not valid"):
        decode_json(b'{"a": "' + b"x" * LARGE + end)


def test_a_text_beyond_its_bound_is_refused_before_it_is_decoded():
    decode_json(b'["' + b"x" * (TEXT_MAX_BYTES - 2) + b'"]')

    with pytest.raises(TooCostly, match=f"at most {TEXT_MAX_BYTES} bytes; this one has {TEXT_MAX_BYTES + 1}"):
        decode_json(b'["' + b"x" * (TEXT_MAX_BYTES - 1) + b'"]')
