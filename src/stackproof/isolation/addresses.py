"""Texts in which authors write the addresses of their own networks."""

from typing import Any

from stackproof.isolation.here import Here
from stackproof.isolation.subnets import moved
from stackproof.isolation.treatment import Case, Row, Treatment, row


def _names_moved(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return here.plan is not None and moved(value, here.plan.moves) != value


def _moved(value: Any, here: Here) -> Any:  # noqa: ANN401 - a value of the model
    return value if here.plan is None else moved(value, here.plan.moves)


FOLLOWING = (
    Case(
        treatment=Treatment.CHANGED,
        kind="names an address in a subnet of the stack: the sandbox's own",
        when=_names_moved,
        change=_moved,
    ),
    Case(treatment=Treatment.PASSED),
)


def follow(*paths: str) -> list[Row]:
    """Return rows of texts in which addresses of the stack's own subnets follow the sandbox's."""
    return [row(path, *FOLLOWING) for path in paths]
