"""The audit: known vulnerabilities of what is installed, secrets in the files, unsafe code, and a bill of materials.

``python -m tests.tools.audit [--offline]``; status 1 if anything was found. What has to ask a registry is left out with
``--offline``; if the registry cannot be reached it reports this, and finds nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tunix_rt
from tests.support.repository import ROOT

LOCKS = tuple(f"requirements/{name}.txt" for name in ("runtime", "dev", "postgresql", "nginx", "ray"))
NPM_PROJECTS = ("client/web", "tests/audits")
SHIPPED_LOCK, SHIPPED_PROJECT = LOCKS[0], NPM_PROJECTS[0]
DIST = ROOT / "dist"

NOISY = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector")
"""Detectors that take every digest for a secret. Passwords in the code are what ruff's own rules look for."""

NO_SECRETS = "^(password|secret|s3cret|pw|hunter2)$"
"""What examples and tests give for a password."""


@dataclass(frozen=True)
class Finding:
    """The result of a check: its findings, and what it could not inspect."""

    found: list[str] = field(default_factory=list)
    unseen: str | None = None


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command that ended, well or not."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of this environment."""
    return run(sys.executable, "-m", *arguments)


def parsed(text: str) -> Any:
    """The JSON that a program printed; None if it printed something else."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def unsafe_code() -> Finding:
    """Ruff's security rules."""
    done = python("ruff", "check", "--select", "S", "--output-format", "concise", ".")
    return Finding([] if done.returncode == 0 else (done.stdout or done.stderr).splitlines())


def secrets() -> Finding:
    """Keys and tokens in any file that git has or would take."""
    locks = r"(requirements/.*\.txt|package-lock\.json)$"
    options = [option for plugin in NOISY for option in ("--disable-plugin", plugin)]
    done = python(
        "detect_secrets", "scan", *options, "--exclude-files", locks, "--exclude-secrets", NO_SECRETS, "--no-verify"
    )
    answer = parsed(done.stdout)
    if answer is None:
        return Finding([f"the scan failed: {done.stderr.strip()}"])
    results = [place for places in answer["results"].values() for place in places]
    return Finding([f"{place['filename']}:{place['line_number']}: {place['type']}" for place in results])


def python_advisories(lock: str) -> Finding:
    """Known vulnerabilities of what a lock names."""
    options = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--timeout", "15")
    done = python("pip_audit", "--requirement", lock, *options)
    answer = parsed(done.stdout)
    if answer is None:
        return Finding(unseen=last_line(done.stderr))
    packages = answer["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    unseen = f"no advisories of {len(skipped)} of its {len(packages)} packages could be had" if skipped else None
    return Finding(list(vulnerabilities_in(packages)), unseen)


def vulnerabilities_in(packages: list[dict[str, Any]]) -> Iterator[str]:
    """Yields each vulnerability in pip-audit's output, and the versions that fix it."""
    for package in packages:
        for found in package.get("vulns", []):
            repaired = ", ".join(found["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {found['id']} (fixed in {repaired})"


def npm_advisories(project: str) -> Finding:
    """Known vulnerabilities of what an npm lock names."""
    done = run("npm", "audit", "--package-lock-only", "--json", cwd=ROOT / project)
    answer = parsed(done.stdout) or {}
    if "vulnerabilities" not in answer:
        return Finding(unseen=str(answer.get("message") or last_line(done.stderr)))
    return Finding([f"{name}: {found['severity']}" for name, found in answer["vulnerabilities"].items()])


def last_line(text: str) -> str:
    """Returns the last line that is not blank."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it gave no reason")


def bill_of_materials() -> Finding:
    """Writes what is in the wheel, as CycloneDX has it: the Python packages it asks for, and those in its pages."""
    DIST.mkdir(exist_ok=True)
    name = f"tunix_rt-{tunix_rt.__version__}"
    reproducible = ("--output-reproducible", "--of", "JSON", "-o", str(DIST / f"{name}.cdx.json"))
    done = python("cyclonedx_py", "requirements", SHIPPED_LOCK, "--pyproject", "pyproject.toml", *reproducible)
    if done.returncode:
        return Finding([last_line(done.stderr)])
    options = ("--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev")
    pages = run("npm", "sbom", *options, cwd=ROOT / SHIPPED_PROJECT)
    if pages.returncode:
        return Finding([last_line(pages.stderr)])
    (DIST / f"{name}.web.cdx.json").write_text(pages.stdout)
    return Finding()


OFFLINE: dict[str, Callable[[], Finding]] = {
    "unsafe code (ruff S)": unsafe_code,
    "secrets (detect-secrets)": secrets,
    "bill of materials (CycloneDX)": bill_of_materials,
}


def checks(offline: bool) -> Iterator[tuple[str, Callable[[], Finding]]]:
    """The checks by their names."""
    yield from OFFLINE.items()
    if offline:
        return
    for lock in LOCKS:
        yield f"advisories of {lock} (pip-audit)", lambda lock=lock: python_advisories(lock)  # type: ignore[misc]
    for project in NPM_PROJECTS:
        yield f"advisories of {project} (npm audit)", lambda project=project: npm_advisories(project)  # type: ignore[misc]


def main(arguments: list[str]) -> int:
    """Runs the checks and prints the findings of each."""
    failed = False
    for name, check in checks("--offline" in arguments):
        finding = check()
        failed |= bool(finding.found)
        state = "FOUND" if finding.found else "not checked" if finding.unseen else "nothing found"
        print(f"audit: {name}: {state}" + (f" ({finding.unseen})" if finding.unseen else ""), flush=True)
        for line in finding.found:
            print(f"  {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
