"""Remove what is ours, and only that: by label, never by name."""

from stackproof.engine import engine
from stackproof.errors import CommandError
from stackproof.runs import leftovers, orphans
from stackproof.runs.leftovers import Leftover
from stackproof.runs.origin import Life
from stackproof.runs.removal import KINDS, Things, remove_nameless, take_away
from stackproof.runs.run import Run

__all__ = ["KINDS", "reap", "remove", "sweep_dead"]


def reap(run: Run) -> None:
    """Remove everything of a run of this process and its folder.

    Raises CommandError naming what could not be removed.
    """
    if run.folder.engine_away.read() is None:
        engine.wait_until_back()
    _take_away(run, Things(run=run.id, labels=run.labels, projects=run.sandboxes, began=run.began))


def remove(left: Leftover) -> None:
    """Remove what a dead run left.

    Raises CommandError naming what could not be removed.
    """
    _take_away(Run(left.run), left.things)


def _take_away(run: Run, things: Things) -> None:
    # Where its volumes without a name are noted, as this may be killed half way: the folder may be gone.
    run.folder.path.mkdir(mode=0o700, exist_ok=True)
    orphans.end(run.id)
    left = take_away(things, run.folder.remember_volumes)
    remove_nameless(run.folder.remembered_volumes())
    run.forget()
    if left:
        msg = f"could not remove what run {run.id} left: {', '.join(left)}"
        raise CommandError(msg)


def sweep_dead() -> list[str]:
    """Remove what earlier runs of ours left when they were killed; returns their ids."""
    dead = [left for left in leftovers.of_mine() if left.life is Life.DEAD]
    for left in dead:
        remove(left)
    return sorted(left.run for left in dead)
