"""The folders of a stack once more, in which its compose files may be changed and the rest is what it is.

Every path that starts in a compose file leads where it did: all that is not a compose file of the stack is a
link. So Compose resolves changed files, also those that are included or extended, and nothing of the author's
is touched.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from stackproof.stack.discovery import Source
from stackproof.stack.layers import compose_files


class Mirror:
    """Copies of the compose files of one stack below the folder `root`.

    `pending` is what real files are going to say, by their real path.
    """

    def __init__(self, root: Path, source: Source, pending: Mapping[Path, bytes]) -> None:
        self._root = root
        self.files = {path: self.path(path) for path in compose_files(source)}
        """The copies, by the path that the stack knows them by."""
        self.source = self._mirrored(source)
        self._make(source)
        reals = {path: path.resolve() for path in self.files}
        self.was = {real: pending[real] if real in pending else real.read_bytes() for real in reals.values()}
        """What is fixed, by real path: what others write there meanwhile is neither seen nor lost."""
        for path, copy in self.files.items():
            copy.write_bytes(self.was[reals[path]])

    def path(self, path: Path) -> Path:
        """Return where something is here."""
        return self._root / path.relative_to(path.anchor)

    def has(self, path: Path) -> bool:
        """Whether something lies here, be it a copy or a link."""
        return path.is_relative_to(self._root)

    def outside(self, path: Path) -> Path:
        """Return what something here stands for."""
        return Path(path.anchor) / path.relative_to(self._root) if self.has(path) else path

    def original(self, path: Path) -> Path | None:
        """Return the path of the file of which this is the copy; None for what is none."""
        return next((one for one, copy in self.files.items() if copy == path), None)

    def _mirrored(self, source: Source) -> Source:
        settings = replace(source.settings, project_directory=self.path(source.directory))
        return replace(
            source,
            files=tuple(map(self.path, source.files)),
            settings=settings,
            led_from=tuple(map(self.path, source.led_from)),
            called=source.name,
        )

    def _make(self, source: Source) -> None:
        own = {source.directory, *source.led_from, *(path.parent for path in self.files)}
        all_of_them = {folder for path in own for folder in (path, *path.parents)}
        # What lies further up is only reached by a path that says so.
        climbs = any(b".." in path.read_bytes() for path in self.files)
        for folder in sorted(all_of_them):
            self.path(folder).mkdir(parents=True, exist_ok=True)
            if folder in own or climbs:
                self._link(folder, all_of_them)

    def _link(self, folder: Path, made: set[Path]) -> None:
        with suppress(OSError), os.scandir(folder) as found:  # what nobody can list nothing leads to
            for entry in found:
                path = folder / entry.name
                if path not in made and path not in self.files:
                    self.path(path).symlink_to(path)


def real_files(source: Source) -> frozenset[Path]:
    """Return the real paths of the compose files of a stack, all that it includes and extends among them."""
    return frozenset(path.resolve() for path in compose_files(source))
