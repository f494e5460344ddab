"""Find the compose files of a stack as Compose itself would."""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from stackproof.controls.spelling import hint
from stackproof.engine.project import ComposeSettings, absolute
from stackproof.errors import UsageError
from stackproof.files import disk
from stackproof.stack import compose_file

# In Compose's order of preference (compose-go cli.DefaultFileNames and DefaultOverrideFileNames).
FILE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
CONTRACT_NAMES = ("stackproof.yml", "stackproof.yaml")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a stack stands on disk."""

    files: tuple[Path, ...]
    settings: ComposeSettings = field(default_factory=ComposeSettings)
    called: str = ""
    """Its name in this run, where another stack's folder has the same name."""
    without_contract: bool = False
    """Whether a contract beside the compose file is not read."""
    given_contract: Path | None = None
    """The contract that was named in place of the one beside the compose file."""
    led_from: tuple[Path, ...] = ()
    """Where COMPOSE_FILE leads to another folder: the folder that was named, and that of its .env."""

    @property
    def directory(self) -> Path:
        """The project folder: relative paths in the compose file start here."""
        return self.settings.project_directory or self.files[0].parent

    @property
    def of_sandbox(self) -> ComposeSettings:
        """What a sandbox is run with. Secrets from the environment may stand in an env file."""
        return ComposeSettings(env_files=self.settings.env_files, project_directory=self.directory)

    def with_every_profile(self) -> Self:
        """Return the same stack with the services of all profiles, as alternatives to each other."""
        return replace(self, settings=self.settings.with_every_profile())

    @cached_property
    def name(self) -> str:
        """The folder's name, which is what people call a stack."""
        name = self.called or self.files[0].parent.name or "stack"
        # In a locale without UTF-8 the letters of a path are bytes in disguise, which no output takes.
        return name.encode(errors="surrogateescape").decode(errors="replace")

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where a contract may stand: beside the compose file, and in the folder that led to it."""
        return self.files[0].parent, *self.led_from

    @property
    def contract(self) -> Path | None:
        """The contract that was named, beside the compose file, or else in the folder that led to it.

        Raises UsageError when each has one: whichever were left out, its waivers and limits would be lost.
        """
        if self.without_contract:
            return None
        if self.given_contract is not None:
            return self.given_contract
        found = [path for folder in self.folders if (path := _contract_in(folder))]
        if len(found) > 1:
            msg = (
                f"{compose_file.VARIABLE} leads from one folder to another, and each has a contract: "
                f"{' and '.join(map(str, found))}\n  fix: keep one of them"
            )
            raise UsageError(msg)
        return found[0] if found else None

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for another process."""
        return {
            "files": [str(path) for path in self.files],
            "profiles": list(self.settings.profiles),
            "alternatives": self.settings.alternatives,
            "env_files": [str(path) for path in self.settings.env_files],
            "project_directory": str(self.directory),
            "called": self.called,
            "without_contract": self.without_contract,
            "given_contract": str(self.given_contract) if self.given_contract else None,
            "led_from": [str(path) for path in self.led_from],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        settings = ComposeSettings(
            profiles=tuple(data["profiles"]),
            alternatives=data["alternatives"],
            env_files=tuple(map(Path, data["env_files"])),
            project_directory=Path(data["project_directory"]),
        )
        files = tuple(map(Path, data["files"]))
        given = data["given_contract"]
        return cls(
            files=files,
            settings=settings,
            called=data["called"],
            without_contract=data["without_contract"],
            given_contract=Path(given) if given else None,
            led_from=tuple(map(Path, data["led_from"])),
        )

    @classmethod
    def find(cls, text: str, base: Path, settings: ComposeSettings | None = None) -> Self:
        """Return the source for a folder, a compose file, or several files joined as in COMPOSE_FILE.

        What is there under the whole of a name is that. Raises UsageError when there is nothing to read.
        """
        settings = settings or ComposeSettings()
        paths = [absolute(base / part) for part in parts(text, base)]
        if len(paths) == 1 and disk.is_folder(paths[0]):
            return cls._in(paths[0], settings)
        if not paths:
            msg = f"compose file not found: {text!r}"
            raise UsageError(msg)
        files = _saying_something(paths)
        _must_be_there(files)
        return cls(files=files, settings=settings)

    @classmethod
    def below(cls, folder: Path, settings: ComposeSettings) -> Self:
        """Return the source for a folder that nobody named, but a search came to.

        What COMPOSE_FILE names in the shell is of that folder only if it is there: mostly it is not meant.
        """
        if compose_file.VARIABLE in os.environ and not all(map(os.path.exists, _named(folder, settings))):
            return cls(files=_in_folder(folder), settings=settings)
        return cls._in(folder, settings)

    @classmethod
    def _in(cls, folder: Path, settings: ComposeSettings) -> Self:
        files = _saying_something(_named(folder, settings))
        if not files:
            return cls(files=_in_folder(folder), settings=settings)
        _must_be_there(files, f" ({compose_file.VARIABLE} names it)")
        project = settings.project_directory or _project_folder(folder)
        env_files = compose_file.env_files(project, files[0], settings)
        said = (folder, project) if compose_file.said_by_own(settings) else (folder,)
        return cls(
            files=files,
            settings=replace(settings, env_files=env_files),
            led_from=tuple(path for path in dict.fromkeys(said) if path != files[0].parent),
        )


_MOST_JOINED = 10  # parts of one name; each is looked for


def parts(text: str, base: Path) -> list[str]:
    """Return the names that are joined in a text as in COMPOSE_FILE: of what is there, the longest.

    A name may hold what joins them.
    """
    words = text.split(os.pathsep)
    found: list[str] = []
    begin = 0
    while begin < len(words):
        ends = range(min(len(words), begin + _MOST_JOINED), begin + 1, -1)
        longer = (end for end in ends if disk.is_there(base / os.pathsep.join(words[begin:end])))
        end = next(longer, begin + 1)
        found.append(os.pathsep.join(words[begin:end]))
        begin = end
    return [name for name in found if name]


def _contract_in(folder: Path) -> Path | None:
    """Return the contract of a folder: one that cannot be read must not be taken for none."""
    found = (folder / name for name in CONTRACT_NAMES)
    path = next((path for path in found if os.path.lexists(path) and not _is_null(path)), None)
    if path and not disk.is_file(path):
        msg = (
            f"{path}: it is {_kind(path)}, and must be a contract\n  fix: name the file itself, or remove it"
        )
        raise UsageError(msg)
    return path


def _named(folder: Path, settings: ComposeSettings) -> tuple[Path, ...]:
    """Return the files that COMPOSE_FILE names for Compose when it is called in a folder."""
    project = settings.project_directory or _project_folder(folder)
    return compose_file.named(folder, replace(settings, project_directory=project))


def _project_folder(folder: Path) -> Path:
    """Return the nearest folder upwards with a compose file: its .env is the one that Compose reads."""
    folders = (folder, *folder.parents)
    return next(filter(_holds_stack, folders), folder)


def _must_be_there(files: Iterable[Path], why: str = "") -> None:
    files = tuple(files)
    missing = [str(path) for path in files if not disk.is_there(path)]
    if missing:
        near = _near(missing[0]) if len(missing) == 1 else ""
        msg = (
            f"compose file not found: {', '.join(missing)}{why}{near}\n"
            "  fix: name a file or a folder that is there"
        )
        raise UsageError(msg)
    _must_be_files(files, why)


def _must_be_files(files: Iterable[Path], why: str) -> None:
    for path in files:
        if disk.other(path):
            msg = f"{path}: it is {_kind(path)}, and must be a compose file{why}\n  fix: name the file itself"
            raise UsageError(msg)


def _kind(path: Path) -> str:
    """Return what there is in place of a file."""
    if os.path.islink(path) and not disk.is_there(path):  # noqa: PTH114 - Path's raises for some
        return f"a link to {path.readlink()}, which is not there"
    return disk.other(path) or "no file"


def _near(missing: str) -> str:
    """Return where a link leads, or the name beside a path that may have been meant."""
    path = Path(missing)
    if os.path.islink(path):  # noqa: PTH114 - Path's raises for some
        return f": it is a link to {path.readlink()}, and nothing is there"
    try:
        names = [entry.name for entry in os.scandir(path.parent)]
    except OSError:
        return ""
    return hint(path.name, names)


def _in_folder(folder: Path) -> tuple[Path, ...]:
    """Return the files that Compose takes in a folder: of each kind the first name that is there at all."""
    main = _first(folder, FILE_NAMES)
    if main is None:
        msg = (
            f"no compose file in {folder}: looked for {', '.join(FILE_NAMES)}{_what_is_there(folder)}\n"
            "  fix: name the file itself, or the folder that holds it"
        )
        raise UsageError(msg)
    override = _first(folder, OVERRIDE_NAMES)
    files = _saying_something([main, override] if override else [main])
    _must_be_files(files, ", since Compose takes it here")
    return files


def _first(folder: Path, names: Iterable[str]) -> Path | None:
    written = (folder / name for name in names if os.path.lexists(folder / name))
    return next(filter(_leads_somewhere, written), None)


def _leads_somewhere(path: Path) -> bool:
    try:
        path.stat()
    except PermissionError:  # Compose leaves it out for whoever may not look at it, and for others it counts
        msg = f"{path}: it cannot be looked at: permission denied\n  fix: run as somebody who may read it"
        raise UsageError(msg) from None
    except OSError:
        return False
    return True


def _saying_something(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Leave out /dev/null, with which people switch a file off, unless nothing is left.

    Nor where it is first, and so its folder that of the project.
    """
    told = tuple(path for path in paths if not _is_null(path))
    return told if told and told[0].parent == paths[0].parent else tuple(paths)


def _is_null(path: Path) -> bool:
    try:
        return path.samefile(os.devnull)
    except OSError:
        return False


def _what_is_there(folder: Path) -> str:
    """Name what has the right name and leads nowhere."""
    for name in FILE_NAMES:
        path = folder / name
        if path.is_symlink():
            return f"; {name} is a link to {path.readlink()}, which is not there"
    return ""


def nearest(here: Path, settings: ComposeSettings | None = None) -> str:
    """Return the folder that Compose reads when it is called in a folder without any file.

    As Compose does it looks upwards for one with a compose file; there being none is found out later.
    It is told from `here`: a path in full may hold a ':' or '*', which mean something else in a PATH.
    Raises UsageError when Compose does not say what COMPOSE_FILE names.
    """
    here, settings = absolute(here), settings or ComposeSettings()
    if compose_file.VARIABLE in os.environ or _named(here, settings):  # its paths start here
        return "."
    start = settings.project_directory or here
    found = _project_folder(start)
    # Nothing there: the message shall name the folder of the caller.
    return os.path.relpath(found, here) if _holds_stack(found) else "."


def takes(folder: Path, settings: ComposeSettings) -> bool:
    """Whether there is something that Compose takes when it is called in a folder, by whatever name."""
    return _holds_stack(folder) or bool(_named(folder, settings))


def _holds_stack(folder: Path) -> bool:
    return _first(folder, FILE_NAMES) is not None


def _hits(pattern: str, base: Path) -> list[str]:
    if "*" not in pattern:
        return [pattern]
    anchor = Path(pattern).anchor  # Path.glob takes no absolute pattern
    return sorted(str(path) for path in Path(base, anchor).glob(pattern.removeprefix(anchor)))


def find_all(patterns: Iterable[str], base: Path, settings: ComposeSettings | None = None) -> list[Source]:
    """Return the sources for paths and glob patterns, sorted by name, each once; `settings` are for all.

    Raises UsageError when a pattern matches nothing, or reports could not tell two stacks apart.
    """
    sources: list[Source] = []
    for pattern in patterns:
        hits = _hits(pattern, base)
        if not hits:
            msg = f"no stack matches {pattern!r} in {base}"
            raise UsageError(msg)
        for hit in hits:
            source = Source.find(hit, base, settings)
            if source not in sources:  # the same files with other env files are another stack
                _must_have_files_of_its_own(source, sources)
                sources.append(source)
    found = sorted(_told_apart(sources), key=lambda source: source.name)
    _must_have_names_of_their_own(found)
    return found


def under_contract(sources: Sequence[Source], contract: str | None, base: Path) -> list[Source]:
    """Have a file as the contract of a stack, in place of the one beside its compose file, if one is named.

    Raises UsageError where it is not there, and for several stacks: it would waive for all what one may do.
    """
    if contract is None:
        return [*sources]
    path = absolute(base / contract)
    if not disk.is_file(path):
        msg = f"contract not found: {path}"
        if os.path.lexists(path):
            msg = f"{path}: it is {_kind(path)}, and must be a contract"
        msg += "\n  fix: name a file that is there"
        raise UsageError(msg)
    if len(sources) > 1:
        fix = "judge one at a time, or keep a stackproof.yml beside each"
        msg = f"--contract is for one stack, and there are {len(sources)}\n  fix: {fix}"
        raise UsageError(msg)
    return [replace(source, given_contract=path) for source in sources]


def _must_have_files_of_its_own(source: Source, others: Iterable[Source]) -> None:
    for other in others:
        if other.files == source.files:
            one, two = ((*s.led_from, s.files[0].parent)[0] for s in (other, source))
            msg = (
                f"{one} and {two} lead to the same files, {', '.join(map(str, source.files))}, and reports "
                "could not tell them apart\n  fix: check one stack at a time"
            )
            raise UsageError(msg)


def _must_have_names_of_their_own(sources: Iterable[Source]) -> None:
    """Bytes that are no text are shown alike, so that two names may be one after all."""
    known: dict[str, Source] = {}
    for source in sources:
        other = known.setdefault(source.name, source)
        if other is not source:
            msg = (
                f"two stacks would both be called {source.name!r} in reports\n"
                "  fix: rename one of their folders, or check one stack at a time"
            )
            raise UsageError(msg)


def _told_apart(sources: Collection[Source]) -> Iterator[Source]:
    """Give sources that have one name as many folders above as tell them apart, as in `shop/deploy`."""
    for source in sources:
        others = [s for s in sources if s is not source and s.name == source.name]
        yield replace(source, called=_told_from(source, others)) if others else source


def _told_from(source: Source, others: Iterable[Source]) -> str:
    folder = source.files[0].parent
    strange = [other.files[0].parent for other in others]
    if folder in strange:
        msg = (
            f"two stacks stand in {folder}, and reports could not tell them apart\n"
            f"  fix: join the files of one stack with {os.pathsep!r}, or check one stack at a time"
        )
        raise UsageError(msg)
    parts = folder.parts
    enough = (n for n in range(2, len(parts) + 1) if all(f.parts[-n:] != parts[-n:] for f in strange))
    length = next(enough, len(parts))  # `/` has no second part
    return str(Path(*parts[-length:]))
