"""A module that is read once more: what its tables are made by runs when it is imported, before any test."""

from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any


def anew(module: ModuleType) -> Any:  # noqa: ANN401 - the same module, beside the one that is in use
    """Return the module as an import makes it now."""
    spec = spec_from_file_location(module.__name__, module.__file__)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
