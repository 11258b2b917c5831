"""Imports inside a layer run downwards, too: from a noun to those that it is made of, and to what all nouns share.

A layer's floors are listed from the bottom up. A room may import from its own floor and from those below. Rooms that
are not listed stand on the ground floor. No circle of modules, ``if TYPE_CHECKING:`` and imports in functions included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from tests.support.source_tree import NAME, check_exceptions, circles, import_graph, modules

FLOORS: dict[str, list[set[str]]] = {
    "api": [
        {"filtering"},
        {"lists"},
        {"jobs", "payloads"},
        {"scores", "views", "rubrics", "keys", "audit"},
        {"traces"},
        {"groups"},
        {"datasets"},
        {"contamination"},
        {"exports"},
        {"runs"},
        {"job_sets"},
        {"generations"},
        {"evaluations"},
        {"server"},
        {"roots"},
        {"queries", "mutations", "subscriptions"},
        {"schema"},
        {"partial"},
    ],
    "domain": [
        {"runs"},
        {"job_sets"},
        {"replays"},
        {"filtering"},
        {"scores"},
        {"traces"},
        {"groups"},
        {"scorers"},
        {"datasets"},
        {"contamination"},
        {"exports"},
        {"imports"},
        {"generations"},
        {"attempts"},
        {"evaluations"},
        {"orphans"},
    ],
}

UPWARDS: set[str] = set()
"""The arrows that still run upwards. This list may only shrink."""

IN_CIRCLES: set[str] = set()
"""The modules that still import each other in a circle. This list may only shrink."""


def floor_of(layer: str, room: str) -> int:
    """Returns a room's floor; 0 is the ground, which all nouns share."""
    return next((height for height, rooms in enumerate(FLOORS[layer], start=1) if room in rooms), 0)


def upward_arrows(graph: Mapping[str, Iterable[str]]) -> set[str]:
    """Returns each ``layer: room -> room`` whose import goes upwards."""
    found = set()
    for module, targets in graph.items():
        for target in targets:
            layer, room, *_ = (*module.split(".")[1:], "", "")
            other_layer, other, *_ = (*target.split(".")[1:], "", "")
            if layer in FLOORS and layer == other_layer and floor_of(layer, room) < floor_of(layer, other):
                found.add(f"{layer}: {room} -> {other}")
    return found


def test_every_floor_has_a_room():
    rooms = {tuple(name.split(".")[1:3]) for name in modules()}

    assert not [
        room for layer, floors in FLOORS.items() for floor in floors for room in floor if (layer, room) not in rooms
    ]


def test_imports_inside_a_layer_run_downwards():
    check_exceptions(upward_arrows(import_graph()), UPWARDS)


def test_no_modules_import_each_other_in_a_circle():
    check_exceptions({module for circle in circles(import_graph()) for module in circle}, IN_CIRCLES)


@pytest.mark.parametrize(
    ("module", "target", "arrow"),
    [
        ("api.filtering.traces", "api.traces.types", "api: filtering -> traces"),
        ("api.relay.connection", "api.lists.listing", "api: relay -> lists"),
        ("api.runs.types", "api.queries", "api: runs -> queries"),
        ("domain.text", "domain.traces.trace", "domain: text -> traces"),
        ("domain.datasets.storage", "domain.exports.files", "domain: datasets -> exports"),
    ],
)
def test_an_arrow_upwards_is_found(module: str, target: str, arrow: str):
    assert upward_arrows({f"{NAME}.{module}": [f"{NAME}.{target}"]}) == {arrow}


def test_arrows_downwards_and_to_other_layers_are_allowed():
    graph = {
        f"{NAME}.api.runs.types": [
            f"{NAME}.api.traces.types",
            f"{NAME}.api.runs.inputs",
            f"{NAME}.domain.exports.files",
        ],
        f"{NAME}.api.context": [f"{NAME}.api.errors", f"{NAME}.errors"],
    }

    assert upward_arrows(graph) == set()


def test_a_circle_is_found():
    graph = {"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": [], "e": ["a", "e"]}

    assert circles(graph) == [frozenset({"b", "c"})]
