"""The images that are on this engine already: what is not there is not fetched, and nothing is started."""

from functools import cache, partial
from typing import Any, NoReturn, TypeVar

from stackproof.controls.control import not_applicable
from stackproof.engine import looks
from stackproof.errors import StackproofError
from stackproof.rules.image import Image, Looks
from stackproof.stack.dollars import unescape
from stackproof.stack.stack import Stack

Answer = TypeVar("Answer", dict[str, Any], tuple[str, ...])


class LocalImages:
    """Looks at images once, however many services and rules ask."""

    def __init__(self) -> None:
        self._config = cache(_config)
        self._history = cache(_history)

    def of(self, stack: Stack, service: str) -> Image:
        """Return the image of a service; where there is none to look at, its looks raise NotApplicable."""
        reference = stack.services[service].image
        if reference is None:
            reason = f"the image of {service} is built, and nothing is built here"
            none = partial(not_applicable, reason)
            return Image(Looks(config=none, file=lambda _path: none(), history=none, tree=none))
        name = unescape(reference)
        return Image(
            Looks(
                config=lambda: _found(self._config(name)),
                file=lambda path: self._not_read(name, path),
                history=lambda: _found(self._history(name)),
                tree=lambda: self._not_read(name, "the file system"),
            )
        )

    def _not_read(self, reference: str, what: str) -> NoReturn:
        _found(self._config(reference))
        reason = f"{what} of the image was not read: that takes a container, as `stackproof check` makes one"
        not_applicable(reason)


def _found(answer: Answer | str) -> Answer:
    if isinstance(answer, str):
        not_applicable(answer)
    return answer


def _config(reference: str) -> dict[str, Any] | str:
    """Return the `Config` of an image, or why there is none."""
    try:
        found = looks.image(reference)
    except StackproofError as error:
        return f"image {reference} was not looked at: {str(error).splitlines()[0]}"
    if found is None:
        return f"image {reference} is not on this engine"
    return dict(found.get("Config") or {})


def _history(reference: str) -> tuple[str, ...] | str:
    """Return what made each layer of an image, the oldest first, or why that is not known."""
    if isinstance(config := _config(reference), str):
        return config
    try:
        return tuple(looks.history(reference))
    except StackproofError as error:
        return f"image {reference} was not looked at: {str(error).splitlines()[0]}"
