"""How generated real-life stacks are read and isolated: what is refused, what is noted, how long it takes.

`--write DIR` leaves the files there, a folder for each stack; written_stacks.py says what they are made of.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from written_stacks import WrittenStack, generate

from stackproof.engine.project import ComposeSettings, Project
from stackproof.errors import StackproofError
from stackproof.isolation import notes, subnets
from stackproof.isolation.binds import replaced
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.plan import Plan
from stackproof.isolation.walk import isolate, judge
from stackproof.stack.model import Model


@dataclass
class Tally:
    """What was found in all stacks."""

    stacks: int = 0
    services: int = 0
    accepted: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """Stacks by what is refused and why; a stack may have several."""
    noted: Counter[str] = field(default_factory=Counter)
    """Stacks by note."""
    habits: Counter[str] = field(default_factory=Counter)
    reading: float = 0
    """Seconds in Compose."""
    isolating: float = 0
    """Seconds in our own code."""

    def add(self, stack: WrittenStack, folder: Path) -> None:
        """Read and isolate one stack."""
        self.stacks += 1
        self.services += len(stack.services)
        self.habits.update(stack.habits)
        settings = ComposeSettings(project_directory=folder, profiles=stack.profiles)
        files = stack.write(folder)
        started = time.perf_counter()
        try:
            model = Model(raw=Project(files, settings=settings).config().model)
        except StackproofError as error:
            self.unread[str(error).splitlines()[-1]] += 1
            return
        finally:
            self.reading += time.perf_counter() - started
        started = time.perf_counter()
        self._isolate(model, HostPaths(project=folder))
        self.isolating += time.perf_counter() - started

    def _isolate(self, model: Model, paths: HostPaths) -> None:
        refusals = judge(model, paths=paths).refusals
        self.refused.update({f"{_key(one.at)}: {one.case.says}" for one in refusals})
        self.accepted += not refusals
        self.noted.update({note.partition(":")[0] for note in notes.notes(model, paths=paths)})
        plan = Plan(
            project="stackproof-cafe",
            labels={},
            images={name: name for name in model.services},
            binds={str(mount.source): f"/copies{mount.source}" for mount in replaced(model, paths)},
            moves=subnets.choose(model, "seed"),
        )
        isolate(model, plan, paths=paths)

    def lines(self) -> Iterable[str]:
        """Return what a reader wants to know."""
        yield f"stacks {self.stacks}, services {self.services}, accepted {self.accepted}"
        yield f"seconds: reading {self.reading:.1f}, isolating {self.isolating:.2f}"
        for title, counter in (
            ("not read by Compose", self.unread),
            ("refused, by stacks", self.refused),
            ("notes, by stacks", self.noted),
        ):
            yield f"{title}:"
            yield from (f"  {count:4} {text}" for text, count in counter.most_common())


def _key(at: tuple[str | int, ...]) -> str:
    """Return a place without names: what kind of key it is."""
    return ".".join("[]" if isinstance(part, int) else part for part in (at[0], *at[2:]))


def main() -> None:
    """Print the tally."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="stacks (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other stacks (default: 1)")
    parser.add_argument("--write", type=Path, metavar="DIR", help="leave the files there")
    given = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as scratch:
        for stack in generate(given.count, given.seed):
            folder = (given.write or Path(scratch)) / stack.name
            folder.mkdir(parents=True, exist_ok=True)
            tally.add(stack, folder.resolve())
    sys.stdout.writelines(f"{line}\n" for line in tally.lines())


if __name__ == "__main__":
    main()
