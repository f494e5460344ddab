"""`stackproof github`: a finished run where GitHub shows it, for our action."""

import json
import os
import secrets
from pathlib import Path

import click

from stackproof.cli.ending import in_one_message
from stackproof.errors import UsageError
from stackproof.outcomes.model import Results
from stackproof.report import annotations, files, summary
from stackproof.report.verdict import tally
from stackproof.report.view import Overview

# GitHub refuses a step's whole summary above this.
_MOST_SUMMARY = 1024 * 1024


@click.command(hidden=True)
@click.argument("folder", type=click.Path(path_type=Path), metavar="REPORT-DIR")
def github(folder: Path) -> None:
    """Write the job summary, the outputs and the annotations of a finished run.

    Their files are named by GITHUB_STEP_SUMMARY and GITHUB_OUTPUT; what is not named is left out.
    """
    with in_one_message():
        results = files.read(folder / files.RESULTS)
        _append("GITHUB_STEP_SUMMARY", summary.render(results), most=_MOST_SUMMARY)
        _append("GITHUB_OUTPUT", "".join(_output(*one) for one in outputs(results, folder).items()))
    for line in annotations.commands(results, os.environ.get("GITHUB_REPOSITORY", "")):
        click.echo(line)


def outputs(results: Results, folder: Path) -> dict[str, str]:
    """Return the outputs of the action by name."""
    overview = Overview.of(results)
    counts = tally(outcome.outcome for outcome in results.outcomes)
    return {
        "verdict": str(overview.verdict),
        "covers": overview.scope,
        "counts": json.dumps({str(kind): count for kind, count in counts.items()}),
        "failed": str(sum(count for kind, count in counts.items() if kind.gates)),
        "report": str(folder / "index.html"),
        "sarif": str(folder / "results.sarif"),
    }


def _output(name: str, value: str) -> str:
    """Quote a value that may hold anything: the word that ends it is random."""
    end = secrets.token_hex(16)
    return f"{name}<<{end}\n{value}\n{end}\n"


def _append(variable: str, text: str, most: int | None = None) -> None:
    path = Path(os.environ.get(variable) or os.devnull)
    try:
        if most is not None and path.is_file() and path.stat().st_size + len(text.encode()) > most:
            return
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        msg = f"{variable}: {path} cannot be written: {error.strerror or error}"
        raise UsageError(msg) from None
