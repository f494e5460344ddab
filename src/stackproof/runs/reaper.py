"""Remove what is ours, and only that: by label, never by name."""

from stackproof.engine import engine, labels
from stackproof.errors import CommandError
from stackproof.runs.run import ENGINE_AWAY, Run, known_runs, owner

KINDS = ("container", "network", "volume", "image")


def reap(run: Run) -> None:
    """Remove everything of a run and its folder.

    Raises CommandError naming what could not be removed.
    """
    if not (run.folder / ENGINE_AWAY).exists():
        engine.wait_until_back()
    left = engine.remove_labelled({labels.RUN: run.id}, KINDS)
    remove_anonymous(run.remembered_volumes())
    run.forget()
    if left:
        msg = f"could not remove what run {run.id} left: {', '.join(left)}"
        raise CommandError(msg)


def remove_anonymous(names: list[str]) -> None:
    """Remove volumes that our containers had without a name; the engine's own mark is checked again."""
    marked = [
        volume["Name"]
        for volume in engine.inspect("volume", names)
        if labels.ANONYMOUS_VOLUME in (volume.get("Labels") or {})
    ]
    engine.remove("volume", marked)


def sweep_dead() -> list[str]:
    """Remove what earlier runs of ours left when they were killed; returns their ids."""
    dead = sorted(run_id for run_id in leftovers() if not Run(run_id).alive())
    for run_id in dead:
        reap(Run(run_id))
    return dead


def leftovers() -> set[str]:
    """Ids of all runs of ours that left a folder or anything on the engine, alive or dead."""
    mine = {labels.OWNER: owner()}
    ids = {run.id for run in known_runs()}
    for kind in KINDS:
        for found in engine.inspect(kind, engine.ids(kind, mine)):
            marks = (found.get("Config") or found).get("Labels") or found.get("Labels") or {}
            ids.add(marks.get(labels.RUN, ""))
    return ids - {""}
