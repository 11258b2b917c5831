"""The wheel, alone in a separate environment, as a user installs it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import tunix_rt
from tests.support.repository import ROOT
from tests.support.servers import RunningServer, clean_environment, serving

PACKAGE = ROOT / "server" / "tunix_rt"
OTHERS = ROOT / "server" / "tunix_rt_tunix"
MANIFEST = "app/persisted-documents.json"


def run(*command: str | Path, cwd: Path) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    for name in ("app", "graphiql"):
        assert (PACKAGE / "web" / name / "index.html").is_file(), "the pages are not built: run `make web` first"
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``tunix-rt`` of an environment with the wheel, what the runtime lock names, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "--disable-pip-version-check", "install")
    run(*pip, "--require-hashes", "--requirement", ROOT / "requirements" / "runtime.txt", cwd=folder)
    run(*pip, "--no-deps", wheel, cwd=folder)
    return folder / "bin" / "tunix-rt"


@pytest.fixture(scope="module")
def installed_server(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The installed server, running in an empty folder."""
    with serving([command], tmp_path_factory.mktemp("elsewhere")) as running:
        yield running


def shipped(folder: Path, pattern: str) -> set[str]:
    """The files below ``folder`` that match, named as the wheel names the folder's content."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel: Path):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {f"tunix_rt/{name}" for name in shipped(PACKAGE, "*")}
    migrations = {f"tunix_rt/migrations/{name}" for name in shipped(ROOT / "migrations", "*")}

    others = {f"{OTHERS.name}/{name}" for name in shipped(OTHERS, "*")}
    assert names == package | migrations | others
    assert {"tunix_rt/py.typed", "tunix_rt/migrations/env.py"} <= names
    assert {f"tunix_rt/web/{name}" for name in ("graphiql/index.html", "app/index.html", MANIFEST)} <= names
    assert any(name.startswith("tunix_rt/samples/") for name in names)
    assert any(name.startswith("tunix_rt/migrations/versions/0001_") for name in names)


def test_the_wheel_asks_for_what_it_imports_and_no_more(command: Path):
    python = command.with_name("python")
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")

    assert "No broken requirements" in run(*pip, "check", cwd=command.parent)


def test_it_serves(installed_server: RunningServer):
    assert httpx.get(f"{installed_server.url}/readyz", trust_env=False).status_code == 200


def test_it_answers_a_query(installed_server: RunningServer):
    answer = httpx.post(
        f"{installed_server.url}/graphql", json={"query": "{ serverInfo { version } }"}, trust_env=False
    ).json()

    assert answer == {"data": {"serverInfo": {"version": tunix_rt.__version__}}}


@pytest.mark.parametrize(("path", "build"), [("/", "app"), ("/graphiql/", "graphiql")])
def test_it_shows_the_built_pages(installed_server: RunningServer, path: str, build: str):
    page = httpx.get(f"{installed_server.url}{path}", trust_env=False)

    assert page.status_code == 200
    assert page.text == (PACKAGE / "web" / build / "index.html").read_text()


def test_it_keeps_its_data_where_it_is_reported_to(installed_server: RunningServer):
    assert any(installed_server.data_dir.iterdir())
    assert {path.name for path in installed_server.data_dir.parent.iterdir()} == {"data", "server.log"}


def test_its_commands_print_their_usage(command: Path, tmp_path: Path):
    assert "Usage: tunix-rt" in run(command, "--help", cwd=tmp_path)
    assert "Usage: tunix-rt migrate" in run(command, "migrate", "--help", cwd=tmp_path)
