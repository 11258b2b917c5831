"""The pages that are measured, as every GraphQL server here is asked for them."""

from __future__ import annotations

PAGE = "{ traces(first: 50) { nodes { id promptPreview stepCount } } }"

RICH_PAGE = """{ traces(first: 50) { nodes {
    prompt finalAnswer steps { index type content } latestScores { scorer score }
} } }"""

NESTED_PAGE = "{ traces(first: 50) { nodes { id scores(first: 10) { nodes { scorer score } } } } }"

THREE_LEVELS = """{ datasets(first: 20) { nodes { id traces(first: 20) { nodes {
    id scores(first: 5) { nodes { scorer score } }
} } } } }"""
