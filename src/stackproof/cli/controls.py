"""`stackproof controls`: what is checked, and why."""

import json

import click
from rich.console import Console
from rich.table import Table

from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.controls.spelling import hint


@click.command()
@click.argument("control_id", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def controls(control_id: str | None, *, as_json: bool) -> None:
    """List the controls, or explain one."""
    entries = catalogue.entries()
    if control_id is not None and control_id not in entries:
        message = f"unknown control {control_id!r}{hint(control_id, entries)}"
        raise click.UsageError(message)
    chosen = [entries[control_id]] if control_id else list(entries.values())
    if as_json:
        click.echo(json.dumps([_plain(entry) for entry in chosen], indent=2))
    elif control_id:
        click.echo(_explained(chosen[0]))
    else:
        _table(chosen)


def _plain(entry: Entry) -> dict[str, object]:
    return {**entry.info().model_dump(mode="json"), "lane": entry.control.lane, "scope": entry.scope}


def _explained(entry: Entry) -> str:
    info = entry.info()
    lines = [
        f"{info.id} ({info.severity}, {info.family}, lane {entry.control.lane})",
        f"  {info.title}.",
        f"  why:        {info.why}",
        f"  fix:        {info.fix}",
        f"  applies to: {entry.scope or 'not said'}",
        f"  references: {', '.join(info.references) or 'none'}",
    ]
    return "\n".join(lines)


def _table(entries: list[Entry]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("control", "severity", "lane", "title"):
        table.add_column(heading, no_wrap=heading != "title")
    for entry in entries:
        control = entry.control
        table.add_row(control.id, control.severity, control.lane, control.title)
    Console().print(table)
