"""The demo: from nothing to a model that is measurably better on prompts it has not seen, with real training."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.fake_server import answering
from tests.support.measuring import ALONE
from tests.support.postgres import free_port
from tests.support.servers import clean_environment
from tunix_rt.cli.demo.command import command
from tunix_rt.cli.demo.server import demo_server
from tunix_rt.cli.demo.sums import sum_lines
from tunix_rt.cli.output.values import decimals
from tunix_rt.errors import SettingsError
from tunix_rt.trainer.contract import CACHE_VARIABLE

MEAN = re.compile(r"(before|after) training\D+([01]\.\d{3})")


def test_halves_are_rounded_as_the_web_client_does():
    assert [decimals(value, "+") for value in (0.8125, 0.8135, -0.0625, 0.0)] == [
        "+0.813",
        "+0.814",
        "-0.063",
        "+0.000",
    ]
    assert decimals(0.8125) == "0.813"


def test_the_demo_closes_the_loop(compiled: Path, tmp_path: Path):
    environment = clean_environment() | {CACHE_VARIABLE: str(compiled), "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, "demo", "--exit"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    means = {name: float(mean) for name, mean in MEAN.findall(done.stdout)}
    assert means["before"] < 0.1
    assert means["after"] > 0.5
    assert "320 to train, 80 held out" in done.stderr
    assert re.search(r"After minus before: \+0\.\d{3} \(\+0", done.stdout)
    assert re.search(r"Evaluation: http://127\.0\.0\.1:\d+/evaluations/[0-9a-f-]{36}$", done.stdout, re.MULTILINE)
    assert (tmp_path / ".tunix-rt-demo").is_dir()


def test_without_tunix_the_install_command_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    without = tmp_path / "python"
    without.write_text("#!/bin/sh\nexit 1\n")
    without.chmod(0o755)
    monkeypatch.setenv("TUNIX_RT_TRAINER_PYTHON", str(without))
    done = CliRunner().invoke(command, ["--data-dir", str(tmp_path / "data"), "--exit"])
    assert done.exit_code == 1
    assert "pip install" in str(done.exception)


async def test_the_port_of_another_server_is_refused(tmp_path: Path):
    def serve(port: int) -> None:
        with demo_server(tmp_path / "data", port):
            pass

    async with answering() as other:
        with pytest.raises(SettingsError, match="Address already in use"):
            await asyncio.to_thread(serve, int(other.url.rpartition(":")[2]))

    assert other.requests == []


def test_the_settings_of_a_deployment_do_not_lead_it_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TUNIX_RT_DATABASE_URL", "postgresql://team@127.0.0.1:1/traces")
    monkeypatch.setenv("TUNIX_RT_STORAGE_URL", f"file://{tmp_path}/shared")
    monkeypatch.setenv("TUNIX_RT_HOST", "192.0.2.1")
    monkeypatch.setenv("TUNIX_RT_PROXY_ADDRESSES", "192.0.2.2")
    monkeypatch.setenv("TUNIX_RT_PROXY_SCOPES", "*=read")
    monkeypatch.setenv("TUNIX_RT_PROXY_SIGN_OUT_URL", "/out")

    with demo_server(tmp_path / "data", free_port()) as server:
        assert server.query("{ serverInfo { database { kind } } }") == {"database": {"kind": "SQLITE"}}
    assert (tmp_path / "data" / "tunix-rt.sqlite").exists()


def test_the_sums_are_all_of_two_numbers_to_20():
    lines = list(sum_lines())
    assert len(set(lines)) == 400
    assert '"prompt": "What is 20 + 20?"' in lines[-1]
