"""Content negotiation: which media type answers, and what a body must be declared as."""

from __future__ import annotations

import pytest

from tunix_rt.http.graphql.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, answer_media, is_json_body


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        (" ", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json; charset=utf-8", GRAPHQL_RESPONSE),
        ("application/graphql-response+json,application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json;q=0.9,application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json, */*;q=0.1", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, */*", GRAPHQL_RESPONSE),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("application/*;q=0.2, application/json;q=0.1", GRAPHQL_RESPONSE),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("text/event-stream", EVENT_STREAM),
        ("text/event-stream, application/json;q=0.5", EVENT_STREAM),
        ("application/json, multipart/mixed", JSON),
    ],
)
def test_the_best_offer_is_taken(accept: str, media: str):
    assert answer_media(accept) == media


@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/*", "image/png, text/plain", "application/json;q=0", "*/*;q=0", "application/json;q=x", "json"],
)
def test_nothing_is_answered_in_what_is_not_accepted(accept: str):
    assert answer_media(accept) is None


def test_a_stream_is_given_only_to_those_who_name_it():
    assert answer_media("text/*, */*;q=0.1") != EVENT_STREAM
    assert answer_media("*/*") != EVENT_STREAM


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json;profile=x", True),
        ("application/json; charset=latin-1", False),
        ("application/json-patch+json", False),
        ("application/graphql", False),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
    ],
)
def test_bodies_are_json_in_utf8(content_type: str, is_json: bool):
    assert is_json_body(content_type) is is_json
