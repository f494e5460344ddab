"""What to hide of files that Compose refuses: secrets at keys where none belongs. Pure.

Messages say what stands at a wrong place. `hidden` knows the right ones.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stackproof.stack import hidden
from stackproof.stack.hidden import CREDENTIAL_IN_URL, SHORTEST, leaves
from stackproof.stack.secret_names import looks_random, says_secret

# A secret has its name, and two or three keys below it that say where it is.
_OF_SECRET: Final = 2
_TELLS_WHERE: Final = frozenset({"file", "environment", "name", "driver", "template_driver"})
_HOLDS_NAMES: Final = frozenset({"labels", "driver_opts"})
_FILE: Final = re.compile(r"[\w./-]+\.\w{1,10}")
_PATH: Final = re.compile(r"[~.]{0,2}/\S*|[\w./-]+\.(?:txt|pem|key|crt|json|ya?ml|env|secret|token)")
# A name with its value as a line has them, and what stands around a value.
_LINE: Final = re.compile(r"^[ \t-]*[\"']?([\w.-]{1,100})[\"']?[ \t]*[:=][ \t]*(\S.*)$", re.MULTILINE)
_SIGNS: Final = "*&!@%`'\"[]{}, "
# Keys below which there are names with values, written as one text.
_PAIRS: Final = frozenset({"environment", "args", "labels", "annotations", "options", "driver_opts"})


def of_raw(raw: Mapping[str, Any]) -> frozenset[str]:
    """Return what to hide of a file as it is written, of whatever shape.

    A text in place of a secret, or below one where nothing of that kind belongs; in place of a config, which
    is that config; behind a name that says so, wherever a name with its value stands.
    """
    found = (secret for keys, value in leaves(raw, ()) for secret in _of_leaf(keys, value))
    return frozenset(secret for secret in found if len(secret) >= SHORTEST)


def of_text(text: str) -> frozenset[str]:
    """Return what to hide of a text that is no YAML: what stands behind a name that says so, in a line.

    >>> of_text("    DB_PASSWORD: *hunter2")
    frozenset({'hunter2'})
    """
    found = (hit.groups() for hit in _LINE.finditer(text))
    return frozenset(bare for name, written in found if says_secret(name) and (bare := written.strip(_SIGNS)))


def _of_leaf(keys: tuple[str, ...], value: object) -> Iterator[str]:
    texts = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    for text in (*keys, *texts):
        name, equals, rest = text.partition("=")
        if equals and says_secret(name.lstrip("-")):
            yield rest
        yield from CREDENTIAL_IN_URL.findall(text) if "@" in text else ()
    text = " ".join(texts)
    if keys[0] == "secrets":
        yield from [text] if _is_in_place_of_secret(keys, text) else []
    elif keys[0] == "configs":
        yield from hidden.of_file(text) if len(keys) <= _OF_SECRET and not _FILE.fullmatch(text) else ()
    elif keys[0] == "services" and keys[-1] == "healthcheck":
        yield from hidden.of_command(text)
    elif keys[-1] in _PAIRS and "=" not in text:
        yield text


def _is_in_place_of_secret(keys: tuple[str, ...], text: str) -> bool:
    below = keys[_OF_SECRET:]
    if below and (below[0] in _TELLS_WHERE or below[0].startswith("x-")):
        return False
    if below[1:] and below[0] in _HOLDS_NAMES:
        return False
    if below == ("external",) and text.lower() in ("true", "false"):
        return False
    # Whoever writes a file without its key is told how to write it.
    return _PATH.fullmatch(text) is None or looks_random(text)
