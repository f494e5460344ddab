"""The words and variables of a Dockerfile's instructions. Pure: text in, text out.

After BuildKit's frontend/dockerfile/shell/lex.go, as far as names of images, users and variables need it.
"""

import re
from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(
    r"\\(?P<plain>\$)|\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::?(?P<how>[-+?])(?P<word>[^{}]{0,1000}))?\})"
)
_NAME = re.compile(r"[A-Za-z_][\w.-]*")


def words(text: str, escape: str = "\\", *, raw: bool = False) -> Iterator[str]:
    r"""Yield the words of a text without their quotes; with `raw` quotes and escapes are kept.

    >>> list(words('one "two words" thr\\ ee'))
    ['one', 'two words', 'thr ee']
    """
    word, quote, begun, skip = "", "", False, False
    for number, letter in enumerate(text):
        if skip:
            skip = False
        elif letter == escape and quote != "'" and number + 1 < len(text):
            following = text[number + 1]
            word += (letter if raw or (quote and following not in ('"', "$", escape)) else "") + following
            begun = skip = True
        elif quote:
            word += letter if raw or letter != quote else ""
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote, begun, word = letter, True, word + (letter if raw else "")
        elif letter.isspace():
            if begun:
                yield word
            word, begun = "", False
        else:
            word, begun = word + letter, True
    if begun:
        yield word


def assignments(keyword: str, text: str, escape: str = "\\") -> Iterator[tuple[str, str | None]]:
    """Yield names and values of ENV, ARG or LABEL; None is the value of an ARG without default.

    >>> list(assignments("ENV", "NAME John Doe")), list(assignments("ARG", "A B=1"))
    ([('NAME', 'John Doe')], [('A', None), ('B', '1')])
    """
    found = list(words(text, escape))
    if keyword in ("ENV", "LABEL") and found and "=" not in found[0]:
        name, _, value = text.partition(" ")
        if _NAME.fullmatch(name):  # the old form, of one variable
            yield name, value.strip()
        return
    for word in found:
        name, equals, value = word.partition("=")
        yield name, value if equals else None


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with its variables filled in; what nobody sets stays as it is, for nobody can tell it.

    >>> expand("${REGISTRY:-docker.io}/app:$TAG", {"TAG": "1.4"})
    'docker.io/app:1.4'
    >>> expand("app:$TAG", {})
    'app:${TAG}'
    """

    def fill(found: re.Match[str]) -> str:
        if found["plain"]:
            return "$"
        name = found["bare"] or found["name"]
        value = variables.get(name)
        if found["how"] == "-":
            return value or expand(found["word"], variables)
        if found["how"] == "+":
            if value and "$" in value:  # open itself: nobody can tell whether it is empty
                return f"${{{name}}}"
            return expand(found["word"], variables) if value else ""
        return f"${{{name}}}" if value is None else value

    return _VARIABLE.sub(fill, text)
