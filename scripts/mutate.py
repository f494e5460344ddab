"""Mutate what decides outcomes, and fail when a mutant survives the unit tests and nobody said why.

    scripts/mutate.py [MODULE...]    all that [tool.mutmut] names, or those whose names begin so: `outcomes`,
                                     `facts.parsing`, `probes.protocols.udp`

mutmut changes one word, number, operator or argument at a time, in a copy of the project under mutants/, and
runs the unit tests that reach it. It leaves alone what is outside of functions, and functions with decorators
(properties). tests/mutations/survivors.yml says of each mutant that survives why no unit test tells.

Exits with 0 when each mutant is killed or explained; 1 when one is neither, is explained and does not
survive, or was not tried to the end; 2 when nothing was measured: no module is called so, or mutmut failed.
"""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
EXPLAINED = ROOT / "tests/mutations/survivors.yml"
LOG = ROOT / "mutants.log"
COPY = ROOT / "mutants"
PACKAGE = "stackproof."
KILLED = ("killed", "timeout", "segfault")
SURVIVES = ("survived", "no tests")
FAILED = 2


@dataclass(frozen=True, kw_only=True)
class Survivor:
    """A mutant that no unit test has told from the original."""

    at: str
    """Module and function, `outcomes.judging.judge`."""
    was: str
    now: str
    status: str

    def __str__(self) -> str:
        """Return what was changed."""
        return f"{self.at} ({self.status}): {self.was}  ->  {self.now}"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why no unit test tells some mutants from the original."""

    at: str
    """A pattern for module and function."""
    because: str
    was: str = ""
    now: str = ""
    """Found within what was, and what is in its place."""
    most: int = 1
    """So many mutants; one more is another one."""

    def covers(self, one: Survivor) -> bool:
        """Whether it is about this one; one that was not tried to the end is nobody's."""
        return (
            one.status in SURVIVES
            and fnmatch(one.at, self.at)
            and self.was in one.was
            and self.now in one.now
        )


def main(modules: list[str]) -> int:
    """Run mutmut, count, and compare the survivors with those that are explained."""
    names = [".".join(path.with_suffix("").parts[2:]) for path in walk_mutatable_files()]
    if unknown := [module for module in modules if not any(name.startswith(module) for name in names)]:
        sys.stderr.write(f"nothing that is mutated is called so: {', '.join(unknown)}\n")
        return FAILED
    if code := _mutate(modules):
        sys.stderr.write(f"mutmut ended with {code}; see {LOG.relative_to(ROOT)}\n")
        return FAILED
    statuses, survivors = _results(modules)
    explained = [Explanation(**entry) for entry in YAML(typ="safe").load(EXPLAINED) or ()]
    concerned = [entry for entry in explained if not modules or any(map(entry.at.startswith, modules))]
    complaints = list(_complaints(survivors, concerned))
    lines = [f"{module}: {_told(counts)}" for module, counts in sorted(statuses.items())]
    lines += [_sum(sum(statuses.values(), Counter()), survivors, concerned), *complaints]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if complaints else 0


def _mutate(modules: list[str]) -> int:
    """Run mutmut alone on one core: others may work on this machine.

    It begins anew, for mutmut keeps what it copied and counted: older tables, tests that are gone.
    """
    shutil.rmtree(COPY, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1"]
    with LOG.open("w") as log:
        words = ["nice", *command, *(f"{PACKAGE}{module}*" for module in modules)]
        return subprocess.run(words, cwd=ROOT, stdout=log, stderr=log, check=False).returncode


def _sum(counts: Counter[str], left: list[Survivor], explained: list[Explanation]) -> str:
    """Return all figures in one line."""
    killed, survive = (sum(counts[status] for status in some) for some in (KILLED, SURVIVES))
    why = sum(any(entry.covers(one) for entry in explained) for one in left)
    words = f"{killed} of {counts.total()} mutants killed, {survive} survive ({why} of them explained)"
    undecided = counts.total() - killed - survive
    return f"{words}, {undecided} not tried to the end" if undecided else words


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


def _results(modules: list[str]) -> tuple[dict[str, Counter[str]], list[Survivor]]:
    """Return how many mutants of each module ended how, and those that survived."""
    statuses: dict[str, Counter[str]] = {}
    survivors = []
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for key, code in data.exit_code_by_key.items():
            status = status_by_exit_code[code]
            name = _name(key)
            if modules and not any(map(name.startswith, modules)):
                continue
            statuses.setdefault(_module(key), Counter())[status] += 1
            if status not in KILLED:
                survivors.append(_survivor(key, path, status))
    return statuses, survivors


def _name(key: str) -> str:
    """Return module and function behind mutmut's name of a mutant."""
    function, owner = orig_function_and_class_names_from_key(key)
    return ".".join(filter(None, (_module(key), owner, function.rpartition(".")[2])))


def _module(key: str) -> str:
    return key.rpartition(".")[0].removeprefix(PACKAGE)


def _survivor(key: str, path: Path | str, status: str) -> Survivor:
    lines = get_diff_for_mutant(key, path=path).split("\n")[2:]
    was, now = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Survivor(at=_name(key), was=was, now=now, status=status)


def _complaints(survivors: list[Survivor], explained: list[Explanation]) -> Iterator[str]:
    """Yield what is not explained, and what is explained and not there."""
    left = list(survivors)
    for entry in explained:
        covered = [one for one in left if entry.covers(one)]
        left = [one for one in left if one not in covered]
        if not covered:
            yield f"explained, and no mutant survives: {entry.at} {entry.was} -> {entry.now}"
        elif len(covered) > entry.most:
            yield f"{len(covered)} mutants survive at {entry.at}, {entry.most} are explained:"
            yield from (f"  {one}" for one in covered)
    yield from map(str, left)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
