"""``tunix-rt key``: keys from the command line, also for a database that does not exist yet."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.support.fork_server import ForkServer
from tests.support.program import Program


def test_the_life_of_a_key(program: Program):
    status, secret, message = program.run("key", "create", "ada", "--scopes", "write,read", "--expires", "90d")
    assert (status, message) == (0, "Created the key ada. Store its secret now: it is not shown again.\n")
    assert re.fullmatch(r"trt_[a-z0-9]{8}_[0-9a-f]{64}\n", secret)

    status, rotated, _ = program.run("key", "rotate", "ada")
    assert status == 0
    assert rotated != secret

    prefix = rotated.rpartition("_")[0]
    assert program.run("key", "revoke", prefix) == (0, "", "Revoked the key ada.\n")
    status, listed, _ = program.run("key", "list")
    assert [line.split()[:4] for line in listed.splitlines()] == [
        ["KEY", "PREFIX", "SCOPES", "STATE"],
        ["ada", prefix, "read,write", "revoked"],
    ]
    assert secret.strip().rpartition("_")[2] not in listed
    assert re.search(r" \d\d:\d\d:\d\dZ ", listed)
    (key,) = json.loads(program.run("key", "list", "--json")[1])
    assert (key["name"], key["scopes"], key["lastUsedAt"]) == ("ada", ["READ", "WRITE"], None)


def test_the_audit_log_lists_changes_of_keys(program: Program):
    program.run("key", "create", "ada", "--scopes", "write")
    program.run("key", "create", "bob", "--scopes", "read")
    program.run("key", "revoke", "bob")

    status, listed, _ = program.run("audit", "list")
    lines = [line.split() for line in listed.splitlines()]
    _, revoked, _ = program.run("audit", "list", "--action", "revokeKey", "--outcome", "done", "--json")
    _, refused, _ = program.run("audit", "list", "--outcome", "refused", "--json")
    _, of_ada, _ = program.run("audit", "list", "--key", "ada", "--json")

    assert (status, lines[0]) == (0, ["AT", "KEY", "ACTION", "OUTCOME", "OBJECTS", "ADDRESS"])
    assert [line[-4:-1] for line in lines[1:]] == [
        ["revokeKey", "DONE", "ApiKey"],
        ["createKey", "DONE", "ApiKey"],
        ["createKey", "DONE", "ApiKey"],
    ]
    (event,) = json.loads(revoked)
    assert (event["objectType"], event["objectUuid"]) == ("ApiKey", lines[1][-1])
    assert (json.loads(refused), json.loads(of_ada)) == ([], [])


def test_what_is_wrong_is_reported(embedded: Program):
    assert embedded.run("key", "list") == (0, "", "No keys found.\n")
    for options, message in (
        (("key", "create", "a", "--scopes", "root"), "'root' is not one of read, write, run, admin."),
        (("key", "create", "a", "--scopes", ""), "'' is not one of read, write, run, admin."),
        (("key", "create", "a"), "Missing option '--scopes'"),
        (("key", "create", "a", "--scopes", "read", "--expires", "90"), "'90' is not a number with m, h or d"),
        (("key", "create", "", "--scopes", "read"), "name must have"),
        (("key", "revoke", "nobody"), "There is no key 'nobody'."),
        (("key", "rotate", "nobody"), "There is no key 'nobody'."),
    ):
        status, output, shown = embedded.run(*options)
        assert (status != 0, output) == (True, "")
        assert message in shown


def test_a_key_may_be_created_before_the_database(tmp_path: Path, fork_server: ForkServer):
    program = Program(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}", tmp_path, fork_server)

    assert program.run("key", "create", "ada", "--scopes", "admin")[0] == 0
    assert program.run("key", "list")[1].splitlines()[1].split()[0] == "ada"
