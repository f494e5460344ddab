"""`stackproof clean`: remove what killed runs left."""

import time

import click

from stackproof.cli.ending import in_one_message
from stackproof.engine import engine
from stackproof.errors import UsageError
from stackproof.report import text
from stackproof.runs import leftovers, reaper
from stackproof.runs.leftovers import Leftover
from stackproof.runs.origin import Life
from stackproof.stack import durations


@click.command()
@click.option(
    "--all-owners",
    is_flag=True,
    help="Also what other users, or CI jobs with a home of their own, left of runs that are over.",
)
@click.option(
    "--older-than",
    metavar="AGE",
    help="With --all-owners, and as 12h or 7d: also what is older, of runs of which nobody here can tell.",
)
def clean(*, all_owners: bool, older_than: str | None) -> None:
    """Remove what runs left when they were killed; a run that is still alive is not touched."""
    with in_one_message():
        least = _age(older_than, all_owners=all_owners)
        engine.connect()
        for run_id in (swept := reaper.sweep_dead()):
            click.echo(f"removed what run {run_id} left")
        said = _clean_others(least) if all_owners else False
    if not swept and not said:
        click.echo("nothing to remove")


def _age(text_: str | None, *, all_owners: bool) -> float | None:
    if text_ is None:
        return None
    if not all_owners:
        msg = "--older-than is for runs of other owners\n  fix: give --all-owners, too"
        raise UsageError(msg)
    try:
        return durations.age(text_)
    except ValueError:
        msg = f"--older-than {text_}: expected an age such as 90m, 12h or 7d"
        raise UsageError(msg) from None


def _clean_others(least: float | None) -> bool:
    """Remove what others left and say so, and what is kept; return whether anything was said."""
    said = False
    for left in leftovers.of_everybody():
        now = time.time()
        counts = left.counts()
        words = text.one_line(left.words(counts, now))
        if _is_over(left, now, least):
            reaper.remove(left)
            click.echo(f"removed {words}")
        else:
            click.echo(f"kept {words}: {_why(left)}")
        said = True
    return said


def _is_over(left: Leftover, now: float, least: float | None) -> bool:
    """Whether a run is dead, or of unknown fate and older than what was typed."""
    if left.life is Life.UNKNOWN:
        return least is not None and left.things.began is not None and now - left.things.began > least
    return left.life is Life.DEAD


def _why(left: Leftover) -> str:
    if left.life is Life.ALIVE:
        return "it is alive"
    return "nobody here can tell whether it is alive; --older-than AGE removes it when it is older than AGE"
