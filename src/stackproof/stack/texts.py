"""Every text of a service, with where it stands."""

from collections.abc import Iterator, Mapping

from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service


def texts(service: Service) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of a resolved service that are no variables of its processes."""
    return texts_below(service.raw, ())


def texts_below(value: object, keys: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of a part of the model that stands at these keys."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "environment":
                yield from texts_below(inner, (*keys, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_below(inner, (*keys, index))
