"""The images that are on this engine already: what is not there is not fetched, and nothing is started."""

from functools import cache
from typing import Any, NoReturn

from stackproof.controls.control import not_applicable
from stackproof.engine import looks
from stackproof.errors import StackproofError
from stackproof.rules.image import Image
from stackproof.stack.dollars import unescape
from stackproof.stack.stack import Stack


class LocalImages:
    """Looks at images once, however many services and rules ask."""

    def __init__(self) -> None:
        self._config = cache(_config)

    def of(self, stack: Stack, service: str) -> Image:
        """Return the image of a service.

        Raises NotApplicable where there is none to look at.
        """
        reference = stack.services[service].image
        if reference is None:
            not_applicable(f"the image of {service} is built, and nothing is built here")
        found = self._config(unescape(reference))
        if isinstance(found, str):
            not_applicable(found)
        return Image(found, _not_read)


def _not_read(path: str) -> NoReturn:
    not_applicable(
        f"{path} of the image was not read: that takes a container, as `stackproof check` makes one"
    )


def _config(reference: str) -> dict[str, Any] | str:
    """Return the `Config` of an image, or why there is none."""
    try:
        found = looks.image(reference)
    except StackproofError as error:
        return f"image {reference} was not looked at: {str(error).splitlines()[0]}"
    if found is None:
        return f"image {reference} is not on this engine"
    return dict(found.get("Config") or {})
