"""The redaction of the server's paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.settings import Settings

SETTINGS = Settings(data_dir=Path("/srv/my data"), models_dir="/mnt/models", trainer_python="/srv/venv/bin/python")
PLACES = PathRedaction(SETTINGS, Path("/srv/my data/runs/first"))


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Line 3 of /srv/my data/runs/first/dataset.jsonl is not JSON", "Line 3 of dataset.jsonl is not JSON"),
        ("Another process is training in /srv/my data/runs/first.", "Another process is training in its folder."),
        ("no folder of /mnt/models with a config.json", "no folder of the models folder with a config.json"),
        ("/mnt/models/owner/name/tokenizer.json cannot be read", "owner/name/tokenizer.json cannot be read"),
        ("/srv/my data/other", "other"),
        ("/srv/venv/bin/python cannot be started", "the trainer's interpreter cannot be started"),
        ("[Errno 13] Permission denied: '/etc/ssl/private/key.pem'", "[Errno 13] Permission denied: 'key.pem'"),
        ("It is at https://huggingface.co/owner/name, and/or at ~/x.", None),
        ("17/20 steps, loss 0.5/0.6", None),
    ],
)
def test_a_message_has_no_absolute_path(message: str, shown: str | None):
    assert PLACES.message(message) == (message if shown is None else shown)


@given(before=st.text(), name=st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}", fullmatch=True), after=st.text())
def test_no_folder_of_the_server_is_left_in_a_line(before: str, name: str, after: str):
    for place in ("/srv/my data", "/srv/my data/runs/first", "/mnt/models"):
        assert "/srv/my data" not in PLACES.line(f"{before}{place}/{name}{after}")
        assert "/mnt/models" not in PLACES.line(f"{before}{place}/{name}{after}")
