"""What every report is made from: `Results`, written as `reports/results.json`.

The shape is schema 1, see docs/results.md. Reports read finished `Results` only.
"""

import posixpath
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict, Field

from stackproof.controls.described import Described
from stackproof.controls.info import ControlInfo
from stackproof.controls.severity import Severity

__all__ = [
    "Cause",
    "ControlInfo",
    "EventInfo",
    "FileInfo",
    "ImageInfo",
    "Outcome",
    "OutcomeKind",
    "RelatedPlace",
    "Results",
    "RevisionInfo",
    "RunInfo",
    "Scope",
    "ServiceInfo",
    "Severity",
    "StackInfo",
    "Step",
    "Trial",
    "WaiverUse",
]


class OutcomeKind(StrEnum):
    """What a control said of one subject; the order is from worst to best, for summaries."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    ADVISORY = "advisory"
    PASS = "pass"  # noqa: S105 - an outcome, not a password
    NOT_APPLICABLE = "not applicable"

    @property
    def gates(self) -> bool:
        """Whether it fails the run."""
        return self in {OutcomeKind.FAIL, OutcomeKind.UNKNOWN}

    @property
    def measured(self) -> bool:
        """Whether something was seen, good or bad."""
        return self not in {OutcomeKind.UNKNOWN, OutcomeKind.NOT_APPLICABLE}

    @property
    def rank(self) -> int:
        """Position from 0 (not applicable) to 5 (fail)."""
        return len(_KINDS) - 1 - _KINDS[self]


_KINDS = {kind: place for place, kind in enumerate(OutcomeKind)}


class _Model(Described):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class WaiverUse(_Model):
    """The accepted deviation behind a waived outcome."""

    reason: str
    expires: date
    owner: str | None = None
    aspect: str | None = None
    match: str | None = None
    file: str | None = None
    """The contract in which it stands."""
    line: int | None = None

    @property
    def endless(self) -> bool:
        """Whether it never ends, as a comment that another tool reads."""
        return self.expires == date.max

    @property
    def until(self) -> str:
        """Say how long it is accepted."""
        return "without an end" if self.endless else f"until {self.expires}"


class RelatedPlace(_Model):
    """Another place that an outcome rests on, beside the one where it can be repaired."""

    file: str
    line: int | None = None
    column: int | None = None
    what: str
    """What stands there, such as `promised here`."""


class Step(_Model):
    """A command or request, and what came back. Secrets are taken out, and long texts cut in their middle."""

    id: str
    command: str
    where: str = ""
    """Who was asked, or from where; empty where the command says it."""
    started: datetime
    """Time of day (UTC), by the clock of the machine that asked."""
    seconds: float = 0.0
    exit: int | None = None
    """Exit code; None for a request, and where it did not come to one."""
    output: str = ""
    times: int = 1
    """How often it was asked one after the other, with the same answer."""


class Trial(_Model):
    """What a sandbox went through once and controls share: a fault, a change, or how it came up."""

    id: str
    stack: str
    lane: str
    name: str
    """Such as `kill` or `persistence`; `bring-up` for how the sandbox came up."""
    started: datetime
    seconds: float = 0.0
    steps: tuple[str, ...] = ()
    """Ids of its steps, in their order."""
    steps_left_out: int = 0
    """Steps between its first and last ones that are not kept."""
    error: str = ""
    """Why it came to no result; empty where it did."""


class Outcome(_Model):
    """What one control said of one subject."""

    stack: str
    service: str | None
    container: str | None
    control: str
    aspect: str = ""
    """Tells findings of one control on one subject apart; empty where there is one."""
    fingerprint: str = ""
    """The same from run to run for stack, service, control and aspect; empty for what no test said."""
    outcome: OutcomeKind
    severity: Severity
    message: str
    evidence: dict[str, Any] = Field(default_factory=dict)
    waiver: WaiverUse | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    related: tuple[RelatedPlace, ...] = ()
    """The contract's entry that is judged by; of a finding in a Dockerfile, an env file or another layer the
    service's own lines."""
    known: bool = False
    """Whether it failed in the baseline, too."""
    cause: str | None = None
    """Fingerprint of the cause that kept it from being judged, told in full among `causes`."""
    fix: str = ""
    """What to do about just this or what kept it from being judged; of most findings the control says it."""
    started: datetime | None = None
    """When it was begun to be judged (UTC); None for what no test said."""
    seconds: float = 0.0
    """How long that took, without the trials that it shares."""
    steps: tuple[str, ...] = ()
    """Ids of what was asked for it, in their order; none where the files alone decide."""
    steps_left_out: int = 0
    """Steps between the first and the last ones that are not kept."""
    trials: tuple[str, ...] = ()
    """Ids of the trials and bring-ups that it shares with others."""


class Cause(_Model):
    """What kept controls from being judged, told once."""

    fingerprint: str
    stack: str
    message: str
    outcomes: int
    """How many were not judged because of it."""
    fix: str = ""
    """What to do about it."""


class ImageInfo(_Model):
    """The image that a service ran, as the engine has it."""

    service: str
    reference: str
    """As the compose file names it; empty for one that is built."""
    id: str
    digests: tuple[str, ...] = ()
    """By which registries know it; none for one that was built or loaded."""
    platform: str = ""
    created: str = ""
    stand_in: str = ""
    """The official image in whose place it ran."""


class FileInfo(_Model):
    """A file that says what was proven."""

    path: str
    sha256: str


class RevisionInfo(_Model):
    """The version of the repository around a stack's files."""

    commit: str
    """Empty in a repository without one."""
    dirty: bool
    """Whether tracked files differ from it."""
    origin: str = ""
    """Where the repository comes from, without a password."""
    root: str = ""
    """Its folder."""
    called_from: str = ""
    """Where the command was called, seen from that folder; empty at its top, and where nobody noted it."""
    links: dict[str, str] = Field(default_factory=dict)
    """Where files are that are reached through symbolic links, by the paths that reports have."""
    superproject: "RevisionInfo | None" = None
    """The repository that has this one as a submodule."""

    @property
    def scanned(self) -> "RevisionInfo":
        """The repository from whose top scanners look for files: of submodules the one that it was called in.

        Called outside of all of them it is the outermost.
        """
        called_outside = self.called_from == ".." or self.called_from.startswith("../")
        return self.superproject.scanned if self.superproject and called_outside else self

    def full(self, path: str) -> str:
        """Return where a file is that reports name from where the command was called, or in full."""
        named = posixpath.normpath(posixpath.join(self.root, self.called_from, path))
        return self.links.get(path, named)


class ServiceInfo(_Model):
    """A service as its files describe it, and what it is tied to."""

    name: str
    public: bool = False
    """Whether it may be reached from outside, by the contract or by what is taken for that."""
    ports: tuple[str, ...] = ()
    """Published, as they would stand in a compose file."""
    networks: tuple[str, ...] = ()
    """The networks that it joins; `host`, or `service:NAME`, where it has none of its own."""
    volumes: dict[str, str] = Field(default_factory=dict)
    """Named volumes by where they are mounted."""
    depends_on: dict[str, str] = Field(default_factory=dict)
    """What it waits for by service: `started`, `healthy` or `completed`."""


class EventInfo(_Model):
    """Something that was done to a sandbox, or that happened in it."""

    lane: str
    what: str
    """What was done (`up`, `down`, `stop`), or of a container `started`, `healthy`, `ended`."""
    container: str = ""
    """Service and number; empty for what was done to the sandbox."""
    at: float
    """When it was over, in seconds from the start of the run."""
    seconds: float = 0.0
    """How long it took; for a container 0."""


class StackInfo(_Model):
    """A stack that was proven, and how its sandboxes came to be."""

    name: str
    files: tuple[str, ...]
    directory: str = ""
    """Where its relative paths start, as those of outcomes do: from where the command was called, or in full.
    Empty where nobody noted it: then it is the folder of the first file."""
    services: tuple[str, ...]
    profile: str = ""
    """By which it was judged."""
    stand_in_images: tuple[str, ...] = ()
    sandbox: dict[str, Any] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    images: tuple[ImageInfo, ...] = ()
    sources: tuple[FileInfo, ...] = ()
    """The compose files and the contract."""
    topology: tuple[ServiceInfo, ...] = ()
    revision: RevisionInfo | None = None
    """None outside of a repository."""
    timeline: tuple[EventInfo, ...] = ()
    """What happened to its sandboxes, in the order of time."""

    def path_of(self, file: str) -> str:
        """Return the path of a file of the stack, from where the command was called or in full.

        `file` is seen from the stack's folder, as outcomes and waivers name it.
        """
        folder = self.directory or posixpath.dirname(next(iter(self.files), ""))
        return posixpath.normpath(posixpath.join(folder, file))


class Scope(_Model):
    """How much of the catalogue a run covers, and what left the rest out."""

    profile: str = ""
    """By which the stacks were judged; several separated by commas."""
    catalogue: int = 0
    """Controls in the catalogue, a team's own included."""
    known: int = 0
    """Those of them that the profile has."""
    chosen: int = 0
    """Those of them that the run was to decide."""
    narrowed: tuple[str, ...] = ()
    """What left some out or says less than a whole run, each with where that was said."""
    interrupted: bool = False

    @property
    def whole(self) -> bool:
        """Whether all was asked that can be."""
        return not self.narrowed and not self.interrupted

    def __str__(self) -> str:
        """Say what a verdict covers.

        >>> str(Scope(known=24, chosen=1, narrowed=("select no-privileged (command line)",)))
        '1 of 24 controls: select no-privileged (command line)'
        >>> str(Scope(profile="cis", catalogue=143, known=90, chosen=90))
        'all 90 controls of profile cis (the catalogue has 143)'
        """
        covers = f"all {self.known}" if self.chosen == self.known else f"{self.chosen} of {self.known}"
        of = f" of profile {self.profile}" if self.profile else ""
        more = f" (the catalogue has {self.catalogue})" if self.catalogue > self.known else ""
        reasons = (*self.narrowed, *(["interrupted"] * self.interrupted))
        return f"{covers} controls{of}{more}" + (f": {'; '.join(reasons)}" if reasons else "")


class RunInfo(_Model):
    """The run itself and the environment block."""

    id: str
    started: datetime = Field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    stackproof: str = ""
    documentation: str = ""
    """The address of its documentation; empty where none is known."""
    engine: dict[str, Any] = Field(default_factory=dict)
    compose: str = ""
    contexts: dict[str, Any] = Field(default_factory=dict)
    fail_on: Severity = Severity.HIGH
    command: str = ""
    scope: Scope = Scope()
    baseline: str = ""
    """What it was compared with; empty without a baseline."""
    fail_on_new: bool = False
    """Whether only what the baseline does not know fails the run."""


class Results(_Model):
    """A finished run."""

    schema_version: Literal[1] = Field(default=1, alias="schema", serialization_alias="schema")
    """Version of this format; see docs/results.md for what stays the same within it."""
    run: RunInfo
    stacks: tuple[StackInfo, ...]
    controls: tuple[ControlInfo, ...]
    outcomes: tuple[Outcome, ...]
    causes: tuple[Cause, ...] = ()
    trials: tuple[Trial, ...] = ()
    steps: tuple[Step, ...] = ()

    def count(self, kind: OutcomeKind, stack: str | None = None) -> int:
        """Outcomes of a kind, in one stack or in all."""
        return sum(o.outcome is kind for o in self.outcomes if stack in (None, o.stack))

    @property
    def passed(self) -> bool:
        """Whether nothing gates, and something was measured in every stack: silence proves nothing."""
        seen = {o.stack for o in self.outcomes if o.outcome.measured}
        failing = (o for o in self.outcomes if o.outcome.gates and not (self.run.fail_on_new and o.known))
        return {stack.name for stack in self.stacks} <= seen and not any(failing)
