"""Variables of `${X}` and what they leave behind when nobody sets them."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from stackproof.stack import beside, hidden
from stackproof.stack.discovery import Source
from stackproof.stack.written import Item, Written, content, relative

# Keys of a compose file that name files in which variables are filled in, too.
_VARIABLES = frozenset({"env_file", "label_file"})
_LEADS = _VARIABLES | {"include", "extends"}
# Found by Compose alone: what it fills in, fetches, or looks for in a home.
_ELSEWHERE = re.compile(r".*(?:\$|://)|~|git@|github\.com/", re.DOTALL)
# Names may be written so that no search finds them: with YAML's escapes, or in UTF-16.
_ENCODED = re.compile(rb"\\(?:[xuU]|\r?\n)|\0")
UNSET = re.compile(r'The "([^"]+)" variable is not set\. Defaulting to a blank string\.')
VARIABLE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)(?:(:?[-?+])((?:[^{}]|\{[^{}]*\})*))?\})")
_EXAMPLES = (
    ".env.example", ".env.sample", ".env.dist", ".env.template", ".env.tmpl", ".env.default", ".env.defaults",
    "env.example", "env.sample", "env.dist", "env.template", "example.env", "sample.env", "template.env",
    ".example.env", ".sample.env", "dotenv.example", ".env-example", ".env-sample", ".env_example",
    "env-example",
    ".env.local.example", ".env.docker.example", ".env.prod.example", ".env.production.example",
)  # fmt: skip


def unset(warnings: Iterable[str]) -> tuple[str, ...]:
    """Return the variables of which Compose says that nobody sets them."""
    return tuple(dict.fromkeys(hit[1] for text in warnings if (hit := UNSET.search(text))))


def names(text: str) -> list[str]:
    """Return the variables that a text takes values from."""
    return [hit[1] or hit[2] for hit in VARIABLE.finditer(text) if hit[1] or hit[2]]


def known(source: Source) -> dict[str, str]:
    """Return what Compose fills in: the shell's word, else that of env files."""
    return {**beside.variables(source), **os.environ}


def may_take(source: Source, names: Collection[str]) -> bool:
    """Whether a stack may take one of these variables from the shell, as far as its files tell.

    They tell where they name it, and may where they name files that cannot be found before Compose is asked.
    """
    written = Written.of(source)
    named = [
        (file, item) for file in written for item in file.items.values() if not _LEADS.isdisjoint(item.keys)
    ]
    if any(_ELSEWHERE.match(item.text.strip()) for _file, item in named):
        return True
    paths = {*(source.settings.env_files or (source.directory / ".env",))}
    paths |= {file.base / ".env" for file in written}
    paths |= {file.base / item.text for file, item in named if not _VARIABLES.isdisjoint(item.keys)}
    texts = (*(file.text for file in written), *map(content, paths))
    return any(_ENCODED.search(text) or name.encode() in text for text in texts for name in names)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text as Compose reads it; a variable without a value leaves nothing."""

    def value(hit: re.Match[str]) -> str:
        name, operator, other = hit[1] or hit[2], hit[3] or "", hit[4] or ""
        if name is None:
            return "$"
        found = values.get(name)
        lacks = found is None or (not found and operator.startswith(":"))
        if operator.endswith("-"):
            return filled(other, values) if lacks else found or ""
        if operator.endswith("+"):
            return "" if lacks else filled(other, values)
        return found or ""

    return VARIABLE.sub(value, text)


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
    if target.is_file():
        return f"set {wanted} in {shown}, as {relative(example, source.directory)} does"
    return f"copy {relative(example, source.directory)} to {shown}"


def example_for(source: Source, lacking: Collection[str], among: Collection[str] = ()) -> Path | None:
    """Return the example of an env file that says most of what is lacking, if any says something."""
    folders = dict.fromkeys((source.directory, *(path.parent for path in source.files), *source.led_from))
    found = [folder / name for folder in folders for name in _EXAMPLES if (folder / name).is_file()]
    wanted = set(lacking) | set(among)

    def said(path: Path) -> int:
        return len(wanted & {name for name, _ in hidden.pairs(beside.text_of(path))})

    return max(found, key=said, default=None)
