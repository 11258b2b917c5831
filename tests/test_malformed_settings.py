"""Malformed values of settings: whatever one has, it is taken, or refused by a message."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest

from tunix_rt.db.connections.engine import database_url
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings, settings_from

MALFORMED = (
    *(
        "[",
        "]",
        "://",
        "//[",
        "/",
        "-",
        "=",
        "*",
        "a b",
        "a..b",
        "~nobody/x",
        "\udce9",
        "é",
        "%00",
        "x" * 5000,
        "9" * 5000,
    ),
    *("http://[", "http://[::1", "http://a..b", "http://a:x", "http://a:99999", "s3://[", "s3://b[c", "file:///%00"),
    *("postgresql://[", "postgresql://u:p@[/d", "postgresql://a..b/d", "sqlite:///%00", "127.0.0.1/33", "1e999", "-1"),
)


@pytest.mark.parametrize("name", [spec.name for spec in fields(Settings)])
def test_malformed_values_are_refused_with_a_message(name: str, tmp_path: Path):
    """Whatever a setting has, it is taken, or refused by a message: none gives a traceback."""
    for text in MALFORMED:
        with suppress(SettingsError):
            settings = settings_from({"TUNIX_RT_DATA_DIR": str(tmp_path), f"TUNIX_RT_{name.upper()}": text})
            if name == "storage_url":
                open_storage(settings)
            database_url(settings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("HOST", text) for text in ("a..b", "a b", "[::1]", "x" * 64, "http://a")),
        *(("PUBLIC_URL", text) for text in ("http://", "http://[", "http://a..b", "ftp://a", "http://a?b=c")),
        *(("STORAGE_URL", text) for text in ("s3://[", "file:///%00")),
    ],
)
def test_malformed_addresses_are_refused(name: str, text: str):
    with pytest.raises(SettingsError, match=f"TUNIX_RT_{name} must be"):
        settings_from({f"TUNIX_RT_{name}": text})


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::", "fe80::1%eth0", "localhost", "müller.example", "a_b.c."])
def test_hosts_are_addresses_or_names(host: str):
    assert settings_from({"TUNIX_RT_HOST": host}).host == host
