"""`stackproof report` and `baseline`: what can be made of finished runs, without an engine."""

import os
import shutil
import sys
from pathlib import Path

import click

from stackproof.cli.ending import in_one_message
from stackproof.errors import UsageError
from stackproof.outcomes.model import Results
from stackproof.report import baseline as baselines
from stackproof.report import files, terminal
from stackproof.report.merging import merge
from stackproof.report.text import save

_FILE = click.Path(path_type=Path)
_WIDTH = 140
TEXT = "text"
BASELINE = "stackproof-baseline.json"
_MANY = "several results need --merge, which makes one report of them\n  fix: add --merge, or name one file"


@click.command()
@click.argument("results", nargs=-1, required=True, type=_FILE, metavar="RESULTS.JSON...")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice([*files.FORMATS, TEXT]),
    help="What to make; given again, several. Without --report-dir one, on standard output.",
)
@click.option("--report-dir", "folder", type=_FILE, metavar="DIR", help="Write files there, all by default.")
@click.option("--merge", "merged", is_flag=True, help="Make one report of several runs or shards.")
def report(results: tuple[Path, ...], *, formats: tuple[str, ...], folder: Path | None, merged: bool) -> None:
    """Make reports again from finished runs, byte for byte as `check` wrote them.

    Example: stackproof report reports/results.json --format sarif > stack.sarif
    """
    with in_one_message():
        if len(results) > 1 and not merged:
            raise UsageError(_MANY)
        found = merge([files.read(path) for path in results])
        if folder is None:
            click.echo(_text(found, formats), nl=False)
        else:
            _write(found, folder, formats)


def _text(found: Results, formats: tuple[str, ...]) -> str:
    """Return one format, the terminal's by default."""
    if len(formats) > 1:
        msg = "standard output holds one format\n  fix: choose one, or --report-dir DIR for files"
        raise UsageError(msg)
    chosen = formats[0] if formats else TEXT
    return _shown(found) if chosen == TEXT else files.FILES[files.FORMATS[chosen]](found)


def _shown(found: Results) -> str:
    """Return the terminal's text, as wide as that is; a file is no terminal."""
    if not sys.stdout.isatty():
        return terminal.render(found, _WIDTH)
    colour = not os.environ.get("NO_COLOR")
    return terminal.render(found, shutil.get_terminal_size().columns, colour=colour, is_terminal=True)


def _write(found: Results, folder: Path, formats: tuple[str, ...]) -> None:
    if TEXT in formats:
        msg = f"{TEXT} is for standard output\n  fix: leave out --report-dir"
        raise UsageError(msg)
    names = tuple(files.FORMATS[name] for name in formats) or tuple(files.FILES)
    try:
        written = files.write(found, folder, names)
    except OSError as error:
        raise files.unwritable(folder, error) from None
    for path in written:
        click.echo(f"wrote {path}")


@click.command()
@click.argument("results", type=_FILE, default="reports/results.json", metavar="[RESULTS.JSON]")
@click.option(
    "-o", "--output", type=_FILE, default="stackproof-baseline.json", show_default=True, metavar="FILE"
)
def baseline(results: Path, output: Path) -> None:
    """Write down what fails now, so that `check --baseline FILE --fail-on-new` fails for more only.

    What was found below the gate is written down for `lint --fix`, which lets it be.
    """
    with in_one_message():
        found = baselines.of(files.read(results))
        try:
            save(output, baselines.text(found))
        except OSError as error:
            raise files.unwritable(output, error, "the baseline", "--output") from None
    count = len(found.fingerprints)
    below = len(found.findings) - count
    told = f"{count} {'finding is' if count == 1 else 'findings are'} known"
    click.echo(f"wrote {output}: {told}{f', and {below} below the gate' if below else ''}")
