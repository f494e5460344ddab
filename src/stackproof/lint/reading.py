"""How lint reads files: Compose's plugin resolves them, the first ones while the rules are read."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

from stackproof.engine.resolved import Resolved
from stackproof.stack import without_docker
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Reading

DEADLINE: Final = 30.0
"""Seconds for Compose to resolve the files of one stack."""
READING: Final = Reading(resolve=partial(without_docker.resolve, deadline=DEADLINE), here=False)


@contextmanager
def ahead(sources: Sequence[Source]) -> Iterator[Reading]:
    """Have Compose begin with some stacks at once; what is raised for one is raised when it is read."""
    with ThreadPoolExecutor(max(1, len(sources))) as pool:
        begun = {source.files: pool.submit(READING.resolve, source) for source in sources}

        def resolve(source: Source) -> Resolved:
            started = begun.pop(source.files, None)
            return started.result() if started else READING.resolve(source)

        yield Reading(resolve=resolve, here=READING.here)
