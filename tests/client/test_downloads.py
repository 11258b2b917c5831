"""Downloads of the Python client go on where they were interrupted, and never mix two contents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.runs import StandIn
from tunix_rt_client import Client, Export, RequestError, TunixRtError

FIRST_BYTES = 100


@pytest.fixture
def export(filled: Client, tmp_path: Path) -> Export:
    """An export with a file."""
    return filled.create_dataset("d", "1", where={}).export(tmp_path / "whole.jsonl")


def break_off(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Lets the next download receive its first bytes, and then raise an error."""
    intact = httpx.Response.iter_bytes

    def broken(response: httpx.Response, *arguments: Any) -> Iterator[bytes]:
        monkeypatch.setattr(httpx.Response, "iter_bytes", intact)
        yield next(intact(response, FIRST_BYTES))
        raise error

    monkeypatch.setattr(httpx.Response, "iter_bytes", broken)


def ranges_of(client: Client) -> list[str | None]:
    """Returns a list that gets the requested range of each further download."""
    found: list[str | None] = []

    def note(request: httpx.Request) -> None:
        if request.method == "GET":
            found.append(request.headers.get("range"))

    client.connection.http.event_hooks = {"request": [note]}
    return found


def parts_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.part"))


def test_an_interrupted_download_is_taken_up_by_the_next_call(
    filled: Client, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target, whole = tmp_path / "again.jsonl", (tmp_path / "whole.jsonl").read_bytes()
    break_off(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        export.download(target)
    (part,) = parts_in(tmp_path)
    assert (part.read_bytes(), target.exists()) == (whole[:FIRST_BYTES], False)

    ranges = ranges_of(filled)
    assert export.download(target).read_bytes() == whole
    assert (ranges, parts_in(tmp_path)) == ([f"bytes={FIRST_BYTES}-"], [])


def test_a_part_that_only_has_to_be_renamed_is_not_requested_again(filled: Client, export: Export, tmp_path: Path):
    whole = tmp_path / "whole.jsonl"
    part = tmp_path / f"again.jsonl.{str(export.sha256)[:16]}.part"
    part.write_bytes(whole.read_bytes())
    ranges = ranges_of(filled)

    assert export.download(tmp_path / "again.jsonl").read_bytes() == whole.read_bytes()
    assert (ranges, parts_in(tmp_path)) == ([], [])


@pytest.mark.parametrize("more", [b"", b"more than the file has" * 2000], ids=["damaged", "too long"])
def test_a_part_that_is_not_the_beginning_of_the_file_is_dropped(export: Export, tmp_path: Path, more: bytes):
    target, whole = tmp_path / "again.jsonl", (tmp_path / "whole.jsonl").read_bytes()
    part = tmp_path / f"again.jsonl.{str(export.sha256)[:16]}.part"
    part.write_bytes(b"?" * FIRST_BYTES + more)
    if not more:
        with pytest.raises(TunixRtError, match="differs from its checksum"):
            export.download(target)
        assert (parts_in(tmp_path), target.exists()) == ([], False)

    assert export.download(target).read_bytes() == whole


def test_another_content_is_not_taken_for_the_beginning(filled: Client, export: Export, tmp_path: Path):
    (tmp_path / f"again.jsonl.{'0' * 16}.part").write_bytes(b"?" * FIRST_BYTES)
    ranges = ranges_of(filled)

    export.download(tmp_path / "again.jsonl")

    assert ranges == [None]
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_refused_download_leaves_nothing(export: Export, tmp_path: Path):
    export.download_url = str(export.download_url).replace("signature=", "signature=x")

    with pytest.raises(RequestError):
        export.download(tmp_path / "again.jsonl")
    assert sorted(path.name for path in tmp_path.glob("*.jsonl*")) == ["whole.jsonl"]


def test_an_archive_that_has_no_ranges_is_received_from_its_beginning(
    filled: Client, trainer: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trainer.does(steps=1)
    run = filled.start_run(filled.create_dataset("d", "1", where={}), "tiny-random/qwen3").wait()
    whole = run.download("model", tmp_path / "whole.zip").read_bytes()

    break_off(monkeypatch, httpx.ReadError("reset"))
    ranges = ranges_of(filled)
    assert run.download("model", tmp_path / "again.zip").read_bytes() == whole
    assert ranges == [None, f"bytes={FIRST_BYTES}-"]

    break_off(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run.download("model", tmp_path / "third.zip")
    assert parts_in(tmp_path) == []
