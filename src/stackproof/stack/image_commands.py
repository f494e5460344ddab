"""What the instructions of a Dockerfile run, as the words of commands. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Final

from stackproof.stack.dockerfile import Instruction, instruction_of

RUN_SOMETHING: Final = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
# How the history of an image tells of a health check: Go's own way to print a list.
_IN_HISTORY: Final = re.compile(r"&\{\[(?P<words>.*?)\](?: |\}).*", re.DOTALL)
_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def commands_of(one: Instruction) -> Iterator[list[str]]:
    """Yield the words of what an instruction runs; a script is the one word.

    >>> from stackproof.stack.dockerfile import instruction_of
    >>> list(commands_of(instruction_of("HEALTHCHECK", "--interval=5s CMD mysqladmin ping", 1)))
    [['mysqladmin ping']]
    """
    if one.keyword == "HEALTHCHECK":
        yield from _of_health_check(one.value)
    elif one.keyword in RUN_SOMETHING:
        script = one.script
        yield list(one.array) if one.array is not None else [script]
        yield from ([heredoc.text] for heredoc in one.heredocs if heredoc.text not in script)
    else:
        yield from ([heredoc.text] for heredoc in one.heredocs)


def _of_health_check(value: str) -> Iterator[list[str]]:
    if found := _IN_HISTORY.fullmatch(value):
        words = [json.loads(word, strict=False) for word in _WORD.findall(found["words"])]
        yield words
        return
    keyword, _, rest = value.partition(" ")
    if keyword.upper() == "CMD":
        inner = instruction_of("CMD", rest, 0)
        yield list(inner.array) if inner.array is not None else [inner.value]
