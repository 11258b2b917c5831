"""``POST /v1/traces`` for CSV and Parquet: columns become fields; errors are reported before anything is stored."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.api import Ask
from tests.support.ingest import PARQUET, messages, parquet, send
from tests.support.traces import COUNT_TRACES, on_sqlite
from tunix_rt.app import create_app
from tunix_rt.settings import Settings

CSV = "text/csv; charset=utf-8"
MAP = [("map", "prompt:question"), ("map", "final_answer:answer"), ("map", "steps:why")]
TRACES = """{ traces(orderBy: {field: CREATED_AT, direction: ASC}) { nodes {
  prompt finalAnswer source externalId meta steps { type content } } } }"""
TEXT = 'question,answer,why,level\n"What is ""2 + 2""?",4,"Two,\nand two.",easy\nIs 91 prime?,No,7 * 13,hard\n'
SEMICOLONS, TABS = (TEXT.replace(",", sign).replace(f"Two{sign}", "Two,").encode() for sign in ";\t")
NODES = [
    {
        "prompt": 'What is "2 + 2"?',
        "finalAnswer": "4",
        "source": "mine",
        "externalId": None,
        "meta": {"level": "easy", "source": "mine"},
        "steps": [{"type": "reasoning", "content": "Two,"}, {"type": "reasoning", "content": "and two."}],
    },
    {
        "prompt": "Is 91 prime?",
        "finalAnswer": "No",
        "source": "mine",
        "externalId": None,
        "meta": {"level": "hard", "source": "mine"},
        "steps": [{"type": "reasoning", "content": "7 * 13"}],
    },
]


ROWS = {
    "question": ['What is "2 + 2"?', "Is 91 prime?"],
    "answer": ["4", "No"],
    "why": ["Two,\nand two.", "7 * 13"],
    "level": ["easy", "hard"],
}


@pytest.mark.parametrize(
    ("body", "media", "format_"),
    [
        (TEXT.encode(), CSV, ()),
        (TEXT.encode(), CSV, (("format", "csv"),)),
        (gzip.compress(TEXT.encode()), "application/gzip", (("format", "csv"),)),
        (SEMICOLONS, CSV, (("delimiter", ";"),)),
        (TABS, CSV, (("delimiter", "tab"),)),
        (TABS, "text/tab-separated-values", ()),
        (parquet(ROWS), PARQUET, ()),
        (parquet(ROWS), PARQUET, (("format", "parquet"),)),
        (gzip.compress(parquet(ROWS)), "application/gzip", (("format", "parquet"),)),
    ],
    ids=[
        "csv",
        "csv by name",
        "csv in gzip",
        "semicolons",
        "tabs",
        "tab-separated values",
        "parquet",
        "parquet by name",
        "parquet in gzip",
    ],
)
async def test_tables_become_traces(
    ask: Ask, app_client: httpx.AsyncClient, body: bytes, media: str, format_: tuple[tuple[str, str], ...]
):
    answer = await send(app_client, body, media, *format_, *MAP, ("set", "source:mine"))

    assert (answer["status"], answer["lines"], answer["added"], answer["refusals"]) == (200, 2, 2, [])
    assert (await ask(TRACES))["traces"]["nodes"] == NODES
    again = await send(app_client, body, media, *format_, *MAP, ("set", "source:mine"))
    assert (again["added"], again["duplicates"]) == (0, 2)


@pytest.mark.parametrize(("body", "media"), [(TEXT.encode(), CSV), (parquet(ROWS), PARQUET)], ids=["csv", "parquet"])
async def test_columns_that_are_wrong_are_reported_before_anything_is_stored(
    ask: Ask, app_client: httpx.AsyncClient, body: bytes, media: str
):
    answer = await send(app_client, body, media, ("map", "prompt:questoin"), MAP[1])

    assert (answer["status"], answer["stopped"], answer["lines"]) == (400, True, 0)
    assert messages(answer) == [
        "There is no column 'questoin'. The columns are: question, answer, why, level.",
        "No column is mapped to steps. The columns are: question, answer, why, level.",
    ]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    refused = await send(app_client, body, media, *MAP, ("rest", "refuse"))
    assert messages(refused) == ["These columns are not mapped: level."]
    assert (await ask(COUNT_TRACES))["traces"]["totalCount"] == 0


async def test_unmapped_columns_and_steps_are_read_as_requested(ask: Ask, app_client: httpx.AsyncClient):
    body = b'question,answer,why,level\nq,a,"[""one"", ""two""]",easy\n'

    await send(app_client, body, CSV, *MAP, ("split_steps", "json"), ("rest", "drop"), ("map", "meta.hard:level"))

    (node,) = (await ask(TRACES))["traces"]["nodes"]
    assert [step["content"] for step in node["steps"]] == ["one", "two"]
    assert node["meta"] == {"hard": "easy"}


async def test_bad_rows_stop_or_are_skipped(ask: Ask, app_client: httpx.AsyncClient):
    body = TEXT.encode() + b"too,few\n,,,\n"

    stopped = await send(app_client, body, CSV, *MAP)
    assert (stopped["status"], stopped["added"], stopped["stopped"]) == (422, 0, True)
    skipped = await send(app_client, body, CSV, *MAP, ("on_error", "skip"))
    assert (skipped["status"], skipped["added"], skipped["rejected"]) == (200, 2, 2)
    assert skipped["refusals"][0] == {
        "line": 3,
        "field": "",
        "code": "BAD_USER_INPUT",
        "reason": "The row has 2 columns, the header has 4.",
    }


@on_sqlite
@pytest.mark.parametrize(
    ("media", "parameters", "status", "reason"),
    [
        ("application/x-ndjson", [("format", "csv")], 415, "text/csv, text/tab-separated-values for the format csv"),
        (CSV, [("format", "jsonl")], 415, "for the format jsonl"),
        (CSV, [("format", "parquet")], 415, PARQUET),
        ("text/plain", [("format", "csv")], 415, "text/csv"),
        (CSV, [("format", "xlsx")], 400, "The formats are: alpaca, "),
        (CSV, [("map", "prompt")], 400, "FIELD:VALUE"),
        (CSV, [("map", "answer:x")], 400, "no field 'answer'"),
        (CSV, [("set", "meta:x")], 400, "no field 'meta'"),
        (CSV, [("rest", "keep")], 400, "rest must be meta, drop or refuse."),
        (CSV, [("split_steps", "words")], 400, "split_steps must be lines, paragraphs, json or none."),
        (CSV, [("on_error", "x")], 400, "on_error must be stop, skip or keep."),
        (
            CSV,
            [("onerror", "skip")],
            400,
            "no parameter 'onerror'; the parameters are delimiter, each, format, map, on_error",
        ),
        (CSV, [("on_error", "stop"), ("on_error", "skip")], 400, "on_error is given more than once."),
        ("application/x-ndjson", [("map", "prompt:x")], 400, "map is for csv and parquet only."),
        ("application/x-ndjson", [("rest", "drop")], 400, "rest is for csv and parquet only."),
        ("application/x-ndjson", [("delimiter", ";")], 400, "delimiter is for csv only."),
        (PARQUET, [("delimiter", ";")], 400, "delimiter is for csv only."),
        (CSV, [("delimiter", ";;")], 400, "delimiter must be `tab` or one ASCII character"),
    ],
)
async def test_bad_parameters_are_reported(
    app_client: httpx.AsyncClient, media: str, parameters: list[tuple[str, str]], status: int, reason: str
):
    answer = await send(app_client, b"x", media, *parameters)

    assert answer["status"] == status
    assert reason in messages(answer)[0]


@pytest.fixture
async def narrow(sqlite_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that takes Parquet of up to 2,000 bytes."""
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url, load_samples=False, upload_max_bytes=2000)
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        yield client


async def test_a_parquet_body_may_be_so_large(narrow: httpx.AsyncClient):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    answer = await send(narrow, pieces(), PARQUET, *MAP)

    assert (answer["status"], messages(answer)) == (413, ["The body may have at most 2000 bytes."])
    packed = gzip.compress(b"x" * 3000)
    assert (await send(narrow, packed, "application/gzip", ("format", "parquet")))["status"] == 413


async def test_the_temporary_file_goes_when_it_was_read(narrow: httpx.AsyncClient, tmp_path: Path):
    answer = await send(narrow, parquet({"prompt": ["p"], "final_answer": ["a"], "steps": ["s"]}), PARQUET)

    assert (answer["status"], answer.get("added")) == (200, 1), answer
    assert list((tmp_path / "data").iterdir()) == []


async def test_a_data_folder_that_cannot_be_written_is_reported(narrow: httpx.AsyncClient, tmp_path: Path):
    (tmp_path / "data").write_text("a file where the folder should be")

    answer = await send(narrow, parquet(ROWS), PARQUET, *MAP)

    assert (answer["status"], answer["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert str(tmp_path) not in str(answer)


async def test_a_damaged_parquet_body_is_reported(app_client: httpx.AsyncClient):
    answer = await send(app_client, b"PAR1 but not really PAR1", PARQUET)

    assert (answer["status"], answer["added"]) == (400, 0)
    assert messages(answer)[0].startswith("Not a Parquet file that can be read")
