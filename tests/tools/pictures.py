"""Takes the pictures of the web client's pages, in light and dark, from the sample data and two real trainings.

Nothing is trained for pictures that show no run.

    python -m tests.tools.pictures [PAGE...]

writes docs/images/web/PAGE-SCHEME.png, for the pages that are named or for all.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.support.browser import SCHEMES, use_scheme
from tests.support.keys import CREATE_KEY, bearer
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, serving
from tests.support.stock import (
    CODE,
    CREATE_DATASET,
    SCORE,
    ask,
    create_dataset,
    evaluate_models,
    start_run,
    trace_uuids,
)
from tests.tools.browser import ARGUMENTS, INSTALL, find_chromium

FOLDER = ROOT / "docs" / "images" / "web"
SIZE = ViewportSize(width=1440, height=900)
FREQUENT, COVERING = 96, 64
WAIT_MILLISECONDS = 30_000
SAMPLES = {"source": {"startsWith": "sample/"}}
TRAINING = {"batchSize": 4, "maxSeqLength": 256, "maxSteps": 40, "evalEverySteps": 10, "method": "LORA"}


@dataclass(frozen=True)
class Shown:
    """What the pictures show."""

    answers: Sequence[str]
    trace: str
    runs: Sequence[str]
    group: str
    evaluation: str


def no_action(_: Page) -> None:
    """Leaves a page as it opens."""


@dataclass(frozen=True)
class Picture:
    """A picture: the path of its page, and what is done there before it is taken."""

    path: Callable[[Shown], str]
    prepare: Callable[[Page], None] = no_action


def open_palette(page: Page) -> None:
    """Opens the command palette with a search in it."""
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Search or jump to").wait_for()
    page.keyboard.type("two")
    expect(page.get_by_role("listbox")).not_to_have_attribute("aria-busy", "true")


def review_some(page: Page) -> None:
    """Gives the first three traces of a queue a score."""
    for number in range(3):
        expect(page.get_by_role("main")).to_contain_text(re.compile(rf"{number} of \d+ reviewed"))
        page.keyboard.press("1")


PICTURES = {
    "overview": Picture(lambda shown: "/"),
    "traces": Picture(
        lambda shown: "/traces?" + urlencode({"where": json.dumps({"source": {"startsWith": "sample/"}})})
    ),
    "trace": Picture(lambda shown: f"/traces/{shown.trace}"),
    "groups": Picture(lambda shown: "/groups"),
    "group": Picture(lambda shown: "/groups/" + quote(shown.group, safe="")),
    "evaluation": Picture(lambda shown: f"/evaluations/{shown.evaluation}"),
    "compare": Picture(lambda shown: "/compare?" + urlencode({"a": shown.answers[0], "b": shown.answers[1]})),
    "review": Picture(lambda shown: "/review?" + urlencode({"where": json.dumps(CODE)}), review_some),
    "datasets": Picture(lambda shown: "/datasets"),
    "new-dataset": Picture(lambda shown: "/datasets/new?" + urlencode({"where": json.dumps(CODE), "name": "code"})),
    "dataset": Picture(lambda shown: "/datasets/samples-1"),
    "runs": Picture(lambda shown: "/runs"),
    "new-run": Picture(lambda shown: "/runs/new?dataset=samples-1"),
    "run": Picture(lambda shown: f"/runs/{shown.runs[0]}"),
    "compare-runs": Picture(lambda shown: "/runs/compare?" + urlencode({"ids": ",".join(shown.runs)})),
    "integrations": Picture(lambda shown: "/integrations"),
    "palette": Picture(lambda shown: "/", open_palette),
    "keys": Picture(lambda shown: "/keys"),
    "audit": Picture(lambda shown: "/audit"),
}
WITH_KEYS = frozenset({"keys", "audit"})
"""The pictures of a server with keys, which are taken last: with the first key, every request needs one."""

WITH_RUNS = frozenset({"overview", "palette", "runs", "run", "compare-runs", "integrations"})
"""The pictures that show runs or their models, without which nothing is trained."""


def stock_up(server: RunningServer, has_runs: bool) -> Shown:
    """Scores the samples, builds datasets of them, trains two models if runs are shown, and evaluates others."""
    ask(server, SCORE)
    samples = create_dataset(server, "samples", {"not": {"source": {"eq": "sample/logic"}}})
    evaluation = create_dataset(server, "logic", {"source": {"eq": "sample/logic"}})
    settings = {"evalDatasetId": evaluation, "wait": True, **TRAINING}
    runs = [
        start_run(server, samples, outputName=name, learningRate=rate, **settings)
        for name, rate in (("lora-fast", 0.01), ("lora-slow", 0.002))
        if has_runs
    ]
    start_run(server, evaluation, mode="DRY_RUN", wait=True)
    group, evaluation = evaluate_models(server)
    answers = trace_uuids(server, externalId={"in": ["three-doors-short", "three-doors-long"]})
    return Shown(answers=answers, trace=answers[0], runs=runs, group=group, evaluation=evaluation)


def sign_in(page: Page, server: RunningServer) -> None:
    """Creates keys, uses them, and signs the browser in with that of an administrator."""
    boss = str(ask(server, CREATE_KEY, input={"name": "boss", "scopes": ["ADMIN"]})["secret"])
    page.goto(server.url)
    page.get_by_label("API key", exact=True).fill(boss)
    page.keyboard.press("Enter")
    page.get_by_role("navigation", name="Pages").wait_for()
    secrets = {
        name: str(post(server, boss, CREATE_KEY, {"name": name, "scopes": scopes})["createKey"]["secret"])
        for name, scopes in {"cluster": ["WRITE", "RUN"], "dashboard": ["READ"]}.items()
    }
    post(server, secrets["cluster"], CREATE_DATASET, {"name": "everything", "version": "1", "where": {}})
    post(server, secrets["dashboard"], CREATE_DATASET, {"name": "mine", "version": "1", "where": {}})


def post(server: RunningServer, secret: str, query: str, given: dict[str, Any]) -> Any:
    """Sends a mutation with a key, and returns its data; None if it is refused."""
    body = {"query": query, "variables": {"input": given}}
    answer = httpx.post(f"{server.url}/graphql", json=body, headers=bearer(secret), trust_env=False, timeout=60).json()
    return answer.get("data")


def reduced(image: Image.Image) -> Image.Image:
    """Returns a picture with few colours: the most frequent as they are, and those that cover the others best."""
    counted = sorted(image.getcolors(image.width * image.height) or [], reverse=True)
    frequent = [channel for _, colour in counted[:FREQUENT] if isinstance(colour, tuple) for channel in colour]
    covering = image.quantize(COVERING, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([int(channel) for channel in (*frequent, *covering[: 3 * COVERING])])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def take(page: Page, name: str, url: str, picture: Picture) -> int:
    """Takes the pictures of a page in both colour schemes, and returns their size in bytes."""
    page.goto(url)
    page.get_by_role("main").get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    picture.prepare(page)
    page.wait_for_load_state("networkidle")
    written = 0
    for scheme in SCHEMES:
        use_scheme(page, scheme)
        page.wait_for_timeout(300)
        file = FOLDER / f"{name}-{scheme}.png"
        with Image.open(BytesIO(page.screenshot())) as image:
            reduced(image.convert("RGB")).save(file, optimize=True)
        written += file.stat().st_size
    return written


def take_all(server: RunningServer, names: Sequence[str]) -> None:
    """Takes the named pictures."""
    shown = stock_up(server, not WITH_RUNS.isdisjoint(names))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            sys.exit(INSTALL)
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
        page.set_default_timeout(WAIT_MILLISECONDS)
        for name in sorted(names, key=WITH_KEYS.__contains__):
            if name in WITH_KEYS and not page.context.cookies():
                sign_in(page, server)
            print(f"{name}: {take(page, name, server.url + PICTURES[name].path(shown), PICTURES[name]):,} bytes")
        browser.close()


def main(arguments: Sequence[str]) -> int:
    """Takes the pictures of the named pages, or of all."""
    unknown = set(arguments) - PICTURES.keys()
    if unknown:
        print(f"No such pages: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    with TemporaryDirectory() as folder, serving([sys.executable, "-m", "tunix_rt"], Path(folder)) as server:
        take_all(server, arguments or list(PICTURES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
