"""Operations on the local database: the schema, executed in this process."""

from __future__ import annotations

import gc
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from tunix_rt.cli.client.base import data_of
from tunix_rt.errors import NotFound
from tunix_rt.settings import Settings

if TYPE_CHECKING:
    from tunix_rt.api.schema import TunixSchema
    from tunix_rt.api.services import Services
    from tunix_rt.db.session import Database

STATEMENT_SECONDS = 600.0
REQUEST_SECONDS = 3600.0
"""Time limits of local operations, longer than a server's since no other request waits for them."""
BASE_URL = "http://local"
PARTIAL_MAX = 2
"""The number of queries for which a command builds partial schemas; then the whole one is as quick."""


class AssumedInstallation:
    """A stand-in for the installation check: the worker checks on its own machine."""

    available = True
    message = ""

    async def status(self) -> AssumedInstallation:
        """See ``Probe.status``."""
        return self


class LateServices:
    """Services that are assembled when the first of them is used: a list needs none, and their modules are many."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._assembled: Services | None = None

    def __getattr__(self, name: str) -> Any:
        """Returns a service."""
        if self._assembled is None:
            self._assembled = self._assemble()
        return getattr(self._assembled, name)

    async def close(self) -> None:
        """Closes the services, if they were assembled."""
        if self._assembled is not None:
            await self._runner.close()
            await self._assembled.close()

    def _assemble(self) -> Services:
        from tunix_rt.integrations.tunix import TunixProbe
        from tunix_rt.jobs.dry_runs.kind import DryRuns
        from tunix_rt.jobs.runs.runner import LocalRunner
        from tunix_rt.services import services_of

        dry_runs = DryRuns(self._database, self._settings)
        self._runner = LocalRunner(self._database, self._settings, dry_runs, AssumedInstallation(), lambda: None)
        tunix = TunixProbe(self._settings.trainer_python)
        return services_of(self._database, self._settings, tunix, self._runner, lambda: None)


class LocalClient:
    """Executes operations on an open database, without a worker."""

    def __init__(self, database: Database, settings: Settings, services: Services) -> None:
        self.place = f"the database {describe_database(settings)}"
        self.schemas = LocalSchemas(settings)
        self.database = database
        self.settings = settings
        self.services = services

    async def execute(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """See ``OperationClient.execute``."""
        partial = self.schemas.partial_for(document, variables)
        if partial is not None:
            answer = await self._answer(partial, document, variables)
            if not answer["errors"]:
                return data_of(answer)
        return data_of(await self._answer(self.schemas.schema_for(document), document, variables))

    async def _answer(self, schema: TunixSchema, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the response to an operation."""
        from tunix_rt.api.execution.encoding import EncodedAnswer, dumps

        result = await schema.execute_in_time(document, variable_values=dict(variables), context_value=self._context())
        data: Any = result.data
        encoded = b"".join(data.parts) if isinstance(data, EncodedAnswer) else dumps(data)
        return {"data": json.loads(encoded), "errors": format_errors(result.errors)}

    async def subscribe(self, document: str, variables: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """See ``OperationClient.subscribe``."""
        from strawberry.types.graphql import OperationType

        from tunix_rt.api.execution.encoding import dumps

        results = await self.schemas.schema_for(document).stream(
            document,
            variable_values=dict(variables),
            context_value=self._context(),
            allowed_operation_types={OperationType.SUBSCRIPTION},
        )
        async with aclosing(results):
            result: Any
            async for result in results:
                yield data_of({"data": json.loads(dumps(result.data)), "errors": format_errors(result.errors)})

    async def download(self, url: str, target: Path) -> None:
        """See ``OperationClient.download``; for the files of exports."""
        from tunix_rt.domain.exports.files import storage_key
        from tunix_rt.domain.exports.lifecycle import export_file_of

        export_id = unquote(urlsplit(url).path).split("/")[-2]
        async with self.database.read() as session:
            row = await export_file_of(session, uuid.UUID(export_id))
        path = None if row is None else row.path
        file = None if path is None else await self.services.storage.find(storage_key(path))
        if file is None:
            raise NotFound("The file was removed; create the export again.")
        await file.copy_to(target)

    def _context(self) -> Any:
        from tunix_rt.api.context import Context
        from tunix_rt.domain.keys.grant import WITHOUT_KEY

        # A user of the command line has access to the database, so a key would protect nothing, and nothing is charged.
        return Context(self.database, self.settings, self.services, BASE_URL, WITHOUT_KEY, charged=True)


class LocalSchemas:
    """The schemas of a command, built as its operations need them: a query needs no mutations."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._built: dict[bool, TunixSchema] = {}
        self._partial: dict[str, TunixSchema] = {}

    def partial_for(self, document: str, variables: Mapping[str, Any]) -> TunixSchema | None:
        """Returns a schema for a query alone, which is built in a fraction of the time; None if there is a whole one.

        If an operation has errors in it, execute it again in the whole schema, whose errors count.
        """
        if self._built or (document not in self._partial and len(self._partial) == PARTIAL_MAX):
            return None
        if document not in self._partial:
            with without_collections():
                built = self._build_partial(document, variables)
            if built is None:
                return None
            self._partial[document] = built
        return self._partial[document]

    def _build_partial(self, document: str, variables: Mapping[str, Any]) -> TunixSchema | None:
        """Builds a schema for a query alone; returns None if there is none."""
        from tunix_rt.api.execution.limits.operation import Limits
        from tunix_rt.api.partial.schema import partial_schema
        from tunix_rt.api.schema import with_limits

        types = partial_schema(document, variables)
        return None if types is None else with_limits(types, Limits.of(self._settings))

    def schema_for(self, document: str) -> TunixSchema:
        """Returns a schema that has the operations of a document: of queries, or of everything once that was needed."""
        read_only = not (False in self._built or writes(document))
        if read_only not in self._built:
            with without_collections():
                self._built[read_only] = self._build(read_only)
        return self._built[read_only]

    def _build(self, read_only: bool) -> TunixSchema:
        """Builds a schema of queries, or of everything."""
        from tunix_rt.api.execution.limits.operation import Limits
        from tunix_rt.api.schema import build_schema

        return build_schema(Limits.of(self._settings), read_only=read_only)


@contextmanager
def without_collections() -> Iterator[None]:
    """Collects no garbage within the block, and nothing of what it has made later.

    Importing and building a schema makes more than a hundred thousand objects that stay: traversing
    them was a seventh of the time of a list.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def writes(document: str) -> bool:
    """Returns whether a document has a mutation or a subscription."""
    from graphql import OperationDefinitionNode, OperationType, parse

    operations = [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
    return any(node.operation is not OperationType.QUERY for node in operations)


def format_errors(errors: Any) -> list[Any]:
    """Returns the errors of a result as a response has them."""
    return [error.formatted for error in errors or ()]


def describe_database(settings: Settings) -> str:
    """Returns the file or the URL of the database, without its password."""
    from tunix_rt.db.connections.engine import database_url

    url = database_url(settings)
    return str(Path(str(url.database)).absolute()) if url.get_backend_name() == "sqlite" else str(url)


@asynccontextmanager
async def local_client(settings: Settings, creates: bool) -> AsyncIterator[LocalClient]:
    """Opens the database of the settings until the end of the block.

    Args:
        creates: whether a missing database is created.

    Raises:
        NotFound, SchemaOutdated: as ``existing_database`` does.
    """
    from tunix_rt.cli.database import created_database, existing_database

    extended = replace(
        settings, db_statement_timeout_seconds=STATEMENT_SECONDS, request_timeout_seconds=REQUEST_SECONDS
    )
    async with (created_database if creates else existing_database)(extended) as database:
        services = LateServices(database, extended)
        try:
            yield LocalClient(database, extended, cast("Services", services))
        finally:
            await services.close()
