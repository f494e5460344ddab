"""Names with values of a service that are no variables: labels, options, texts of configs. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.secret_names import says_secret
from stackproof.stack.service import Service
from stackproof.stack.texts import texts_beside

# Where authors write names with values as they like, besides `environment` and the arguments of a build.
_PLACES: Final[tuple[KeyPath, ...]] = (
    ("labels",), ("annotations",), ("deploy", "labels"), ("build", "labels"), ("logging", "options"),
)  # fmt: skip
# A last word that says too little without the one before it: `homepage.widget.key`, `basicauth.users`.
_LITTLE: Final = frozenset({"key", "users", "auth", "pass", "value"})
# Lines of files without a sign between name and value: Redis, nginx, Mosquitto.
_LINE: Final = re.compile(r"^[ \t]*([\w.-]{1,100})[ \t]+[\"']?([^\s\"';{}<>#]+)[\"']?;?[ \t]*$", re.MULTILINE)
_OF_REDIS: Final = frozenset({"requirepass", "masterauth"})


def settings(service: Service, model: Model) -> Iterator[tuple[KeyPath, str, str]]:
    """Yield where each stands, its name for who judges it, and its value.

    Of a text in a config the name is empty: what is in it has names of its own.
    """
    for place in _PLACES:
        for name, value in _below(service.raw, place).items():
            if isinstance(value, str) and value:
                yield (*place, str(name)), last_words(str(name)), value
    if service.configs or service.mounts:
        for at, text in texts_beside(service, model):
            if at[-1] != "o":  # options of mount(8), which are told elsewhere
                yield at, "" if at[0] == "configs" else last_words(str(at[-1])), text


def last_words(name: str) -> str:
    """Return the words of a label or an option that say what it holds: a router may be called anything.

    >>> last_words("traefik.http.routers.password.rule"), last_words("homepage.widget.key")
    ('rule', 'widget_key')
    """
    *above, last = name.split(".")
    return f"{above[-1]}_{last}" if above and last.lower() in _LITTLE else last


def lines(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield names that say secret with what stands behind a blank, where that is all of a line.

    >>> list(lines("port 6379\\nrequirepass hunter2\\n# requirepass cherry\\n"))
    [('requirepass', 'hunter2')]
    """
    yield from (
        (name, value) for name, value in _LINE.findall(text) if says_secret(name) or name in _OF_REDIS
    )


def _below(raw: Mapping[str, object], keys: KeyPath) -> Mapping[object, object]:
    found: object = raw
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}
