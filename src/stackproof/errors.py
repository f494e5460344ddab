"""Every error that a user can cause or meet, each with the exit code of the `stackproof` command."""

from collections.abc import Mapping
from typing import ClassVar, Self

# The exit code of a run that was interrupted, as shells say it: 128 and the number of SIGINT.
INTERRUPTED = 130
# What many controls may meet, as `StackproofError.cause` names it.
COMES_UP = "the stack does not come up"
ENGINE = "the engine went away"
OUTSIDE = "the outside was not cut off"


class StackproofError(Exception):
    """Base of all errors that end in one clear message instead of a traceback."""

    exit_code: ClassVar[int] = 2
    cause: str = ""
    """Which one obstacle it is that many controls may meet, such as `comes up`: then it is told once."""

    def because(self, cause: str) -> Self:
        """Note the cause, unless one is noted that says more; return the error itself."""
        self.cause = self.cause or cause
        return self


class UsageError(StackproofError):
    """The command line, a compose file or a path is not usable."""


class ContractError(StackproofError):
    """`stackproof.yml` does not say what it may say; the message names file and line."""


class EngineError(StackproofError):
    """No engine answers, or it lacks what we need."""

    exit_code = 3


class StackError(StackproofError):
    """A stack could not be built, pulled or brought up."""

    exit_code = 4


class NotReadyError(StackError):
    """Services of a stack did not become ready; the others may have. `whys` has the reason by service."""

    def __init__(self, whys: Mapping[str, str]) -> None:
        super().__init__("\n".join(dict.fromkeys(whys.values())))
        self.whys = dict(whys)


class CommandError(StackproofError):
    """A docker command failed or ran out of time; the message holds the command and its last words."""

    exit_code = 4


class RefusedError(CommandError):
    """The engine answered that it does not do what it was asked; the message is its own."""


class EngineGoneError(CommandError):
    """The engine stopped answering in the middle of a run, or was restarted meanwhile."""

    exit_code = 3


class Unknown(StackproofError):  # noqa: N818 - it names an outcome, not a mistake
    """A control could not tell: something it needs is missing or gone. Fails the run, never passes."""

    exit_code = 1


class NoShellError(Unknown):
    """The image has no shell that could answer."""


class ContainerGoneError(Unknown):
    """The container stopped answering while it was being looked at."""
