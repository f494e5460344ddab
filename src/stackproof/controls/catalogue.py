"""Every control of the suite, read from the suite's modules when somebody asks."""

import importlib.util
import inspect
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import stackproof
from stackproof.controls.control import Control, of_function
from stackproof.controls.info import ControlInfo

PARTS = ("infra", "http")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A control and what its test says about it."""

    control: Control
    family: str
    why: str
    remedy: str
    scope: str = ""
    """What it is decided for; for all else it is not applicable."""

    def info(self) -> ControlInfo:
        """Return what reports need."""
        return ControlInfo(
            id=self.control.id,
            title=self.control.title,
            severity=self.control.severity,
            references=references().get(self.control.id, ()),
            family=self.family,
            why=self.why,
            remedy=self.remedy,
        )


def suite_folders() -> list[Path]:
    """Folders of the suite: inside the wheel, or `tests/` of a source checkout."""
    package = Path(stackproof.__file__).parent
    shipped = package / "suite"
    root = shipped if shipped.is_dir() else package.parents[1] / "tests"
    return [root / part for part in PARTS]


@cache
def entries() -> dict[str, Entry]:
    """Return all controls by id, sorted."""
    found = sorted(_scan(), key=lambda entry: entry.control.id)
    twice = {a.control.id for a, b in pairwise(found) if a.control.id == b.control.id}
    if twice:
        msg = f"declared twice: {', '.join(sorted(twice))}"
        raise ValueError(msg)
    return {entry.control.id: entry for entry in found}


def _scan() -> Iterator[Entry]:
    for folder in suite_folders():
        for path in sorted(folder.glob("test_*.py")):
            for _name, function in inspect.getmembers(_load(path), inspect.isfunction):
                if declared := of_function(function):
                    words, _, scope = inspect.cleandoc(function.__doc__ or "").partition("Applies to:")
                    why, _, remedy = words.partition("Fix:")
                    yield Entry(
                        control=declared,
                        family=path.stem.removeprefix("test_").replace("_", " "),
                        why=" ".join(why.split()),
                        remedy=" ".join(remedy.split()),
                        scope=" ".join(scope.split()),
                    )


def _load(path: Path) -> ModuleType:
    name = f"_stackproof_suite_{path.parent.name}_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            msg = f"{path} is not a Python module"
            raise ImportError(msg)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@cache
def references() -> dict[str, tuple[str, ...]]:
    """Return the requirements of published standards that each control answers."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(str(resources.files(__package__) / "mappings")).glob("*.toml")):
        mapping = tomllib.loads(path.read_text())
        for requirement, ids in mapping["requirements"].items():
            for control_id in ids:
                found.setdefault(control_id, []).append(f"{mapping['standard']} {requirement}")
    return {control_id: tuple(names) for control_id, names in found.items()}
