"""`tunix-rt serve` as a process: what it refuses, what it loads, and how it ends."""

from __future__ import annotations

import errno
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.servers import clean_environment, serving
from tunix_rt.cli.serving.listening import bind
from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings

COMMAND = [sys.executable, "-m", "tunix_rt"]
SUBSCRIPTION = {"query": "subscription { traceCreated { id } }"}
UNUSABLE_STORAGE = {"TUNIX_RT_STORAGE_URL": "gs://traces", "GOOGLE_SERVICE_ACCOUNT": "/nowhere"}
COUNT = {"query": "{ traces(first: 0) { totalCount } }"}


def refusal(tmp_path: Path, *options: str, **variables: str) -> str:
    """Returns the message with which `serve` refuses to start."""
    environment = clean_environment() | {"TUNIX_RT_DATA_DIR": str(tmp_path / "data")} | variables
    ended = subprocess.run(
        [*COMMAND, "serve", *options], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == (3 if "cannot be reached" in ended.stderr else 1)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    ("options", "variables", "output"),
    [
        (["--host", "192.0.2.1"], {}, "Listening on 192.0.2.1 needs an API key"),
        (["--host", "a..b"], {}, "TUNIX_RT_HOST must be an IP address or the name of a host, not 'a..b'"),
        ([], {"TUNIX_RT_STORAGE_URL": "s3://["}, "TUNIX_RT_STORAGE_URL must be"),
        ([], {"TUNIX_RT_PORT": "70000"}, "TUNIX_RT_PORT must be between 0 and 65535, not 70000"),
        ([], {"TUNIX_RT_PROT": "8000"}, "There is no setting TUNIX_RT_PROT"),
        ([], {"TUNIX_RT_DATABASE_URL": "mysql://h/d"}, "names 'mysql'"),
        (["--port", "0"], {"TUNIX_RT_DATABASE_URL": "postgresql://u@127.0.0.1:1/d"}, "cannot be reached"),
        (["--port", "0"], UNUSABLE_STORAGE, "TUNIX_RT_STORAGE_URL cannot be used"),
    ],
)
def test_it_reports_why_it_does_not_start(tmp_path: Path, options: list[str], variables: dict[str, str], output: str):
    assert output in refusal(tmp_path, *options, **variables)


def test_a_port_in_use_is_reported_before_anything_is_done(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        output = refusal(tmp_path, "--port", str(port))

    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port with --port." in output
    assert "tunix-rt serves" not in output
    assert not (tmp_path / "data").exists()


def test_a_machine_without_ipv6_is_reported(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any) -> Any:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(SettingsError) as refused:
        bind(Settings(host="::1"))
    assert refused.value.message == (
        "Cannot listen on [::1]:8000: Address family not supported by protocol. Choose another address with --host."
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_though_somebody_listens(tmp_path: Path, ending: signal.Signals):
    with serving(COMMAND, tmp_path) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        headers = {"Accept": "text/event-stream"}
        with client.stream("POST", "/graphql", json=SUBSCRIPTION, headers=headers) as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": ping"
            server.process.send_signal(ending)
            assert "event: complete" in list(lines)
        assert server.process.wait(30) == 0
        log = server.log.read_text()
        assert f"tunix-rt serves the web client on {server.url} (GraphiQL at /graphiql, API at /graphql)" in log
        assert "Traceback" not in log


def test_samples_are_loaded_where_no_trace_ever_was(tmp_path: Path):
    def count(request: Any = COUNT) -> int:
        with serving(COMMAND, tmp_path) as server:
            answer = httpx.post(f"{server.url}/graphql", json=request, trust_env=False, timeout=30).json()
        found: int = answer["data"]["traces"]["totalCount"]
        return found

    environment = clean_environment() | {"TUNIX_RT_DATA_DIR": str(tmp_path / "data")}
    subprocess.run([*COMMAND, "migrate", "up"], env=environment, check=True, capture_output=True)
    assert count() == 60

    with serving(COMMAND, tmp_path) as server:
        delete = "mutation { deleteTraces(input: {where: {charCount: {gt: 0}}, expectedCount: 60}) { deletedCount } }"
        answer = httpx.post(f"{server.url}/graphql", json={"query": delete}, trust_env=False, timeout=30).json()
        assert answer["data"]["deleteTraces"]["deletedCount"] == 60
    assert count() == 0
