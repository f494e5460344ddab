"""Variables of `${X}` and what they leave behind when nobody sets them."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from stackproof.files import disk
from stackproof.stack import beside, hidden
from stackproof.stack.discovery import Source
from stackproof.stack.dotenv import Entry, entries
from stackproof.stack.interpolation import by_chance, filled, names, together
from stackproof.stack.passwords import passwords
from stackproof.stack.secret_names import says_secret
from stackproof.stack.written import File, Item, Written, relative

# Keys of a compose file that name files in which variables are filled in, too.
_VARIABLES = frozenset({"env_file", "label_file"})
_LEADS = _VARIABLES | {"include", "extends"}
# Found by Compose alone: what it fills in, fetches, or looks for in a home.
_ELSEWHERE = re.compile(r".*(?:\$|://)|~|git@|github\.com/", re.DOTALL)
# Names may be written so that no search finds them: with YAML's escapes, or in UTF-16.
_ENCODED = re.compile(rb"\\(?:[xuU]|\r?\n)|\0")
UNSET = re.compile(r'The "([^"]+)" variable is not set\. Defaulting to a blank string\.')
_ASSIGNED = re.compile(r"([A-Za-z_][\w.-]*)=(.*)", re.DOTALL)
# How hashes of passwords begin (crypt, bcrypt, argon2): what follows a dollar sign in them is no variable.
_HASH = re.compile(r"\$(?:apr1|argon2\w+|scrypt|[a-z0-9]{1,2})\$")
# Of two that say as much, the first is taken.
_EXAMPLES = {name: number for number, name in enumerate((
    ".env.example", ".env.sample", ".env.dist", ".env.template", ".env.tmpl", ".env.default", ".env.defaults",
    "env.example", "env.sample", "env.dist", "env.template", "example.env", "sample.env", "template.env",
    ".example.env", ".sample.env", "dotenv.example", ".env-example", ".env-sample", ".env_example",
    "env-example",
    ".env.local.example", ".env.docker.example", ".env.prod.example", ".env.production.example",
))}  # fmt: skip


def unset(warnings: Iterable[str]) -> tuple[str, ...]:
    """Return the variables of which Compose says that nobody sets them."""
    return tuple(dict.fromkeys(hit[1] for text in warnings if (hit := UNSET.search(text))))


def known(source: Source) -> Mapping[str, str]:
    """Return what Compose fills in: the shell's word, else that of env files."""
    return together(os.environ, beside.variables(source))


def may_take(source: Source, wanted: Collection[str]) -> bool:
    """Whether a stack may take one of these variables from the shell, as far as its files tell.

    They tell where they name it, and may where they name files that cannot be found before Compose is asked.
    """
    written = Written.of(source)
    named = _leading(written, _LEADS)
    if any(_ELSEWHERE.match(item.text.strip()) for _file, item in named):
        return True
    texts = (*(file.text for file in written), *map(disk.content, env_files(source, written, {})))
    return any(_ENCODED.search(text) or name.encode() in text for text in texts for name in wanted)


def _leading(written: Written, keys: frozenset[str]) -> list[tuple[File, Item]]:
    return [
        (file, item) for file in written for item in file.items.values() if not keys.isdisjoint(item.keys)
    ]


def env_files(source: Source, written: Written, known: Mapping[str, str]) -> set[Path]:
    """Return the files in which variables are filled in besides compose files; not all need be there."""
    named = _leading(written, _VARIABLES)
    return {
        *beside.env_files(source),
        *(file.base / ".env" for file in written),
        *(file.base / filled(item.text, known) for file, item in named if item.text),
    }


def in_files(source: Source, written: Written, name: str) -> Iterator[tuple[Path, Entry]]:
    """Yield the entries of env files that take something from a variable."""
    for path in sorted(env_files(source, written, known(source))):
        for entry in entries(disk.text(path)):
            if not entry.literal and name in names(entry.text):
                yield path, entry


def whose(item: Item) -> tuple[str, str]:
    """Return the key of a text, or the name before the equals sign of an entry in a list, and the value."""
    if isinstance(item.keys[-1], int) and (hit := _ASSIGNED.fullmatch(item.text)):
        return hit[1], hit[2]
    return next(str(key) for key in reversed(item.keys) if isinstance(key, str)), item.text


def tells(item: Item, name: str) -> bool:
    """Whether what follows a dollar sign in a text is the name of a variable, and no part of a secret."""
    key, value = whose(item)
    secret = says_secret(key) or any(passwords(key, value)) or bool(_HASH.search(value))
    secret = secret or any(f"${name}" in word for word in hidden.of_command(value))
    return name not in by_chance(value, in_secret=secret)


def places(written: Written, name: str) -> Iterator[Item]:
    """Yield the items in whose text a variable stands."""
    seen = set()
    for item in written.items(lambda item: name in names(item.text)):
        if (item.file, item.line) not in seen:
            seen.add((item.file, item.line))
            yield item


def fix(source: Source, lacking: Collection[str], *, among: Collection[str] = ()) -> str:
    """Say how to give variables values: from the example that lies there, else in the env file."""
    wanted = " and ".join(lacking)
    given = source.settings.env_files
    target = given[-1] if given else source.directory / ".env"
    shown = relative(target, source.directory)
    example = example_for(source, lacking, among)
    if example is None:
        return f"set {wanted} in {shown} or in the shell"
    if disk.is_file(target):
        return f"set {wanted} in {shown}, as {relative(example, source.directory)} does"
    return f"copy {relative(example, source.directory)} to {shown}"


def _examples_in(folder: Path) -> list[str]:
    """Return what may be an example there, in one look instead of one for each name."""
    try:
        there = os.listdir(folder)  # noqa: PTH208 - names are what is compared
    except OSError:
        return list(_EXAMPLES)
    return sorted(_EXAMPLES.keys() & there, key=_EXAMPLES.__getitem__)


def example_for(source: Source, lacking: Collection[str], among: Collection[str] = ()) -> Path | None:
    """Return the example of an env file that says most of what is lacking, if any says something."""
    folders = dict.fromkeys((source.directory, *(path.parent for path in source.files), *source.led_from))
    found = [
        folder / name for folder in folders for name in _examples_in(folder) if disk.is_file(folder / name)
    ]
    wanted = set(lacking) | set(among)

    def said(path: Path) -> int:
        return len(wanted & {entry.name for entry in entries(disk.text(path))})

    return max(found, key=said, default=None)
