"""``tunix-rt doctor``."""

from __future__ import annotations

import asyncio
import sys

import click

from tunix_rt.cli.client.running import client_of, report_place
from tunix_rt.cli.doctor.database import database_findings
from tunix_rt.cli.doctor.findings import Finding, exit_status, print_findings, problem
from tunix_rt.cli.doctor.machine import machine_findings, python_finding
from tunix_rt.cli.doctor.service import local_tunix_finding, service_findings
from tunix_rt.cli.doctor.storage import storage_finding
from tunix_rt.cli.options import command_settings, shared_options, uses_server
from tunix_rt.errors import SettingsError, TunixRtError
from tunix_rt.settings import Settings

ADVICE = {
    "server": "Check the URL, whether the server runs, and the key in TUNIX_RT_KEY.",
    "database": "Check the data folder, TUNIX_RT_DATABASE_URL, whether PostgreSQL runs if it names that, and the "
    "permissions of this user.",
}
"""What to do where the server or the database cannot be used, in addition to the message of the error."""


@click.command(name="doctor")
@shared_options
def command() -> None:
    """Check Python, packages, folders, disk, port, database, storage, clock, Tunix, models, workers and jobs.

    For each problem it prints what to do. The exit status is 1 if there is a problem.

    \b
    Example: tunix-rt doctor
    """
    try:
        settings = command_settings()
    except SettingsError as error:
        findings = [python_finding(), problem("settings", error.message, "Correct or remove the variable.")]
    else:
        findings = asyncio.run(all_findings(settings))
    print_findings(findings)
    sys.exit(exit_status(findings))


async def all_findings(settings: Settings) -> list[Finding]:
    """Returns the findings about the machine and the database; of a server, only its own."""
    findings = [python_finding()] if uses_server(settings) else list(machine_findings(settings))
    try:
        if not uses_server(settings):
            found, usable = await database_findings(settings)
            findings += found
            if not usable:
                return [*findings, await local_tunix_finding(settings)]
            findings.append(await storage_finding(settings))
        async with client_of(settings) as client:
            report_place(client.place)
            findings += await service_findings(client)
    except TunixRtError as error:
        name = "server" if uses_server(settings) else "database"
        findings.append(problem(name, error.message, ADVICE[name]))
    return findings
