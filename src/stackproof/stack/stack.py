"""A stack: a compose project as its author wrote it."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from stackproof.engine.project import Project
from stackproof.errors import CommandError, UsageError
from stackproof.stack import beside, complaint, hidden
from stackproof.stack import contract as contracts
from stackproof.stack.contract import Contract
from stackproof.stack.discovery import Source
from stackproof.stack.model import Model, Service
from stackproof.stack.positions import KeyPath, Positions, broken_line
from stackproof.stack.redaction import Redactor


def resolve(source: Source) -> dict[str, Any]:
    """Let Compose resolve the files; variables without a value are its own warning.

    Raises UsageError with Compose's own words when it refuses them.
    """
    try:
        return Project(
            source.files, settings=replace(source.settings, project_directory=source.directory)
        ).config()
    except CommandError as error:
        said = _cause(str(error))
        place = _place_of(said, source)
        # It quotes what it does not understand.
        reason = Redactor(beside.of_files(source)).text(said)
        msg = f"{place}: Compose cannot read it:\n  {reason.replace(chr(10), chr(10) + '  ')}"
        raise UsageError(msg) from None


def _cause(text: str) -> str:
    """Return why Compose refused, without the command and without what it only warns of."""
    words = text.splitlines()[1:] or [text]
    causes = [word for word in words if not re.match(r"time=\S+ level=warning ", word)]
    return "\n".join(re.sub(r"^time=\S+ level=\S+ ", "", word) for word in causes or words)


def _place_of(reason: str, source: Source) -> str:
    """File and line of what Compose complains of; its own line numbers of broken YAML are wrong."""
    for path in source.files:
        if line := broken_line(path):
            return f"{path}:{line}"
    for path in source.files:
        positions = Positions.read(path)
        for dotted in re.findall(r"\bservices\.[\w.-]+", reason):
            keys = tuple(dotted.rstrip(".").split("."))
            more = re.search(rf"{re.escape(dotted)} Additional property (\S+)", reason)
            if line := positions.line(*keys, *([more[1]] if more else [])):
                return f"{path}:{line}"
        if line := complaint.line_of(path, reason, source.directory):
            return f"{path}:{line}"
    return str(source.files[0])


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Files, model and contract of one stack. Nothing here runs anything."""

    source: Source
    model: Model = field(repr=False)
    contract: Contract = field(repr=False)

    @classmethod
    def load(cls, source: Source, *, controls: Collection[str], raw: Mapping[str, Any] | None = None) -> Self:
        """Resolve the compose files (unless `raw` is at hand) and check the contract.

        Raises UsageError for files that say nothing, ContractError for a wrong contract.
        """
        model = Model(raw=resolve(source) if raw is None else raw)
        if not model.services:
            msg = f"{source.files[0]}: there is no service in it, so there is nothing to prove"
            raise UsageError(msg)
        today = datetime.now(UTC).astimezone().date()
        path = source.contract
        contract = (
            contracts.load(path, services=set(model.services), controls=controls, today=today)
            if path
            else Contract()
        )
        return cls(source=source, model=model, contract=contract)

    @property
    def name(self) -> str:
        """The name in reports."""
        return self.source.name

    @property
    def slug(self) -> str:
        """The name as project and label names may be written; two names never give the same one."""
        plain = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "stack"
        return (
            plain if plain == self.name else f"{plain}-{hashlib.sha256(self.name.encode()).hexdigest()[:6]}"
        )

    @property
    def services(self) -> dict[str, Service]:
        """Services by name, sorted."""
        return self.model.services

    @cached_property
    def public(self) -> frozenset[str]:
        """Services that may be reached from outside: the contract's word, or those that publish ports."""
        if self.contract.public is not None:
            return frozenset(self.contract.public)
        return frozenset(name for name, service in self.services.items() if service.ports)

    @cached_property
    def redactor(self) -> Redactor:
        """Masks this stack's secrets."""
        contract = hidden.of_contract(self.contract.model_dump(mode="json", by_alias=True))
        return Redactor.of(self.model, contract | beside.of_resolved(self.source, self.model.raw))

    @cached_property
    def _positions(self) -> tuple[tuple[Path, Positions], ...]:
        return tuple((path, Positions.read(path)) for path in self.source.files)

    def position(self, service: str | None, key: str | None = None) -> tuple[str, int | None]:
        """File and line where a service (or its key) is written; the last file that says it wins."""
        if service is not None:
            wanted = [("services", service, key)] if key is not None else []
            for keys in (*wanted, ("services", service)):
                for path, positions in reversed(self._positions):
                    if keys in positions:
                        return str(path), positions.line(*keys)
        return str(self.source.files[0]), None

    def place(self, keys: KeyPath) -> str:
        """Return `file:line` of a path of keys, or of the part of it that is written; the last file wins."""
        for length in range(len(keys), 0, -1):
            for path, positions in reversed(self._positions):
                if keys[:length] in positions:
                    return f"{path}:{positions.line(*keys[:length])}"
        return str(self.source.files[0])

    def waiver_line(self, index: int) -> int | None:
        """Line of a waiver in the contract."""
        path = self.source.contract
        return Positions.read(path).line("waivers", index) if path else None

    def __str__(self) -> str:
        """Return the name."""
        return self.name
