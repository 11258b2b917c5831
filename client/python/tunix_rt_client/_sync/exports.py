# Generated from _async/exports.py: edit that file, then run python client/python/codegen/generate.py.
"""Exports: files that the server writes, downloaded with resumption and a checked SHA-256."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunix_rt_client._sync.connection import FIRST_DELAY, RETRIES, Connection, is_of_proxy
from tunix_rt_client._sync.jobs import Bound, wait_for
from tunix_rt_client._generated.documents import GET_EXPORT, START_EXPORT
from tunix_rt_client._generated.records import ExportFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.containers import container_of
from tunix_rt_client.display import card
from tunix_rt_client.errors import ConnectionLost, NotFound, request_error
from tunix_rt_client.inputs import input_fields
from tunix_rt_client.part_files import PartFile
from tunix_rt_client.progress import progress_bar
from tunix_rt_client.records import as_record

if TYPE_CHECKING:
    import httpx

WHOLE_FILE = 200
"""The status of a response that has the whole file, whatever range was requested."""


@checks_arguments
class Export(Bound, ExportFields, kw_only=True, rename="camel", dict=True):
    """A file of traces, written by a job of the server."""

    def refresh(self) -> Export:
        """Reads the export's current state and returns it."""
        data = self.connection.execute(GET_EXPORT, {"id": self.id})
        if data["export"] is None:
            raise NotFound(f"There is no export {self.uuid}.", code="NOT_FOUND")
        return self.copy_from(as_export(data["export"], self.connection))

    def wait(self, timeout: float | None = None) -> Export:
        """Waits until the export is written.

        Raises:
            JobFailed: it was not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        wait_for(self, f"export {self.file_name}", timeout)
        return self

    def download(self, path: str | Path) -> Path:
        """Downloads the file, and checks its SHA-256.

        It goes on where a connection was lost, or where an earlier call for the same path and content was interrupted.

        Raises:
            NotFound: the export has no file.
            TunixRtError: the file differs from its checksum.
        """
        if self.download_url is None:
            raise NotFound(f"The export {self.file_name} has no file: it is {self.status}.", code="NOT_FOUND")
        target = Path(path)
        download(self.connection, self.download_url, target, self.byte_size, self.sha256)
        return target

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.file_name!r}, {self.row_count:,} records, {self.status})"

    def _repr_html_(self) -> str:
        size = "" if self.byte_size is None else f"{self.byte_size:,} bytes"
        rows = [("Status", self.status), ("Records", f"{self.row_count:,}"), ("Size", size), ("SHA-256", self.sha256)]
        return card(f"Export {self.file_name}", rows)


def as_export(node: Mapping[str, Any], connection: Connection) -> Export:
    """Returns the export of one node."""
    found = as_record(node, Export)
    found.bind(connection)
    return found


def new_export(connection: Connection, given: Mapping[str, Any]) -> Export:
    """Starts an export."""
    payload = connection.mutate(START_EXPORT, "startExport", given, keyed=True)
    return as_export(payload["export"], connection)


def export_to(
    connection: Connection,
    path: str | Path,
    selected: Mapping[str, Any],
    container: str | None,
    options: Mapping[str, Any],
) -> Export:
    """Writes a selection of traces to a file on the server, downloads it, and checks its SHA-256.

    Args:
        path: the file to write; its suffix names the container unless ``container`` does.
        selected: the fields of ``StartExportInput`` that select the traces and the format.
        options: further fields, in Python's spelling.
    """
    file = container or container_of(Path(path))
    started = new_export(connection, {**selected, "container": file, **input_fields(options)})
    started.wait()
    started.download(path)
    return started


def download(connection: Connection, url: str, target: Path, size: int | None, sha256: str | None) -> None:
    """Downloads a file beside its target and renames it once it is whole; see ``PartFile``.

    Args:
        size: the file's size in bytes, for the progress bar.
        sha256: its checksum in hexadecimal; None if there is none.

    Raises:
        ConnectionLost: the connection broke too often.
        TunixRtError: the file differs from its checksum.
    """
    import httpx

    with PartFile(target, size, sha256) as part, progress_bar(size, "B", target.name) as bar:
        for attempt in range(RETRIES + 1):
            if part.is_whole:
                break
            try:
                receive(connection, url, part, bar)
                break
            except (httpx.TransportError, ConnectionLost) as error:
                if attempt == RETRIES:
                    raise ConnectionLost(f"{target.name} broke off after {part.received:,} bytes.") from error
                time.sleep(FIRST_DELAY * 2**attempt)
        part.finish()


def receive(connection: Connection, url: str, part: PartFile, bar: Any) -> None:
    """Receives what a file lacks; the whole file from a server that does not send ranges of it.

    Raises:
        RequestError: the server refused.
        ConnectionLost: a proxy has answered, since the server has not.
        httpx.TransportError: the connection was lost.
    """
    headers = {"Range": f"bytes={part.received}-"} if part.received else {}
    with connection.http.stream("GET", url, headers=headers, follow_redirects=True) as response:
        require_success(response)
        if response.status_code == WHOLE_FILE:
            part.clear()
        bar.update(part.received - bar.n)
        for chunk in response.iter_bytes():
            part.write(chunk)
            bar.update(len(chunk))


def require_success(response: httpx.Response) -> None:
    """Checks the status of a streamed response.

    Raises:
        ConnectionLost: a proxy has answered, since the server has not.
        RequestError: the server refused; the message is the server's.
    """
    if response.is_success:
        return
    response.read()
    try:
        errors = response.json()["errors"]
    except (ValueError, KeyError, TypeError):
        if is_of_proxy(response):
            raise ConnectionLost(f"No server answers; the status is {response.status_code}.") from None
        errors = [{"message": f"The server answered {response.status_code}.", "code": "INTERNAL"}]
    raise request_error(errors, response.headers.get("x-request-id"))
