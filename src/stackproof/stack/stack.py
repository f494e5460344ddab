"""A stack: a compose project as its author wrote it."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from stackproof.engine.project import Project, compose_version
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError, UsageError
from stackproof.stack import beside, checks, hidden, profiles, public, whole
from stackproof.stack import contract as contracts
from stackproof.stack.complaints import Case, ends, explain
from stackproof.stack.conflict import Conflict
from stackproof.stack.conflicts import conflicts
from stackproof.stack.contract import Contract
from stackproof.stack.discovery import Source
from stackproof.stack.keys import KeyPath
from stackproof.stack.layers import Layer, Variables
from stackproof.stack.model import Model
from stackproof.stack.places import Place, Places
from stackproof.stack.redaction import Redactor
from stackproof.stack.service import Service
from stackproof.stack.warnings import told
from stackproof.stack.written import File, Item, Written

READING = 60.0  # seconds; what it includes may have to be fetched from another machine


def resolve(source: Source) -> Resolved:
    """Let Compose resolve the files.

    Raises UsageError with place, cause and fix when it refuses them.
    """
    ends(source)
    return whole.resolve(source, _asked)


def _asked(source: Source, *, consistent: bool) -> Resolved:
    settings = replace(source.settings, project_directory=source.directory)
    try:
        return Project(source.files, settings=settings, deadline=READING).config(consistent=consistent)
    except CommandError as error:
        raise refused(source, error, compose_version) from None


def refused(source: Source, error: CommandError, version: Callable[[], str]) -> UsageError:
    """Return the error that explains why Compose refuses files: place, cause and fix."""
    text = str(error)
    stderr = text.partition("\n")[2] or text  # without the command
    return UsageError(explain(Case(source=source, stderr=stderr, version=version)))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the files of a stack are read."""

    resolve: Callable[[Source], Resolved]
    """Has Compose resolve them; raises UsageError where it refuses them."""
    here: bool = True
    """Whether the stack is to be started on this machine, so that the files that it names must be there."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Files, model and contract of one stack. Nothing here runs anything."""

    source: Source
    model: Model = field(repr=False)
    contract: Contract = field(repr=False)
    warnings: tuple[str, ...] = ()
    """What a reader must know of how it was read: variables without a value, services left out."""

    @classmethod
    def load(
        cls,
        source: Source,
        *,
        controls: Collection[str],
        raw: Mapping[str, Any] | None = None,
        warnings: tuple[str, ...] = (),
        reading: Reading | None = None,
    ) -> Self:
        """Resolve the compose files (unless `raw` is at hand, with its `warnings`) and check the contract.

        Raises UsageError for files that say nothing, or that no engine can start, ContractError for a wrong
        contract.
        """
        if raw is None:
            raw, warnings = _read(source, reading or Reading(resolve=resolve))
        model = Model(raw=raw, default_profiles=profiles.default(source))
        if not model.services:
            raise UsageError(_without_services(source))
        today = datetime.now(UTC).astimezone().date()
        path = source.contract
        contract = (
            contracts.load(path, services=set(model.services), controls=controls, today=today)
            if path
            else contracts.NONE
        )
        return cls(source=source, model=model, contract=contract, warnings=warnings)

    def to_json(self) -> dict[str, Any]:
        """Return plain data, for another process. It holds secrets in clear."""
        return {"source": self.source.to_json(), "raw": self.model.raw, "warnings": self.warnings}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, controls: Collection[str]) -> Self:
        """Read what `to_json` returned. Raises ContractError for a wrong contract."""
        source = Source.from_json(data["source"])
        return cls.load(source, controls=controls, raw=data["raw"], warnings=tuple(data["warnings"]))

    def anew(self, controls: Collection[str]) -> Self:
        """Return the stack with its files as they are now, which must resolve to the same model.

        Raises ContractError for a wrong contract.
        """
        return self.load(self.source, controls=controls, raw=self.model.raw, warnings=self.warnings)

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
        """Services that may be reached from outside: those of the contract, or else those taken as public."""
        if self.contract.public is not None:
            return frozenset(self.contract.public)
        return frozenset(public.taken(self.model))

    def public_words(self, name: str) -> str:
        """Return whether a service is public and by whose word, for evidence."""
        return public.words(self.contract.public, self.model, name)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Which services are taken as public and why, and which are not, where no contract says so."""
        return public.told(self.model) if self.contract.public is None else ()

    @cached_property
    def conflicts(self) -> dict[str, list[Conflict]]:
        """By service, what it cannot have beside another one, or beside another container of its own."""
        return conflicts(self.model)

    @property
    def not_counted(self) -> tuple[str, ...]:
        """What conflicts only when profiles are enabled together that are taken as alternatives, in words."""
        if len(self.model.starts) == 1:
            return ()
        known = {conflict.words for several in self.conflicts.values() for conflict in several}
        at_once = conflicts(replace(self.model, default_profiles=None))
        words = [
            f"{name}: {one.words}"
            for name, those in at_once.items()
            for one in those
            if one.words not in known
        ]
        return (profiles.apart(words),) if words else ()

    @cached_property
    def redactor(self) -> Redactor:
        """Masks this stack's secrets."""
        contract: frozenset[str] = frozenset()
        if self.contract is not contracts.NONE:
            contract = hidden.of_contract(self.contract.model_dump(mode="json", by_alias=True))
        plain = Written.of(self.source).plain if hidden.has_extensions(self.model.raw) else ()
        return Redactor.of(self.model, contract | beside.of_resolved(self.source, self.model.raw), plain)

    @cached_property
    def _places(self) -> Places:
        return Places(self.source, self.model.raw)

    @property
    def files(self) -> dict[str, Path]:
        """The compose files that have a say, by their name in places: also what is included or extended."""
        return self._places.files

    def locate(self, keys: KeyPath) -> Place:
        """Return where a path of the resolved model, such as ("services", "web", "ports", 1), is written.

        It leads through `include`, `extends`, anchors and override files to the text that wins. When not all
        of it is written, the place is that of the longest part that is, at last the first file.
        """
        return self._places.place(keys)

    def written_text(self, keys: KeyPath) -> str | None:
        """Return the text of a value of the resolved model as its author wrote it, variables not filled in.

        None for what stands in no compose file (it comes from an env file or from the shell), and for
        what is a mapping or a list.
        """
        return self._places.text(keys)

    def layers(self, keys: KeyPath) -> tuple[Layer, ...]:
        """Return all that the files say of a path of the resolved model, from the weakest to what wins.

        Of an empty path, the documents. This is what order, quotes and what Compose drops are judged by.
        """
        return self._places.layers(keys)

    @property
    def variables(self) -> list[Variables]:
        """The env files from which Compose fills in, and what it knows before it reads them."""
        return self._places.variables

    def place_in(self, path: Path, line: int) -> Place:
        """Return a place in a file that is no compose file."""
        return Place(self._places.shown(path), line)

    def place_of(self, item: Item) -> Place:
        """Return where an item of a layer is written."""
        return self._places.of(item.file, item)

    def place(self, keys: KeyPath) -> str:
        """Return `file:line` of a path of the model, for messages: with the whole path of the file."""
        item = self._places.item(keys)
        return f"{item.file}:{item.line}" if item else str(self.source.files[0])

    def contract_place(self, key: str, index: int) -> Place:
        """Return where an entry of a list stands in the contract, such as the first of its `waivers`."""
        path = self.source.contract or self.source.files[0]
        item = File(path, path.parent).items.get((key, index))
        return self._places.of(path, item)

    def __str__(self) -> str:
        """Return the name."""
        return self.name


def _read(source: Source, reading: Reading) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the resolved model, and what Compose warned of or left out."""
    resolved = reading.resolve(source)
    model = Model(raw=resolved.model)
    case = Case(source=source, stderr="", warnings=resolved.warnings)
    for message in checks.complaints(case, model, here=reading.here):
        raise UsageError(case.render(message))
    found = told(source, case.written, resolved.warnings)
    hidden_services = profiles.left_out(case.written, model.services) if model.services else {}
    return resolved.model, (*found, *([profiles.note(hidden_services)] if hidden_services else ()))


def _without_services(source: Source) -> str:
    """Say why there is nothing to prove, which would be green if it were not said."""
    if hidden_services := profiles.left_out(Written.of(source), ()):
        return f"{source.files[0]}: {profiles.nothing_active(hidden_services, source.settings.profiles)}"
    return (
        f"{source.files[0]}: there is no service in it, so there is nothing to prove\n"
        "  fix: write one under `services:`"
    )
