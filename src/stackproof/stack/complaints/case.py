"""One complaint of Compose's about one stack, and what a row of the table needs to explain it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from stackproof.engine.resolved import logged
from stackproof.stack import beside, variables
from stackproof.stack.discovery import Source
from stackproof.stack.interpolation import filled, names
from stackproof.stack.keys import KeyPath
from stackproof.stack.redaction import Redactor
from stackproof.stack.written import File, Item, Written, relative

_IN_FILE = re.compile(r"^(?:validating|failed to parse) (.+?\.\w+|\S+): +(?=\S)")
_NOISE = (
    (re.compile(r": invalid compose project\s*$"), ""),
    (re.compile(r"decoding failed due to the following error\(s\):\s*"), ""),
    (re.compile(r"^yaml: unmarshal errors:\s*"), "yaml: "),
)
# A path of keys as Compose writes it: with dots, or brackets around names and indices.
DOTTED = r"(?:services|networks|volumes|secrets|configs|include|name|version|x-)[^\s':]*"
_NAMED = re.compile(rf"\b({DOTTED})")
_KINDS_OF_TOP = {"networks": "network", "volumes": "volume", "secrets": "secret", "configs": "config"}
_PANIC = re.compile(r"^panic: (.*)")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something is written."""

    file: Path
    line: int | None = None
    item: Item | None = None
    keys: KeyPath = ()

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return the place of an item."""
        return cls(file=item.file, line=item.line, item=item, keys=item.keys)

    @property
    def subject(self) -> str:
        """What it belongs to, such as `service web: `; empty for the file as a whole."""
        if len(self.keys) > 1 and self.keys[0] == "services":
            return f"service {self.keys[1]}: "
        if len(self.keys) > 1 and self.keys[0] in _KINDS_OF_TOP:
            return f"{_KINDS_OF_TOP[str(self.keys[0])]} {self.keys[1]}: "
        return ""

    @property
    def key(self) -> str:
        """The key inside its service, such as `ports` or `healthcheck.interval`."""
        inside = self.keys[2:] if self.subject else self.keys
        return ".".join(str(key) for key in inside if not isinstance(key, int))


@dataclass(frozen=True, kw_only=True)
class Message:
    """What the user reads: place, cause and what to do."""

    place: Place
    words: str
    fix: str
    subject: str | None = None
    """In place of that of the place."""


@dataclass(frozen=True)
class Complaint:
    """A row: what Compose says, and how it is told. `tell` gives None where another row knows better."""

    pattern: str
    tell: "Callable[[Case, re.Match[str]], Message | None]"

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled when the first complaint is explained."""
        return re.compile(self.pattern)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What Compose said of a stack that it refuses."""

    source: Source
    stderr: str = field(repr=False)
    warnings: tuple[str, ...] = ()
    """What Compose warned of, of a stack that it does read."""
    version: Callable[[], str] = field(default=lambda: "", repr=False)
    """Asks for the version of Compose, which starts a process."""

    @cached_property
    def written(self) -> Written:
        """What the author wrote."""
        return Written.of(self.source)

    @cached_property
    def _reason(self) -> str:
        lines = [text for level, text in logged(self.stderr) if level in ("", "error", "fatal")]
        if hit := next(filter(None, map(_PANIC.match, lines)), None):
            return f"Compose itself broke off ({hit[1]})"
        text = "\n".join(lines) or self.stderr.strip()
        for pattern, plain in _NOISE:
            text = pattern.sub(plain, text)
        return text

    @cached_property
    def said(self) -> str:
        """Why Compose refused, without warnings and without the file that it names."""
        return _IN_FILE.sub("", self._reason)

    @cached_property
    def plain(self) -> str:
        """The same for a reader, on one line."""
        return " ".join(self.said.split())

    @cached_property
    def unset(self) -> tuple[str, ...]:
        """Variables that nobody sets."""
        return variables.unset((*self.warnings, *(text for _, text in logged(self.stderr))))

    @cached_property
    def values(self) -> Mapping[str, str]:
        """Variables that somebody sets."""
        return variables.known(self.source)

    @cached_property
    def redactor(self) -> Redactor:
        """Masks what the files hold."""
        return Redactor(beside.of_files(self.source, (file.path for file in self.written)))

    @cached_property
    def _names(self) -> Redactor:
        """Masks what stands where messages tell names."""
        return Redactor(beside.of_wrong_places(self.source, (file.path for file in self.written)))

    @cached_property
    def file(self) -> File | None:
        """The file that Compose names."""
        hit = _IN_FILE.match(self._reason)
        return self.written.file(hit[1]) if hit else None

    @cached_property
    def named_key(self) -> str:
        """The path of keys that Compose names, if any."""
        hit = _NAMED.search(self.said)
        return hit[1].rstrip(".") if hit else ""

    @property
    def start(self) -> Place:
        """The file that Compose names, or the first."""
        return Place(file=self.file.path if self.file else self.source.files[0])

    def hide(self, text: str) -> str:
        """Mask secrets in what is quoted."""
        return self.redactor.text(text)

    def quote(self, text: str) -> str:
        """Quote a value of the author's."""
        return repr(self.hide(text))

    def short(self, path: Path | str) -> str:
        """Return a path as the author would write it in the project's folder."""
        return relative(Path(path), self.source.directory)

    def filled(self, text: str) -> str:
        """Return a text as Compose reads it."""
        return filled(text, self.values)

    def at(self, dotted: str, *more: str, fits: Callable[[Item], bool] | None = None) -> Place:
        """Return where a path of keys is written, or as much of it as is: in the named file, else in any.

        `fits` chooses among several, which Compose does not tell apart.
        """
        best: tuple[int, File, KeyPath] | None = None
        for file in sorted(self.written.files, key=lambda file: file is not self.file):
            for keys in file.resolve(".".join(filter(None, (dotted, *more)))):
                chosen = fits is None or fits(file.items[keys])
                if (best is None or len(keys) > best[0]) and chosen:
                    best = len(keys), file, keys
        if best is None:
            return self.start if fits is None else self.at(dotted, *more)
        return Place.of(best[1].items[best[2]])

    def find(self, fits: Callable[[Item], bool]) -> Place | None:
        """Return the first item that fits, in the named file, else in any."""
        return next(map(Place.of, self.written.items(fits, self.file)), None)

    def under(self, keys: Iterable[str], fits: Callable[[Item], bool], service: str = "") -> Place | None:
        """Return the first item below some keys of services that fits."""
        wanted = set(keys)

        def here(item: Item) -> bool:
            inside = len(item.keys) > 2 and item.keys[0] == "services" and item.keys[2] in wanted  # noqa: PLR2004
            return inside and service in ("", item.keys[1]) and fits(item)

        return self.find(here)

    def service(self, name: str) -> Place:
        """Return where a service is written."""
        return self.find(lambda item: item.keys == ("services", name)) or self.start

    def services(self) -> Iterator[str]:
        """Yield the names of all services that are written, but for those that are only extended."""
        for file in self.written:
            for item in () if file.extended else file.below("services"):
                yield str(item.keys[1])

    def lacking(self, place: Place) -> list[str]:
        """Return the variables in the text of a place that nobody sets."""
        text = place.item.text if place.item else ""
        return [name for name in dict.fromkeys(names(text)) if name in self.unset]

    def render(self, message: Message) -> str:
        """Return the whole message; a variable that nobody sets is the cause of what it stands in."""
        place, fix = message.place, message.fix
        words = message.words
        lacking = self.lacking(place)
        if not all(variables.tells(place.item, name) for name in lacking if place.item):
            words += ", because a variable in it is not set"
            fix = "set it, or, where a dollar sign is meant, write $$"
        elif lacking:
            some = (
                f"variable {lacking[0]} is" if len(lacking) == 1 else f"variables {' and '.join(lacking)} are"
            )
            words += f", because {some} not set"
            fix = variables.fix(self.source, lacking, among=self.unset)
        line = f":{place.line}" if place.line else ""
        subject = place.subject if message.subject is None else message.subject
        said = self._names.text(f"{subject}{words}\n  fix: {fix}")
        return f"{place.file}{line}: {said}"
