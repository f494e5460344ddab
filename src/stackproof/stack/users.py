"""`user:` of a service, and `USER` of an image, as an engine reads them. Pure.

All of it was tried with moby 26 and Compose 2.26 and 2.40; the engine's code is moby/sys/user, `GetExecUser`.
"""

import re

from stackproof.stack.numbers import whole

# What Go's strconv.Atoi takes for a number.
_NUMBER = re.compile(r"[+-]?[0-9]+")
_LARGEST = 2**31 - 1


def uid_of(user: str) -> int | None:
    """Return the number of a user; None for a name, of which only an image knows the number.

    An empty name before the colon is root, whoever the image's user is, and so is the name itself.

    >>> [uid_of(user) for user in ("1000:0", ":1000", "+0", "root:www", "www")]
    [1000, 0, 0, 0, None]
    """
    name = user.partition(":")[0]
    return 0 if name in ("", "root") else _number(name)


def refusal(user: str) -> str:
    """Return why no engine starts a container for a user; empty for one that it may have.

    >>> refusal("1000:4294967296")
    'its group 4294967296 is no number from 0 to 2147483647'
    """
    name, _, rest = user.partition(":")
    for what, text in (("user", name), ("group", rest.partition(":")[0])):
        number = _number(text)
        if number is not None and not 0 <= number <= _LARGEST:
            return f"its {what} {text} is no number from 0 to {_LARGEST}"
    return ""


def _number(text: str) -> int | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = whole(text.lstrip("+-"))
    if number is None:
        return _LARGEST + 1
    return -number if text.startswith("-") else number
