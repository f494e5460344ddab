"""Change a named place of the product, and fail when the test that must see it does not turn red.

    scripts/mutate_places.py [WORD...]    all of tests/mutations/places.yml, or those whose name has a word

What only a running stack can show no unit test sees; here it is written which live test does. Each place is
changed in a copy of the project; its tests must be green on an unchanged one. Needs an engine, and time: a
live test takes one to three minutes.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PLACES = ROOT / "tests/mutations/places.yml"
DEADLINE = 1800.0  # seconds for the tests of one place on a loaded machine
RED = 1  # pytest's exit code when tests failed; others say that it could not run them


@dataclass(frozen=True, kw_only=True)
class Place:
    """One thing that the product must not get wrong."""

    name: str
    file: str
    was: str
    """Found exactly once in the file."""
    now: str
    red: tuple[str, ...]
    """The tests that must see it, as words for pytest."""
    unseen: str = ""
    """Why no test can see it, where none can."""

    def change(self, project: Path) -> None:
        """Change it.

        Raises ValueError when it is not there any more, or more than once.
        """
        path = project / self.file
        text = path.read_text()
        if (count := text.count(self.was)) != 1:
            msg = f"{count} times in {self.file}: {self.was!r}"
            raise ValueError(msg)
        path.write_text(text.replace(self.was, self.now))


def places() -> list[Place]:
    """Read them all."""
    rows = YAML(typ="safe").load(PLACES)
    return [Place(**{**row, "red": tuple(shlex.split(row.get("red", "")))}) for row in rows]


def main(words: Sequence[str]) -> int:
    """Try each, and say which test saw it."""
    chosen = [place for place in places() if not words or any(word in place.name for word in words)]
    sound: dict[tuple[str, ...], str] = {}
    unseen = 0
    for place in chosen:
        if place.unseen:
            _say(f"explained  {place.name}: {place.unseen}")
            continue
        problem = _tried(place, sound)
        unseen += bool(problem)
        _say(f"SURVIVES   {place.name}: {problem}" if problem else f"killed     {place.name}")
    explained = sum(bool(place.unseen) for place in chosen)
    _say(
        f"{len(chosen) - explained - unseen} of {len(chosen)} killed, {explained} explained, {unseen} survive"
    )
    return 1 if unseen or not chosen else 0


def _tried(place: Place, sound: dict[tuple[str, ...], str]) -> str:
    """Say why a change was not seen; empty when it was."""
    with _copy() as project:
        if place.red not in sound:
            sound[place.red] = _run(project, place.red, green=True)
        if sound[place.red]:
            return f"its tests are not green without it: {sound[place.red]}"
        try:
            place.change(project)
        except ValueError as error:
            return str(error)
        return _run(project, place.red, green=False)


@contextmanager
def _copy() -> Iterator[Path]:
    """Give what git knows of the project, as it is now, in a folder of its own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    there = b"\0".join(name for name in names if name and (ROOT / os.fsdecode(name)).exists())
    with tempfile.TemporaryDirectory(prefix="places-") as folder:
        pack = ["tar", "--create", "--null", "--files-from=-"]
        packed = subprocess.run(pack, cwd=ROOT, input=there, capture_output=True, check=True).stdout
        subprocess.run(["tar", "--extract"], cwd=folder, input=packed, check=True)
        yield Path(folder)


def _run(project: Path, tests: Sequence[str], *, green: bool) -> str:
    """Run tests on a copy; say what is wrong with how they ended, empty when nothing is."""
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    # Before the installed one, also for the programs that the tests start.
    env = {**os.environ, "PYTHONPATH": str(project / "src")}
    done = subprocess.run(
        words, cwd=project, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    if done.returncode == (0 if green else RED):
        return ""
    lines = done.stdout.strip().splitlines()
    told = [*(line for line in lines if line.startswith(("FAILED", "ERROR"))), *lines[-1:]]
    return f"exit {done.returncode}: {'; '.join(told)}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
