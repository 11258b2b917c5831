"""The GraphQL operations of commands are valid, their fixed words are the schema's, and lost streams are resumed."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from graphql import GraphQLEnumType, OperationDefinitionNode, parse, validate

from tests.support.background import background_server
from tests.support.commands import Commands
from tunix_rt import cli
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.partial.schema import partial_schema
from tunix_rt.api.schema import TunixSchema, build_schema
from tunix_rt.cli.client.following import follow_job
from tunix_rt.cli.client.remote import RemoteClient
from tunix_rt.cli.dataset.creating import STRATEGIES
from tunix_rt.cli.filters import STATUSES
from tunix_rt.cli.import_.command import ON_ERROR
from tunix_rt.cli.run.feed import RUN_FEED
from tunix_rt.cli.run.logs import STREAMS
from tunix_rt.cli.run.start import MODES
from tunix_rt.domain.imports.importing import OnError
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

STARTS = ("{", "query", "mutation", "subscription")


def modules() -> Iterator[ModuleType]:
    """Yields every module of the command line."""
    for found in pkgutil.walk_packages(cli.__path__, f"{cli.__name__}."):
        yield importlib.import_module(found.name)


def documents() -> dict[str, str]:
    """Returns every constant that is a GraphQL document, by its place."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and value.strip().startswith(STARTS) and "\n" in value.strip()
    }


@pytest.fixture(scope="module")
def schema() -> TunixSchema:
    """The schema as it is served."""
    return build_schema(Limits.of(Settings()))


def test_every_query_is_valid_in_its_partial_schema():
    for place, document in documents().items():
        operations = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
        if any(operation.operation.value != "query" for operation in operations):
            continue
        schema = partial_schema(document, {})
        assert (schema is None) == ("node(" in document), place
        assert schema is None or not validate(schema._schema, parse(document)), place


def test_every_operation_is_valid(schema: TunixSchema):
    found = documents()

    assert len(found) > 30
    assert {name: errors for name, text in found.items() if (errors := validate(schema._schema, parse(text)))} == {}


def test_every_mutation_asks_for_its_errors():
    for name, text in documents().items():
        for node in parse(text).definitions:
            if isinstance(node, OperationDefinitionNode) and node.operation.value == "mutation" and "demo" not in name:
                assert "errors { code message path }" in text, name


@pytest.mark.parametrize(
    ("type_name", "words"),
    [
        ("JobStatus", STATUSES),
        ("DatasetStrategy", STRATEGIES),
        ("RunLogStream", STREAMS),
        ("RunMode", [mode.replace("-", "_") for mode in MODES]),
    ],
)
def test_fixed_words_are_those_of_the_schema(schema: TunixSchema, type_name: str, words: list[str]):
    found = schema._schema.type_map[type_name]

    assert isinstance(found, GraphQLEnumType)
    assert {word.upper() for word in words} == set(found.values)


def test_reactions_to_errors_are_those_of_imports():
    assert tuple(choice.value for choice in OnError) == ON_ERROR


class CutStream(httpx.AsyncByteStream):
    """A body that breaks off after the first part that has data."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.body:
            yield part
            if b"data:" in part:
                raise httpx.ReadError("cut off")

    async def aclose(self) -> None:
        await self.body.aclose()


class LossyTransport(httpx.AsyncHTTPTransport):
    """A network that breaks off the first stream."""

    streams = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            self.streams += 1
            if self.streams == 1:
                assert isinstance(response.stream, httpx.AsyncByteStream)
                response.stream = CutStream(response.stream)
        return response


def prepare(local: Commands) -> str:
    """Makes a dry run and returns its UUID."""
    local.succeed("samples", "load", "--source", "sample/logic")
    local.succeed("dataset", "create", "logic", "v1")
    words = ("run", "start", "logic-v1", "--model", "tiny-random/qwen3", "--wait")
    uuid: str = local.json(*words)["uuid"]
    return uuid


async def test_a_stream_that_breaks_off_is_resumed_without_duplicates(sqlite_url: str, tmp_path: Path):
    local = Commands.on(sqlite_url, tmp_path / "data")
    run = await asyncio.to_thread(prepare, local)
    network = LossyTransport()
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url, worker=False)
    with background_server(settings) as url:
        async with httpx.AsyncClient(transport=network) as http:
            client = RemoteClient(url, http)
            async with aclosing(follow_job(client, RUN_FEED, run)) as batches:
                events = [event async for batch in batches for event in batch]

    assert network.streams == 2
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["status"] == "COMPLETED"


async def test_a_download_goes_on_where_its_connection_was_lost(tmp_path: Path):
    whole, asked = b"data: of a large file", list[str | None]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("range"))
        if asked == [None]:
            return httpx.Response(200, stream=CutStream(httpx.ByteStream(whole[:9])))
        return httpx.Response(206, content=whole[9:])

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        await RemoteClient("http://server", http).download("http://server/file?signature=s", tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == whole
    assert asked == [None, "bytes=9-"]


async def test_a_proxy_without_its_server_is_no_other_server(tmp_path: Path):
    answered = httpx.MockTransport(lambda _: httpx.Response(502, html="<h1>502 Bad Gateway</h1>"))
    async with httpx.AsyncClient(transport=answered) as http:
        client = RemoteClient("http://server", http)
        with pytest.raises(Unavailable, match="does not answer: a proxy in front of it sent the status 502"):
            await client.execute("{ traces { totalCount } }", {})
        with pytest.raises(Unavailable):
            await client.download("http://server/file", tmp_path / "file")
