"""Files resolved by Compose's plugin alone, on a machine that may have neither `docker` nor an engine."""

import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from stackproof.engine import plugin
from stackproof.engine.project import ComposeSettings
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError
from stackproof.stack import shell_variables, variables, whole
from stackproof.stack.complaints import ends
from stackproof.stack.discovery import Source
from stackproof.stack.stack import READING, refused
from stackproof.stack.written import Written

# Compose's words for a service's env file that is not there.
_NO_ENV_FILE: Final = re.compile(r"env file (\S.*?) not found")


def resolve(source: Source, deadline: float = READING) -> Resolved:
    """Let Compose's plugin resolve the files by itself, in at most `deadline` seconds.

    An env file of a service that is not there, as in a fresh checkout, is a warning and no error.
    Raises UsageError with place, cause and fix when it refuses them, EngineError where there is no Compose.
    """
    ends(source)
    sparing = not variables.may_take(source, plugin.SPARING)
    with ExitStack() as open_folders:

        def folder() -> Path:
            return Path(open_folders.enter_context(TemporaryDirectory(prefix="stackproof-")))

        return whole.resolve(source, _Asking(folder, sparing, time.monotonic() + deadline))


@dataclass(frozen=True)
class _Asking:
    """Asks Compose until the deadline; `folder` makes one for files of ours."""

    folder: Callable[[], Path]
    sparing: bool
    until: float

    def __call__(self, source: Source, *, consistent: bool) -> Resolved:
        settings = replace(source.settings, project_directory=source.directory)
        if taken := _taken(source):
            settings = shell_variables.handed_over(settings, taken, self.folder())
        config = partial(self._config, settings=settings, consistent=consistent)
        try:
            return config(source.files)
        except CommandError as error:
            missing = _NO_ENV_FILE.findall(str(error))
            if not missing:
                raise refused(source, error, plugin.version) from None
        path = self.folder() / "without-env-files.yml"
        path.write_text(_without_env_files(source), encoding="utf-8")
        try:
            found = config((*source.files, path))
        except CommandError as error:
            raise refused(source, error, plugin.version) from None
        told = (f"env file {name} is not there: what env files set was not judged" for name in missing)
        return replace(found, warnings=(*found.warnings, *told))

    def _config(self, files: tuple[Path, ...], *, settings: ComposeSettings, consistent: bool) -> Resolved:
        left = max(0.0, self.until - time.monotonic())
        return plugin.resolve(files, settings, left, sparing=self.sparing, consistent=consistent)


def _taken(source: Source) -> dict[str, str]:
    """Return variables that Compose does not get from us, and that the files take from the shell."""
    kept_back = plugin.kept_back().items()
    return {name: value for name, value in kept_back if variables.may_take(source, [name])}


def _without_env_files(source: Source) -> str:
    """Return a compose file that takes the env files of all services away, as Compose knows since 2.18."""
    files = (file for file in Written.of(source) if not file.extended)
    items = (item for file in files for item in file.items.values() if item.keys[2:] == ("env_file",))
    names = sorted({item.service for item in items if item.service})
    lines = (f"  {json.dumps(name)}: {{env_file: !reset []}}" for name in names)
    return "\n".join(("services:", *lines, ""))
