"""Values that Compose takes and hands on, and at which an engine then refuses to make a container. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from stackproof.stack import capabilities, security_options, users
from stackproof.stack.dollars import unescape
from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service


@dataclass(frozen=True)
class Refusal:
    """One value that no engine takes."""

    words: str
    at: KeyPath
    """The keys below the service that ask for it."""
    aspect: str
    """Tells those of one service apart."""


def refusals(service: Service) -> Iterator[Refusal]:
    """Yield why no container of a service can be made.

    Only what no engine takes: what hangs on the machine, or on the image, is not known here.
    """
    asked = unescape(service.user)
    if why := users.refusal(asked):
        yield Refusal(f"no engine takes the user {asked!r}: {why}", ("user",), "user")
    for key, names in (("cap_add", service.cap_add), ("cap_drop", service.cap_drop)):
        for index, name in enumerate(names):
            if why := capabilities.refusal(name):
                yield Refusal(f"{key}: {why}", (key, index), f"{key} {name}")
    for index, text in enumerate(service.security_opt):
        if why := security_options.refusal(text):
            yield Refusal(f"security_opt: {why}", ("security_opt", index), text)
