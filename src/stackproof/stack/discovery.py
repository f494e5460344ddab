"""Find the compose files of a stack as Compose itself would."""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from stackproof.engine.project import ComposeSettings, absolute
from stackproof.errors import UsageError
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

    @property
    def directory(self) -> Path:
        """The project folder: relative paths in the compose file start here."""
        return self.settings.project_directory or self.files[0].parent

    @property
    def of_copy(self) -> ComposeSettings:
        """What a copy is run with. Secrets from the environment may stand in an env file."""
        return ComposeSettings(env_files=self.settings.env_files, project_directory=self.directory)

    @property
    def name(self) -> str:
        """The folder's name, which is what people call a stack."""
        name = self.called or self.files[0].parent.name or "stack"
        # In a locale without UTF-8 the letters of a path are bytes in disguise, which no output takes.
        return name.encode(errors="surrogateescape").decode(errors="replace")

    @property
    def contract(self) -> Path | None:
        """The contract beside the compose file."""
        if self.without_contract:
            return None
        folder = self.files[0].parent
        return next((path for name in CONTRACT_NAMES if (path := folder / name).is_file()), None)

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for another process."""
        return {
            "files": [str(path) for path in self.files],
            "profiles": list(self.settings.profiles),
            "env_files": [str(path) for path in self.settings.env_files],
            "project_directory": str(self.directory),
            "called": self.called,
            "without_contract": self.without_contract,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        settings = ComposeSettings(
            profiles=tuple(data["profiles"]),
            env_files=tuple(map(Path, data["env_files"])),
            project_directory=Path(data["project_directory"]),
        )
        files = tuple(map(Path, data["files"]))
        called, bare = data["called"], data["without_contract"]
        return cls(files=files, settings=settings, called=called, without_contract=bare)

    @classmethod
    def find(cls, text: str, base: Path, settings: ComposeSettings | None = None) -> Self:
        """Return the source for a folder, a compose file, or several files joined as in COMPOSE_FILE.

        Raises UsageError when there is nothing to read.
        """
        settings = settings or ComposeSettings()
        paths = [absolute(base / part) for part in text.split(os.pathsep) if part]
        if len(paths) == 1 and paths[0].is_dir():
            files = compose_file.named(paths[0], settings)
            if not files:
                return cls(files=_in_folder(paths[0]), settings=settings)
            _must_be_there(files, f" ({compose_file.VARIABLE} names it)")
            env_files = compose_file.env_files(paths[0], files[0], settings)
            return cls(files=files, settings=replace(settings, env_files=env_files))
        if not paths:
            msg = f"compose file not found: {text!r}"
            raise UsageError(msg)
        _must_be_there(paths)
        return cls(files=tuple(paths), settings=settings)


def _must_be_there(files: Iterable[Path], why: str = "") -> None:
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        msg = f"compose file not found: {', '.join(missing)}{why}"
        raise UsageError(msg)


def _in_folder(folder: Path) -> tuple[Path, ...]:
    main = next((folder / name for name in FILE_NAMES if (folder / name).is_file()), None)
    if main is None:
        msg = f"no compose file in {folder}: looked for {', '.join(FILE_NAMES)}"
        raise UsageError(msg)
    override = next((folder / name for name in OVERRIDE_NAMES if (folder / name).is_file()), None)
    return (main, override) if override else (main,)


def nearest(here: Path, project_directory: str | None = None) -> str:
    """Return the folder that Compose reads when it is called in a folder without any file.

    As Compose does it looks upwards for one with a compose file; there being none is found out later.
    """
    if compose_file.VARIABLE in os.environ:  # its paths start here
        return "."
    start = absolute(here / (project_directory or "."))
    folders = (start, *start.parents)
    found = next((f for f in folders if any((f / name).is_file() for name in FILE_NAMES)), here)
    return "." if found == here else str(found)


def _hits(pattern: str, base: Path) -> list[str]:
    if "*" not in pattern:
        return [pattern]
    anchor = Path(pattern).anchor  # Path.glob takes no absolute pattern
    return sorted(str(path) for path in Path(base, anchor).glob(pattern.removeprefix(anchor)))


def find_all(patterns: Iterable[str], base: Path, settings: ComposeSettings | None = None) -> list[Source]:
    """Return the sources for paths and glob patterns, sorted by name, each once; `settings` are for all.

    Raises UsageError when a pattern matches nothing, or two stacks stand in one folder.
    """
    sources: dict[tuple[Path, ...], Source] = {}
    for pattern in patterns:
        hits = _hits(pattern, base)
        if not hits:
            msg = f"no stack matches {pattern!r} in {base}"
            raise UsageError(msg)
        for hit in hits:
            source = Source.find(hit, base, settings)
            sources.setdefault(source.files, source)
    return sorted(_told_apart(list(sources.values())), key=lambda source: source.name)


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
            f"  remedy: join the files of one stack with {os.pathsep!r}, or check one stack at a time"
        )
        raise UsageError(msg)
    parts = folder.parts
    length = next(n for n in range(2, len(parts) + 1) if all(f.parts[-n:] != parts[-n:] for f in strange))
    return str(Path(*parts[-length:]))
