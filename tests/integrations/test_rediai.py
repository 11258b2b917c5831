"""RediAI's health: asked for real, at most once in a while, and never a reason to fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fake_server import AnsweringServer, answering
from tests.support.postgres import free_port
from tunix_rt.errors import SettingsError
from tunix_rt.integrations import rediai
from tunix_rt.integrations.rediai import HealthReading, Reason, Rediai, RediAIMode, ask
from tunix_rt.settings import Settings, settings_from


def asker(server: AnsweringServer, ttl: float = 30.0, clock: Callable[[], float] = time.monotonic) -> Rediai:
    """RediAI as settings name it."""
    settings = Settings(
        rediai_mode="real",
        rediai_base_url=f"{server.url}/base/",
        rediai_health_path="/live?deep=1",
        rediai_health_cache_ttl_seconds=ttl,
    )
    return Rediai(settings, clock)


def outcome(reading: HealthReading) -> tuple[Reason | None, str | None]:
    """Returns RediAI's health."""
    return reading.reason, reading.message


@pytest.mark.parametrize("status", ["200 OK", "204 No Content"])
async def test_success_is_health(status: str):
    async with answering(status) as server:
        reading = await asker(server).health()

    assert outcome(reading) == (None, None)
    assert reading.mode is RediAIMode.REAL
    assert server.requests == ["GET /base/live?deep=1 HTTP/1.1"]
    assert reading.latency_ms is not None
    assert 0 < reading.latency_ms < 5000
    assert datetime.now(UTC) - reading.checked_at < timedelta(minutes=1)


@pytest.mark.parametrize("status", ["500 Internal Server Error", "404 Not Found", "503 Service Unavailable"])
async def test_another_status_is_reported(status: str):
    async with answering(status) as server:
        reading = await asker(server).health()

    assert outcome(reading) == (Reason.HTTP_STATUS, f"HTTP {status[:3]}")
    assert reading.latency_ms is not None


async def test_redirects_are_not_followed():
    async with answering() as there, answering("302 Found", f"Location: {there.url}/health") as here:
        reading = await asker(here).health()

    assert outcome(reading) == (Reason.HTTP_STATUS, "HTTP 302")
    assert there.requests == []


async def test_a_refused_connection_is_reported_without_its_address():
    reading = await ask(f"http://127.0.0.1:{free_port()}/health")

    assert outcome(reading) == (Reason.CONNECTION_REFUSED, "Connection refused: Connection refused")
    assert reading.latency_ms is None


async def test_a_host_that_is_not_there_is_reported():
    assert outcome(await ask("http://rediai.invalid/health")) == (
        Reason.CONNECTION_REFUSED,
        "Connection refused: no such host",
    )


async def test_what_is_not_http_is_reported():
    async with answering() as server:
        server.answer = b"SSH-2.0-OpenSSH\r\n"
        reading = await asker(server).health()

    assert outcome(reading) == (Reason.HTTP_ERROR, "HTTP error: RemoteProtocolError")


async def test_silence_is_a_timeout(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rediai, "ASK_SECONDS", 1.0)
    async with answering(waits=True) as server:
        reading = await asker(server).health()

    assert outcome(reading) == (Reason.TIMEOUT, "Timeout after 1s")
    assert len(server.requests) == 1


async def test_an_answer_that_drips_is_a_timeout_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rediai, "ASK_SECONDS", 0.3)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    reading = await ask(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health")
    server.close()
    await server.wait_closed()

    assert reading.reason is Reason.TIMEOUT


async def test_fifty_who_ask_at_once_are_one_request():
    async with answering(waits=True) as server:
        found = asker(server)
        asking = [asyncio.create_task(found.health()) for _ in range(50)]
        await server.asked.wait()
        asking[0].cancel()
        server.go_on.set()
        readings = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(readings[0], asyncio.CancelledError)
    assert len(set(map(id, readings[1:]))) == 1
    assert outcome(await found.health()) == (None, None)
    assert len(server.requests) == 1


async def test_an_answer_is_kept_for_its_time():
    clock = [1000.0]
    async with answering("503 Service Unavailable") as server:
        found = asker(server, 30, lambda: clock[0])
        first = await found.health()
        clock[0] += 29.9
        assert await found.health() is first
        assert len(server.requests) == 1

        server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        clock[0] += 0.2
        assert outcome(await found.health()) == (None, None)
        assert len(server.requests) == 2


async def test_nothing_is_kept_for_no_time():
    async with answering() as server:
        found = asker(server, ttl=0)
        for number in range(1, 4):
            await found.health()
            assert len(server.requests) == number


async def test_two_addresses_never_share_an_answer():
    async with answering() as up, answering("500 Oh") as down:
        assert outcome(await asker(up).health()) == (None, None)
        assert outcome(await asker(down).health()) == (Reason.HTTP_STATUS, "HTTP 500")


async def test_a_mock_is_healthy_and_asks_nobody():
    async with answering("500 Oh") as server:
        reading = await Rediai(Settings(rediai_base_url=server.url)).health()

    assert (reading.mode, outcome(reading), reading.latency_ms) == (RediAIMode.MOCK, (None, None), None)
    assert server.requests == []


async def test_a_request_under_way_ends_with_the_server():
    async with answering(waits=True) as server:
        found = asker(server)
        asking = asyncio.create_task(found.health())
        await server.asked.wait()
        await found.close()

        with pytest.raises(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MODE", "maybe"),
        ("MODE", ""),
        ("BASE_URL", ""),
        ("BASE_URL", "rediai:8080"),
        ("BASE_URL", "ftp://rediai"),
        ("BASE_URL", "http://"),
        ("BASE_URL", "http://rediai:99999"),
        ("BASE_URL", "http://rediai:port"),
        ("BASE_URL", "http://rediai/?q=1"),
        ("BASE_URL", "http://redi ai"),
        ("HEALTH_PATH", ""),
        ("HEALTH_PATH", "health"),
        ("HEALTH_PATH", "/he alth"),
        ("HEALTH_PATH", "/h\n"),
        ("HEALTH_CACHE_TTL_SECONDS", "301"),
    ],
)
def test_settings_that_cannot_be_right_end_the_start(name: str, text: str):
    with pytest.raises(SettingsError, match=f"TUNIX_RT_REDIAI_{name} must"):
        settings_from({f"TUNIX_RT_REDIAI_{name}": text})


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "https://rediai.example/base/", "http://[::1]:1", "http://u:p@h"]
)
def test_addresses_that_can_be_right_are_taken(url: str):
    assert settings_from({"TUNIX_RT_REDIAI_MODE": "real", "TUNIX_RT_REDIAI_BASE_URL": url}).rediai_base_url == url
