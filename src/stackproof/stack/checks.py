"""What Compose lets pass when it reads a stack, and the engine refuses when it starts."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stackproof.stack.complaints import Case, Message, Place
from stackproof.stack.model import Model, unescape

# As the engine reads it (distribution/reference): host and port, path in lower case, tag, digest.
_LABEL = r"[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::\d+)?"
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[A-Za-z][\w+.-]*:[0-9a-fA-F]{{32,}})?",
    re.ASCII,
)


def complaints(case: Case, model: Model) -> Iterator[Message]:
    """Yield what is wrong with the images and files that the services of a stack name."""
    for name, service in model.services.items():
        if service.image is not None and not _IMAGE.fullmatch(image := unescape(service.image)):
            place = case.find(lambda item, name=name: item.keys == ("services", name, "image"))  # type: ignore[misc]
            words = f"{case.quote(image)} is no name of an image"
            yield Message(
                place=place or case.service(name), words=words, fix="write NAME:TAG, in lower-case letters"
            )
        for kind in ("secrets", "configs"):
            yield from _files(case, model, name, kind)
        for mount in service.raw.get("volumes") or ():
            if mount["type"] == "bind" and not (mount.get("bind") or {}).get("create_host_path", False):
                yield from _source(case, name, mount)


def _files(case: Case, model: Model, service: str, kind: str) -> Iterator[Message]:
    known = model.raw.get(kind) or {}
    for use in model.services[service].raw.get(kind) or ():
        source = use.get("source") if isinstance(use, Mapping) else str(use)
        file = (known.get(source) or {}).get("file")
        if file and not Path(unescape(file)).exists():
            place = case.at(f"{kind}.{source}.file")
            words = f"the file {case.short(unescape(file))} is not there, and service {service} wants it"
            yield Message(place=place, words=words, fix=f"create {case.short(unescape(file))}")


def _source(case: Case, service: str, mount: Mapping[str, Any]) -> Iterator[Message]:
    source = Path(unescape(str(mount.get("source") or "")))
    if source.exists() or not source.is_absolute():
        return
    base = case.source.directory
    place = case.under(
        ("volumes",),
        lambda item: (
            bool(item.text)
            and (base / case.filled(item.text).partition(":")[0]).resolve() == source.resolve()
        ),
        service,
    )
    where: Place = place or case.service(service)
    words = f"the bind source {case.short(source)} is not there, and Compose does not create it"
    fix = f"create {case.short(source)}, or write `bind: {{create_host_path: true}}`"
    yield Message(place=where, words=words, fix=fix)
