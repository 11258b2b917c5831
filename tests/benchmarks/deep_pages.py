"""Deep pages: the one after row 190,000 of 200,000 against the first, and pages of filtered lists."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvloop
from sqlalchemy import ColumnElement, Select, select

from tests.benchmarks.client import Connection, graphql_request
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.explain import plan_of
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, ratio, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tunix_rt.db.models import traces
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.filtering.predicates import Compare, MetaTest, Op, Predicate, Search
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES

DEPTH = 0.95
TRACE_BYTES = 600
REPEATS = 40
COLUMNS = (traces.c.id, traces.c.prompt_preview, traces.c.step_count)
QUERY = """query ($where: TraceWhere, $orderBy: [TraceOrder!], $after: String) {
    traces(where: $where, orderBy: $orderBy, after: $after, first: 50) { nodes { id promptPreview stepCount } }
}"""


@dataclass
class Page:
    """A page to be measured, as a request and as the statement that answers it.

    Args:
        depth: how many rows lie before it.
    """

    label: str
    order: SortOrder
    variables: dict[str, Any] = field(default_factory=dict)
    predicate: Predicate | None = None
    depth: int = 0

    async def locate(self, session: Session) -> Page:
        """The same page with the cursor of the row before it."""
        if self.depth:
            query = select(*self.order.columns).order_by(*self.order.clauses()).offset(self.depth - 1).limit(1)
            self.after: list[Any] | None = list((await session.execute(query)).one())
            self.variables["after"] = self.order.cursor(self.after)
        else:
            self.after = None
        return self

    def statement(self, kind: str) -> Select[Any]:
        """Returns the statement that the server runs for it."""
        conditions: list[ColumnElement[bool]] = []
        if self.predicate is not None:
            conditions.append(compile_predicate(self.predicate, TRACES, kind))
        if self.after is not None:
            conditions.append(self.order.beyond(self.after))
        return select(*COLUMNS).where(*conditions).order_by(*self.order.clauses()).limit(51)


NEWEST = SortOrder.of([Term(traces.c.created_at, descending=True)], traces.c.id)
BY_STEPS = SortOrder.of([Term(traces.c.step_count, descending=False)], traces.c.id)
BY_SOURCE = SortOrder.of([Term(traces.c.source, descending=False)], traces.c.id)


def walked(count: int) -> list[Page]:
    """The first and the deep page of each order."""
    deep = int(count * DEPTH)
    orders: list[tuple[str, SortOrder, dict[str, Any]]] = [
        ("newest first", NEWEST, {}),
        ("by stepCount", BY_STEPS, {"orderBy": [{"field": "STEP_COUNT"}]}),
        ("by source (nullable)", BY_SOURCE, {"orderBy": [{"field": "SOURCE"}]}),
    ]
    return [
        Page(f"{label}, {f'after row {depth:,}' if depth else 'first page'}", order, dict(variables), depth=depth)
        for label, order, variables in orders
        for depth in (0, deep)
    ]


def filtered(count: int) -> list[Page]:
    """First pages of filtered lists, newest first."""
    n = count // 3
    common, seldom = words()
    meta = [{"path": ["n"], "eq": n}]
    return [
        Page("source eq", NEWEST, {"where": {"source": {"eq": "logic"}}}, Compare("source", Op.EQ, "logic")),
        Page("meta.n eq (one row)", NEWEST, {"where": {"meta": meta}}, MetaTest(("n",), Op.EQ, n)),
        Page("search, one row", NEWEST, {"where": {"search": str(n)}}, Search(str(n))),
        Page("search, a seldom word", NEWEST, {"where": {"search": seldom}}, Search(seldom)),
        Page("search, the commonest word", NEWEST, {"where": {"search": common}}, Search(common)),
    ]


def words() -> tuple[str, str]:
    """The commonest word of the traces, and one that few of them have."""
    counted = Counter(word for trace in made_up(500, TRACE_BYTES) for word in trace["prompt"].lower().split())
    ranked = [word for word, _ in counted.most_common() if word.isalpha()]
    return ranked[0], ranked[min(1000, len(ranked) - 1)]


def run(databases: Databases, options: Options) -> None:
    """Prints the tables of both databases."""
    heading(f"Deep pages among {options.traces:,} traces: 50 rows, 3 fields")
    note(
        "Medians of single requests, and of the statement alone by SQLAlchemy in this process. The ratio of a deep page"
    )
    note("is to the first page of the same order, that of a filtered page to the newest first page.")
    rows = [row for kind in KINDS for row in measure_database(kind, databases, options)]
    table(["", "request ms", "ratio", "statement ms", "ratio"], rows)


def measure_database(kind: str, databases: Databases, options: Options) -> list[list[str]]:
    """The rows of one database."""
    url = databases.fresh(kind)
    start = time.perf_counter()
    asyncio.run(fill(settings_for(url, databases.folder), made_up(options.traces, TRACE_BYTES)))
    databases.tidy(url)
    note(f"({KINDS[kind]} filled in {time.perf_counter() - start:.0f} s)")
    pages = [*walked(options.traces), *filtered(options.traces)]

    async def statements() -> list[float]:
        database = Database(settings_for(url, databases.folder))
        async with database.read() as session:
            located = [await page.locate(session) for page in pages]
            found = [await statement_time(session, page.statement(kind)) for page in located]
            if options.explain:
                await explain(session, pages, kind)
        await database.close()
        return found

    alone = uvloop.run(statements())
    with running(OURS, url, databases.folder) as server:
        requests = request_times(server.url, [graphql_request(QUERY, page.variables) for page in pages])
    databases.remove(url)
    return [
        [
            f"{KINDS[kind]}, {page.label}",
            f"{requests[place]:.2f}",
            ratio(requests[place], requests[base]),
            f"{alone[place]:.2f}",
            ratio(alone[place], alone[base]),
        ]
        for place, page in enumerate(pages)
        for base in [place - 1 if page.depth else place if page.predicate is None else 0]
    ]


async def explain(session: Session, pages: list[Page], kind: str) -> None:
    """Prints the plan of each page's statement."""
    for page in pages:
        note(f"\n{KINDS[kind]}, {page.label}:")
        for line in await plan_of(session, page.statement(kind)):
            note(f"    {line}")


async def statement_time(session: Session, statement: Select[Any]) -> float:
    """The median milliseconds of a statement with its rows, once its plan and its pages are in memory."""

    async def once() -> None:
        (await session.execute(statement)).all()

    return await median_time(once)


async def median_time(once: Callable[[], Awaitable[None]]) -> float:
    """The median milliseconds of a call; the first three do not count."""
    found = []
    for _ in range(REPEATS + 3):
        start = time.perf_counter()
        await once()
        found.append((time.perf_counter() - start) * 1000)
    return median(found[3:])


def request_times(url: str, requests: list[bytes], repeats: int = REPEATS) -> list[float]:
    """The median milliseconds of each request, one at a time, in turns; the first three turns do not count.

    Raises:
        RuntimeError: an answer holds errors.
    """
    connection = Connection.to(url)
    found: list[list[float]] = [[] for _ in requests]
    for _ in range(repeats + 3):
        for request, times in zip(requests, found, strict=True):
            start = time.perf_counter()
            answer = connection.ask(request)
            times.append((time.perf_counter() - start) * 1000)
            if b'"errors"' in answer:
                raise RuntimeError(f"the server answered {answer.decode()}")
    connection.close()
    return [median(times[3:]) for times in found]
