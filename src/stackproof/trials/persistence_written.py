"""What a service wrote where the next `up` does not find it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.facts.probe import NOT_RUN
from stackproof.sandbox.container import Container, timestamp
from stackproof.trials.persistence_places import BROUGHT, HEAD, File, data_in, is_certain, worth_a_look
from stackproof.trials.persistence_ways import OWN_LAYER, Places

MOST = 300  # files of a service that are looked at
NAMED = 3  # that a finding names
GROWS = "a file that grows"

# Arguments: how many folders, these, then files. Prints change time, size and path of each file.
_LIST = """
count=$1; shift
while [ "$count" -gt 0 ]; do
  find "$1" -xdev -type f -exec stat -c '%Y %s %n' {} + 2>/dev/null
  shift; count=$((count - 1))
done
for file; do [ ! -f "$file" ] || [ -L "$file" ] || stat -c '%Y %s %n' "$file"; done 2>/dev/null
:
"""
# Prints the first bytes of each file, one line each; an empty one where it cannot be read.
_HEADS = f"""
for file; do head -c {HEAD} "$file" 2>/dev/null | od -An -v -tx1 2>/dev/null | tr -d ' \\n'; echo; done
"""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Data that lies where nobody finds it after `down` and `up`."""

    path: str
    what: str
    place: str
    certain: bool = True
    """Whether its content says so, and not its name alone."""

    def __str__(self) -> str:
        """Return it as people say it."""
        return f"{self.what} at {self.path} in {self.place}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a service wrote where the next `up` does not find it."""

    lost: tuple[Lost, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    """Size of each other file that it wrote into its layer, by path."""


def written(container: Container, places: Places) -> Written:
    """Look for what a container wrote where the next `up` does not find it.

    Raises StackproofError when nobody can look into the container.
    """
    candidates = worth_a_look(engine.changed(container.id), places.all, MOST)
    passing = [*places.nameless, *places.memory]
    files = [file for file in _files(container, passing, candidates) if file.size]
    found = [
        Lost(path=file.path, what=what, place=places.place(file.path), certain=is_certain(file))
        for file in files
        if (what := data_in(file))
    ]
    data = {one.path for one in found}
    others = {file.path: file.size for file in files if file.path in candidates and file.path not in data}
    return Written(lost=tuple(first_of_each(found)), others=others)


def growing(before: Written, container: Container) -> list[Lost]:
    """Return the files in a container's own layer that grew since it was looked at: somebody fills them.

    Raises StackproofError when nobody can look into the container.
    """
    now = {file.path: file.size for file in _files(container, (), list(before.others))}
    grown = [path for path, size in before.others.items() if now.get(path, 0) > size]
    return [Lost(path=path, what=GROWS, place=OWN_LAYER, certain=False) for path in grown]


def first_of_each(found: Sequence[Lost]) -> list[Lost]:
    """Return one file of each kind and place: a database has many, and some that only lie beside it."""
    known = [one for one in found if one.what != BROUGHT] or found
    first: dict[tuple[str, str], Lost] = {}
    for one in sorted(known, key=lambda one: (one.path.count("/"), one.path)):
        first.setdefault((one.what, one.place), one)
    return list(first.values())[:NAMED]


def _files(container: Container, folders: Sequence[str], paths: Sequence[str]) -> list[File]:
    """Return the files in folders, made since the container was, and those of the paths that are files."""
    if not folders and not paths:
        return []
    said = _run(container, _LIST, [str(len(folders)), *folders, *paths]).stdout
    since = int(timestamp(str(container.data["Created"])))
    listed = [line.split(" ", 2) for line in said.splitlines() if line.count(" ") > 1]
    named = set(paths)
    sizes = {path: int(size) for at, size, path in listed if path in named or int(at) >= since}
    chosen = [*(path for path in paths if path in sizes), *worth_a_look(sizes, (), MOST)]
    chosen = list(dict.fromkeys(chosen))[:MOST]
    if not chosen:
        return []
    heads = _run(container, _HEADS, chosen).stdout.splitlines()
    heads += [""] * (len(chosen) - len(heads))
    return [
        File(path=path, size=sizes[path], head=_bytes(head))
        for path, head in zip(chosen, heads, strict=False)
    ]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _run(container: Container, script: str, words: Sequence[str]) -> Completed:
    """Run a script as root in a container, or beside one that has no shell."""
    argv = ["sh", "-c", script, "look", *words]
    done = engine.execute(container.id, argv, user="0:0", check=False)
    if done.code not in NOT_RUN:
        return done
    said = container.host.run(f"set -- {shlex.join(words)}\n{script}")
    return Completed(code=said.rc, stdout=said.stdout, stderr=said.stderr, seconds=0.0)


def names_below(container: Container, folders: Sequence[str], depth: int) -> list[str]:
    """Return the paths of what is in folders of a container, so many levels deep."""
    script = f'for folder; do find "$folder" -xdev -mindepth 1 -maxdepth {depth} 2>/dev/null; done; :'
    return _run(container, script, folders).stdout.splitlines() if folders else []
