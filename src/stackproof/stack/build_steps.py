"""The steps that made an image: those of its Dockerfile, or what its history tells of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from stackproof.stack.builds import Build, build_of
from stackproof.stack.dockerfile import Instruction
from stackproof.stack.image_history import instruction
from stackproof.stack.keys import KeyPath
from stackproof.stack.places import Place
from stackproof.stack.service import Service
from stackproof.stack.shell_commands import Command, commands
from stackproof.stack.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step."""

    instruction: Instruction
    place: Place | None = field(default=None, compare=False)
    """Where it stands in a Dockerfile; None where the history of the image tells of it."""

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """What it runs."""
        return commands(self.instruction.script) if self.instruction.keyword == "RUN" else ()


@dataclass(frozen=True, kw_only=True)
class Steps:
    """How the image of a service was made."""

    own: tuple[Step, ...]
    """Those whose files and settings the image has."""
    all: tuple[Step, ...]
    """Those of stages that it only takes files from, too."""
    source: str
    """Where they stand: the name of a Dockerfile, or the history of the image."""
    at: KeyPath
    """The key of the service that brings the image."""
    build: Build | None = None
    """The build of this service; None where somebody else made the image, or nobody can read how."""


def steps_of(service: Service, stack: Stack, history: Callable[[], Sequence[str]]) -> Steps:
    """Return how the image of a service was made; the `history` is asked where no Dockerfile tells."""
    build = build_of(service, stack)
    if isinstance(build, Build):
        own = tuple(Step(instruction=one, place=build.place(one.line)) for one in build.instructions)
        every = tuple(Step(instruction=one, place=build.place(one.line)) for one in build.all_instructions)
        return Steps(own=own, all=every, source=build.file, at=("build",), build=build)
    told = tuple(Step(instruction=one) for text in history() if (one := instruction(text)))
    return Steps(
        own=told, all=told, source="the history of the image", at=("image",) if build is None else ("build",)
    )
