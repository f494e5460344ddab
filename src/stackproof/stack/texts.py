"""Every text of a service, with where it stands."""

from collections.abc import Iterator, Mapping

from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.service import Service


def texts(service: Service) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of a resolved service that are no variables of its processes."""
    return texts_below(service.raw, ())


def texts_beside(service: Service, model: Model) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of configs, and the options of volumes, that a service mounts."""
    kinds = (
        ("configs", {use.source for use in service.configs}, "content"),
        ("volumes", {mount.source for mount in service.mounts if mount.kind == "volume"}, "driver_opts"),
    )
    for kind, names, key in kinds:
        for name, raw in (model.raw.get(kind) or {}).items():
            written = (raw or {}).get(key) if name in names else None
            yield from texts_below(written, (kind, name, key))


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
