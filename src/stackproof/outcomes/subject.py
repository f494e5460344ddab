"""What an outcome is about: a stack, or a service, container or contract entry of it."""

from dataclasses import dataclass

from stackproof.stack.contract import HttpExpectation, Outage
from stackproof.stack.stack import Stack

ContractEntry = HttpExpectation | Outage


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A stack, or a service, container or contract entry of it."""

    stack: Stack
    service: str | None = None
    number: int | None = None
    """Number of the container, counted from 1, where the subject is one."""
    entry: ContractEntry | None = None
    aspect: str = ""
    """Tells subjects of one service and control apart, and stays the same from run to run."""
    label: str = ""
    family: str = ""
    """The family of rules that are judged, where the subject is a stack to rules."""

    @property
    def id(self) -> str:
        """The id in brackets behind a test's name."""
        parts = (self.stack.slug, self.service, self.label, self.family)
        return "-".join(str(part) for part in parts if part)

    @property
    def container(self) -> str | None:
        """Name of the container, if the subject is one."""
        return f"{self.service}-{self.number}" if self.number is not None else None
