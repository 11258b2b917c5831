"""The picture of the loop in docs/images/loop.svg.

    python -m tests.tools.site.picture

writes it. Colours are chosen to be read on a light and on a dark page.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

from tests.support.repository import ROOT

FILE = ROOT / "docs" / "images" / "loop.svg"
WIDTH, HEIGHT = 780, 430
CENTRE_X, CENTRE_Y = WIDTH / 2, HEIGHT / 2
RADIUS_X, RADIUS_Y = 290, 165
BOX_WIDTH, BOX_HEIGHT = 168, 58
GAP = 9


@dataclass(frozen=True)
class Station:
    """A thing of the loop, how it is described, and what leads from it to the next."""

    name: str
    about: str
    leads: str


STATIONS = (
    Station("Trace", "prompt, steps, answer", "score"),
    Station("Score", "by scorer, model, person", "select"),
    Station("Dataset", "frozen, with a recipe", "train"),
    Station("Run", "SFT, LoRA, DPO, GRPO", "save"),
    Station("Model", "weights, checkpoints", "answer"),
    Station("Generation", "answers to prompts", "store"),
)


def position(place: float) -> tuple[float, float]:
    """Returns a point on the ellipse; places are counted clockwise from the top left."""
    angle = 2 * pi * place / len(STATIONS) - 2 * pi / 3
    return CENTRE_X + RADIUS_X * cos(angle), CENTRE_Y + RADIUS_Y * sin(angle)


def box(place: int, station: Station) -> str:
    """Returns a station as a box with two lines of text."""
    x, y = position(place)
    left, top = x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2
    return (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text class="name" x="{x:.0f}" y="{y - 4:.0f}">{station.name}</text>'
        f'<text x="{x:.0f}" y="{y + 15:.0f}">{station.about}</text>'
    )


def arrow(place: int, station: Station) -> str:
    """Returns the arrow from a station to the next, with its word."""
    way = (position(place + part / 40) for part in range(41))
    points = " ".join(f"{x:.0f},{y:.0f}" for x, y in way if outside(x, y, place) and outside(x, y, place + 1))
    x, y = position(place + 0.5)
    inside = 0.86
    word = f"{CENTRE_X + (x - CENTRE_X) * inside:.0f}", f"{CENTRE_Y + (y - CENTRE_Y) * inside + 4:.0f}"
    return (
        f'<polyline points="{points}" marker-end="url(#head)"/>'
        f'<text class="word" x="{word[0]}" y="{word[1]}">{station.leads}</text>'
    )


def outside(x: float, y: float, place: int) -> bool:
    """Returns whether a point lies outside of the box at a place, with a gap around it."""
    middle_x, middle_y = position(place)
    return abs(x - middle_x) > BOX_WIDTH / 2 + GAP or abs(y - middle_y) > BOX_HEIGHT / 2 + GAP


def picture() -> str:
    """Returns the picture as SVG."""
    arrows = "\n".join(arrow(place, station) for place, station in enumerate(STATIONS))
    boxes = "\n".join(box(place, station) for place, station in enumerate(STATIONS))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>The loop: traces are scored, selected into datasets, trained on, and the trained model answers</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0 L8 4 L0 8 z" fill="#7a86b8"/></marker></defs>
<style>
rect {{ fill: #eef1fd; stroke: #4a5fc1; stroke-width: 1.5 }}
polyline {{ fill: none; stroke: #7a86b8; stroke-width: 2 }}
text {{ font: 12px system-ui, sans-serif; text-anchor: middle; fill: #444b6a }}
text.name {{ font-size: 16px; font-weight: 600; fill: #27306b }}
text.word {{ font-style: italic; font-size: 13px; fill: #7a86b8 }}
</style>
{arrows}
{boxes}
<text class="word" x="{CENTRE_X:.0f}" y="{CENTRE_Y - 2:.0f}">An evaluation compares the answers</text>
<text class="word" x="{CENTRE_X:.0f}" y="{CENTRE_Y + 18:.0f}">of models on the same prompts.</text>
</svg>
"""


if __name__ == "__main__":
    FILE.write_text(picture())
