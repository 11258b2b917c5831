"""Content negotiation for GraphQL over HTTP: the media type of answers, and the media types of bodies."""

from __future__ import annotations

from dataclasses import dataclass

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
OFFERED = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM)
"""The media types of answers; the first that matches a wildcard is used."""


@dataclass(frozen=True)
class Range:
    """One range of an Accept header."""

    media: str
    quality: float

    def fits(self, media: str) -> int:
        """Returns the specificity of a media range for a type: 3 exact, 2 main type, 1 ``*/*``, 0 no match."""
        if self.media == media:
            return 3
        main, _, sub = self.media.partition("/")
        if sub != "*":
            return 0
        return 1 if main == "*" else 2 * (main == media.partition("/")[0])


def answer_media(accept: str) -> str | None:
    """Returns the media type to answer in; None if nothing offered is accepted.

    Args:
        accept: the Accept header; empty means anything (RFC 9110, 12.5.1).
    """
    ranges = [read_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return JSON
    best, best_quality = None, 0.0
    for media in OFFERED:
        quality = quality_of(media, ranges)
        exactly = any(found.fits(media) == 3 for found in ranges)
        if quality > best_quality or (quality == best_quality > 0 and exactly and not is_named(best, ranges)):
            best, best_quality = media, quality
    return best


def is_named(media: str | None, ranges: list[Range]) -> bool:
    """Returns whether a media type is accepted by its name."""
    return media is not None and any(found.fits(media) == 3 for found in ranges)


def quality_of(media: str, ranges: list[Range]) -> float:
    """Returns the quality of a media type in its most specific range; a stream must be accepted by its name."""
    fitting = [(found.fits(media), found.quality) for found in ranges if found.fits(media)]
    if not fitting or (media == EVENT_STREAM and max(fitting)[0] < 3):
        return 0.0
    return max(fitting)[1]


def read_range(text: str) -> Range:
    """Parses one range of an Accept header, with its quality; parameters other than ``q`` are ignored."""
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                quality = 0.0
    return Range(media, quality)


def is_json_body(content_type: str) -> bool:
    """Returns whether a body is declared as JSON in UTF-8, which a foreign page cannot send without a preflight."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [
        value.strip(' "')
        for name, _, value in (part.partition("=") for part in parameters)
        if name.strip() == "charset"
    ]
    return media == JSON and all(charset in {"utf-8", "utf8"} for charset in charsets)
