"""A container of ours that stands by in the engine host's pid namespace, for programs that run one by one.

To start a container takes the engine some 200 ms of a processor, to run a program in one that is there 50.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock

from stackproof.engine import api, programs, steps
from stackproof.engine.command import Completed, failure
from stackproof.errors import CommandError, RefusedError

# Seconds after which it ends by itself, should whoever started it be killed.
_STANDS_BY = 900
# Seconds after which nothing more is begun in one: what runs has the rest of its time, and then it ends.
_USED_FOR = 300.0
_Key = tuple[frozenset[tuple[str, str]], tuple[str, ...]]
_standing: dict[_Key, tuple[str, float]] = {}
_lock = Lock()


def run(
    image: str, argv: Sequence[str], *, own: Mapping[str, str], capabilities: Sequence[str], deadline: float
) -> str:
    """Run a program there as root; return its stdout.

    The container has the labels `own`, by which it is removed with the sandbox that it was started for; one
    that was removed meanwhile is replaced. `deadline` is in seconds.
    Raises CommandError when the program fails or takes longer.
    """
    key = frozenset(own.items()), tuple(capabilities)
    words = ["docker", "run", image, *argv]  # what a person would type for it
    with steps.step(words) as asked:
        try:
            done = _run(key, image, argv, words, deadline)
        except RefusedError:  # it was removed, with the sandbox before this one
            done = _run(key, image, argv, words, deadline)
        asked.gave(done.stdout + done.stderr, done.code)
    if done.code:
        raise failure(words, f"failed with exit code {done.code}", done.stderr or done.stdout)
    return done.stdout


def _run(key: _Key, image: str, argv: Sequence[str], words: Sequence[str], deadline: float) -> Completed:
    container = _stand_by(key, image)
    try:
        return programs.run_in(container, argv, words, user="0:0", deadline=deadline)
    except BaseException:  # what did not end in time must not go on
        _dismiss(key, container)
        raise


def _stand_by(key: _Key, image: str) -> str:
    """Return the container for these labels and capabilities; make and start it where there is none."""
    with _lock:
        known = _standing.get(key)
        if known is not None and time.monotonic() - known[1] < _USED_FOR:
            return known[0]
        labels, capabilities = key
        container = programs.create(
            image,
            ["sleep", str(_STANDS_BY)],
            dict(labels),
            user="0:0",
            cap_add=list(capabilities),
            pid_mode="host",
            userns_mode="host",
            auto_remove=True,
        )
        _standing[key] = container, time.monotonic()
        try:
            programs.start(container)
        except BaseException:
            _remove(_standing.pop(key)[0])
            raise
        return container


def _dismiss(key: _Key, container: str) -> None:
    with _lock:
        if _standing.get(key, ("", 0.0))[0] == container:
            del _standing[key]
    _remove(container)


def _remove(container: str) -> None:
    with suppress(CommandError):  # the sweep at the end has what an engine keeps that is gone
        api.remove("container", container)
