"""Every control: of the suite's modules, of our rules and of a team's own, read when somebody asks."""

import hashlib
import importlib.util
import inspect
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import stackproof
from stackproof.controls.control import Control, Needs, of_function
from stackproof.controls.info import ControlInfo
from stackproof.controls.outline import declared, ids
from stackproof.errors import UsageError
from stackproof.files import disk

PARTS = ("infra", "http")
# A package that brings controls and rules names its modules in this group; the name is the family.
ENTRY_POINTS = "stackproof.rules"
# What a module of somebody's own may be refused for when it is read.
_MISTAKES = (ImportError, NameError, AttributeError, TypeError, ValueError, OSError)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A control and what the function that decides it says about it."""

    control: Control
    family: str
    why: str
    fix: str
    scope: str = ""
    """What it is decided for; for all else it is not applicable."""
    function: Callable[..., Any] = field(repr=False, compare=False, default=lambda: None)

    @property
    def is_rule(self) -> bool:
        """Whether it is decided without anything that runs."""
        return self.control.needs is not Needs.SANDBOX

    @classmethod
    def of(cls, function: Callable[..., Any], control: Control, family: str) -> "Entry":
        """Read what a control's function says."""
        return cls.told(inspect.cleandoc(function.__doc__ or ""), control, family, function)

    @classmethod
    def told(
        cls, docstring: str, control: Control, family: str, function: Callable[..., Any] = lambda: None
    ) -> "Entry":
        """Read what the docstring of a control's function says."""
        words, _, scope = docstring.partition("Applies to:")
        why, _, fix = words.partition("Fix:")
        return cls(
            control=control,
            family=family,
            why=" ".join(why.split()),
            fix=" ".join(fix.split()),
            scope=" ".join(scope.split()),
            function=function,
        )

    def info(self) -> ControlInfo:
        """Return what reports need."""
        return ControlInfo(
            id=self.control.id,
            title=self.control.title,
            severity=self.control.severity,
            references=references().get(self.control.id, ()),
            family=self.family,
            why=self.why,
            fix=self.fix,
        )


def suite_folders() -> list[Path]:
    """Folders of the suite: inside the wheel, or `tests/` of a source checkout."""
    package = Path(stackproof.__file__).parent
    shipped = package / "suite"
    root = shipped if shipped.is_dir() else package.parents[1] / "tests"
    return [root / part for part in PARTS]


@cache
def entries(own: tuple[Path, ...] = ()) -> dict[str, Entry]:
    """Return all controls by id, sorted; `own` are folders of a team's controls and rules.

    Raises UsageError for what is somebody's own and cannot be read, or has a control that is there already.
    """
    return _by_id((*_shipped(), *_of_packages(), *_of_folders(own)))


def _by_id(unsorted: Iterable[Entry]) -> dict[str, Entry]:
    found = sorted(unsorted, key=lambda entry: entry.control.id)
    twice = {a.control.id for a, b in pairwise(found) if a.control.id == b.control.id}
    if twice:
        msg = f"declared twice: {', '.join(sorted(twice))}"
        raise UsageError(msg)
    return {entry.control.id: entry for entry in found}


@cache
def outline(own: tuple[Path, ...] = ()) -> dict[str, Entry]:
    """Return what `entries` returns, without the functions of the suite: they cannot be run, only told of.

    Raises UsageError as `entries` does.
    """
    return _by_id((*_outlined(_suite_files()), *_rules(), *_of_packages(), *_of_folders(own)))


@cache
def told(own: tuple[Path, ...] = ()) -> dict[str, Entry]:
    """Return what `entries` returns, without any function of ours: nothing is imported to tell of it.

    Raises UsageError as `entries` does.
    """
    ours = _outlined([*_suite_files(), *_rule_files()])
    return _by_id((*ours, *_of_packages(), *_of_folders(own)))


@cache
def shipped() -> frozenset[str]:
    """Return the ids of those that are ours; all others a team brought itself."""
    return frozenset(name for path in (*_suite_files(), *_rule_files()) for name in ids(path))


def _outlined(paths: Iterable[Path]) -> Iterator[Entry]:
    for path in paths:
        for control, docstring, _name in declared(path):
            yield Entry.told(docstring, control, _family(path))


def _suite_files() -> list[Path]:
    return [path for folder in suite_folders() for path in sorted(folder.glob("test_*.py"))]


def _rule_files() -> list[Path]:
    return sorted((Path(stackproof.__file__).parent / "rules").glob("[a-z]*.py"))


def _shipped() -> Iterator[Entry]:
    for path in _suite_files():
        yield from _declared(_load(path), _family(path))
    yield from _rules()


def _rules() -> Iterator[Entry]:
    for path in _rule_files():
        yield from _declared(importlib.import_module(f"stackproof.rules.{path.stem}"), _family(path))


def _of_packages() -> Iterator[Entry]:
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: (point.name, point.value)):
        yield from _of_package(point)


def _of_package(point: EntryPoint) -> list[Entry]:
    """Return the controls and rules of a module that a package names.

    Raises UsageError for what nobody would miss: a module without any, and a control that is never collected.
    """
    what = f"entry point {point.name} = {point.value!r} in the group {ENTRY_POINTS}"
    try:
        module = point.load()
    except (*_MISTAKES, SyntaxError) as error:
        msg = f"{what}: {type(error).__name__}: {error}"
        raise UsageError(msg) from None
    found = list(_declared(module, point.name)) if isinstance(module, ModuleType) else []
    if not found:
        msg = f"{what}: there is no @control and no @rule in it; name the module that declares them"
        raise UsageError(msg)
    for entry in found:
        _refuse_uncollected(Path(str(module.__file__)), entry, given=True)
    return found


def packaged_tests() -> list[Path]:
    """Return the files of packages in which live controls stand: pytest collects them when they are named."""
    points = [(point, _of_package(point)) for point in entry_points(group=ENTRY_POINTS)]
    modules = [point.load() for point, found in points if not all(entry.is_rule for entry in found)]
    return sorted({Path(str(module.__file__)) for module in modules})


def _of_folders(folders: tuple[Path, ...]) -> Iterator[Entry]:
    for folder in folders:
        if not (disk.is_folder(folder) or disk.is_file(folder)):  # a device would be read for ever
            msg = f"{folder}: there is no such file or folder\n  fix: name one that is there with --rules"
            raise UsageError(msg)
        paths = sorted(folder.glob("*.py")) if folder.is_dir() else [folder]
        found = [(path, entry) for path in paths for entry in _declared(_own(path), _family(path))]
        if not found:
            msg = f"{folder}: there is no @control and no @rule in it"
            raise UsageError(msg)
        for path, entry in found:
            _refuse_uncollected(path, entry, given=path == folder)
            yield entry


def _refuse_uncollected(path: Path, entry: Entry, *, given: bool) -> None:
    """Refuse a control that pytest would not collect, which would never be decided and never be missed.

    A file that is `given` by name is collected, whatever its name. Raises UsageError.
    """
    name = entry.function.__name__
    file = given or path.name.startswith("test_") or path.stem.endswith("_test")
    if not entry.is_rule and not (file and name.startswith("test")):
        fix = f"name the function test_{name}" if file else f"name the file test_{path.name}"
        msg = f"{path}: pytest does not collect {name}, so {entry.control.id} would never be decided; {fix}"
        raise UsageError(msg)


def _own(path: Path) -> ModuleType:
    """Load a module of somebody's own.

    Raises UsageError with the place of what is wrong in it.
    """
    try:
        return _load(path)
    except SyntaxError as error:
        msg = f"{error.filename}:{error.lineno}: {error.msg}"
    except _MISTAKES as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = f":{frames[-1].lineno}" if frames else ""
        msg = f"{path}{line}: {type(error).__name__}: {error}"
    raise UsageError(msg)


def _family(path: Path) -> str:
    return path.stem.removeprefix("test_").replace("_", " ")


def _declared(module: ModuleType, family: str) -> Iterator[Entry]:
    """Yield what a module declares itself, not what it imports."""
    for _name, function in inspect.getmembers(module, inspect.isfunction):
        if (control := of_function(function)) and function.__module__ == module.__name__:
            yield Entry.of(function, control, family)


def _load(path: Path) -> ModuleType:
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    name = f"_stackproof_{digest}_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            msg = f"{path} is not a Python module"
            raise ImportError(msg)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


@cache
def references() -> dict[str, tuple[str, ...]]:
    """Return the requirements of published standards that each control answers."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(str(resources.files(__package__) / "mappings")).glob("*.toml")):
        mapping = tomllib.loads(path.read_text())
        for requirement, answer in mapping["requirements"].items():
            for control_id in answer["controls"]:
                found.setdefault(control_id, []).append(f"{mapping['standard']} {requirement}")
    return {control_id: tuple(names) for control_id, names in found.items()}
