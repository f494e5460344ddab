"""The keys of the contract with their examples (`contract_keys.yml`), and what is said of a contract."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ruamel.yaml import YAML

from stackproof.errors import ContractError
from stackproof.stack import contract

FILE = Path(__file__).with_name("contract_keys.yml")
SERVICES = ("web", "api", "db", "queue")
CONTROLS = ("effective-uid-nonroot", "no-literal-secret-in-env", "no-version-field", "restart-policy-set")
TODAY = date(2026, 12, 1)  # a day on which the waivers of the examples count


@dataclass(frozen=True)
class Key:
    """A key of the contract, as its schema has it."""

    path: str
    """With a dot before what stands in the entries of a list."""
    schema: Mapping[str, Any]
    required: bool


def keys(schema: Mapping[str, Any]) -> Iterator[Key]:
    """Yield the keys of the contract's schema, each before those of its entries."""
    for name, found in schema["properties"].items():
        yield Key(name, found, required=False)
        part = _part(found.get("items", {}), schema)
        for below, inner in part.get("properties", {}).items():
            yield Key(f"{name}.{below}", inner, required=below in part.get("required", ()))


def _part(items: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema["$defs"].get(items.get("$ref", "").rpartition("/")[2], {})
    return found


def examples() -> dict[str, dict[str, str]]:
    """Return the right and the wrong contract of each key."""
    found: dict[str, dict[str, str]] = YAML(typ="safe").load(FILE)
    return found


def said_of(text: str) -> str:
    """Return what is said of a contract; empty for one that is right."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stackproof.yml"
        path.write_text(text)
        try:
            contract.load(path, services=SERVICES, controls=CONTROLS, today=TODAY)
        except ContractError as error:
            return str(error).replace(f"{folder}/", "")
    return ""
