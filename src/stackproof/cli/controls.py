"""`stackproof controls`: what is checked, and why."""

import json
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path

import click

from stackproof.cli import defaults
from stackproof.cli.ending import in_one_message
from stackproof.controls import catalogue, peers, profile, rates
from stackproof.controls.catalogue import Entry
from stackproof.controls.documentation import Documentation
from stackproof.controls.info import ControlInfo
from stackproof.controls.not_assessed import NotAssessed, not_assessed
from stackproof.controls.peers import PeerCheck
from stackproof.controls.spelling import hint
from stackproof.errors import UsageError
from stackproof.settings import Settings

_NARROW = 20  # characters: what is left of a narrow terminal for titles


@click.command()
@click.argument("control_id", required=False, metavar="[ID]")
@click.option("--rules", multiple=True, metavar="DIR", help="Folder with controls and rules of your own.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def controls(control_id: str | None, *, rules: tuple[str, ...], as_json: bool) -> None:
    """List the controls, or explain one, also by the id that another tool has for it."""
    with in_one_message():
        entries = catalogue.told(Settings(rules=rules).own(Path.cwd()))
        pages = Documentation.known(defaults.load(Path.cwd()).values.get("documentation"))
    control_id = _as_ours(control_id, (*entries, *not_assessed()))
    if control_id in not_assessed() and not as_json:
        click.echo(_left_out(not_assessed()[control_id]))
        return
    if control_id is not None and control_id not in entries and (meant := peers.named(control_id)):
        _tell_peers(meant, entries, pages)
        return
    if control_id and (left_out := [one for one in not_assessed().values() if _is_of(one, control_id)]):
        click.echo("\n\n".join(map(_left_out, left_out)))
        return
    if control_id is not None and control_id not in entries:
        with in_one_message():
            raise _unknown(control_id, (*entries, *not_assessed()))
    chosen = [entries[control_id]] if control_id else list(entries.values())
    if as_json:
        click.echo(json.dumps([_plain(entry, pages) for entry in chosen], indent=2))
    elif control_id:
        click.echo(_explained(chosen[0], pages))
    else:
        _table(chosen)
        click.echo("\nNot assessed, and never passed:\n")
        click.echo("\n".join(map(_left_out, not_assessed().values())))


def _as_ours(text: str | None, known: Iterable[str]) -> str | None:
    """Return an id as we write it, where it is one in any case of letters."""
    typed = (text or "").strip()
    return next((name for name in known if name == typed.casefold()), typed) if text is not None else None


def _is_of(one: NotAssessed, text: str) -> bool:
    return any(peers.is_reference(text, reference) for reference in one.references)


def _unknown(text: str, known: Iterable[str]) -> UsageError:
    tools = ", ".join(dict.fromkeys(one.tool for one in peers.all_checks()))
    meant = peers.answer(text) or hint(text, known)
    fix = f"`stackproof controls` lists ours; known are ids of {tools}, too"
    return UsageError(f"unknown control {text!r}{meant}\n  fix: {fix}")


def _tell_peers(meant: list[PeerCheck], entries: dict[str, Entry], pages: Documentation) -> None:
    """Explain checks of other tools by the controls that answer them."""
    for one in meant:
        answer = f"by {', '.join(one.controls)}" if one.controls else ""
        click.echo(f"{one.tool} {one.id} ({one.title})")
        click.echo(f"  is answered {answer}" if answer else f"  is not answered: {one.why_not}")
    for name in dict.fromkeys(name for one in meant for name in one.controls if name in entries):
        click.echo(f"\n{_explained(entries[name], pages)}")


def _plain(entry: Entry, pages: Documentation) -> dict[str, object]:
    return {
        **_info(entry, pages).model_dump(mode="json"),
        "needs": entry.control.needs,
        "lane": None if entry.is_rule else entry.control.lane,
        "scope": entry.scope,
        "peers": [f"{one.tool} {one.id}" for one in peers.of_control(entry.control.id)],
        "profiles": profile.with_control(entry.control),
    }


def _info(entry: Entry, pages: Documentation) -> ControlInfo:
    """Return what reports say of a control, with the address of its page where one is known."""
    (info,) = pages.linked([entry.info()])
    return info


def _explained(entry: Entry, pages: Documentation) -> str:
    info = _info(entry, pages)
    lines = [
        f"{info.id} ({info.severity}, {info.family}, {_how(entry)})",
        f"  {info.title}.",
        f"  why:        {info.why}",
        f"  fix:        {info.fix}",
        f"  applies to: {entry.scope or 'not said'}",
        f"  references: {', '.join(info.references) or 'none'}",
        f"  peers:      {', '.join(f'{one.tool} {one.id}' for one in peers.of_control(info.id)) or 'none'}",
        f"  profiles:   {', '.join(profile.with_control(entry.control))}",
    ]
    if info.documentation:
        lines.append(f"  more:       {info.documentation}")
    if rate := rates.told(info.id):
        lines.append(f"  fires:      {rate}")
    return "\n".join(lines)


def _left_out(one: NotAssessed) -> str:
    asked = ", ".join(one.references)
    return f"{one.id} (not assessed)\n  {one.title}.\n  reason:     {one.reason}\n  references: {asked}"


def _how(entry: Entry) -> str:
    """Say what an entry needs: something that runs in a lane, or less."""
    return f"needs {entry.control.needs}" if entry.is_rule else f"lane {entry.control.lane}"


def _table(entries: list[Entry]) -> None:
    """Print a line for each; what a terminal has no room for goes on below, under the titles."""
    heading = ("control", "severity", "decided by", "title")
    rows = [
        heading,
        *((one.control.id, one.control.severity, _how(one), one.control.title) for one in entries),
    ]
    *widths, _title = (max(map(len, column)) for column in zip(*rows, strict=True))
    room = max(_NARROW, shutil.get_terminal_size().columns - sum(widths) - len(widths))
    for *cells, title in rows:
        first, *more = textwrap.wrap(title, room)
        begin = " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo(f"{begin} {first}")
        for line in more:
            click.echo(f"{' ' * len(begin)} {line}")
