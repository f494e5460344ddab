"""What was asked while something was judged, and what came back: the steps behind outcomes.

Who asks says so where it asks: `with step("docker exec web-1 id") as asked: ...`. Steps go to the journal
that is open in this process: that of the running test, or of the trial or bring-up within it, which tests
share. They cost no process and no question of their own. Bounds, so that results of five stacks stay small:

- MOST steps of a journal, its first and its last half; what lay between is counted;
- a step that is repeated at once with the same answer is one, with how often it was asked;
- KEPT characters of a command and of an output, until secrets are taken out of them; then less is shown (see
  `stackproof.outcomes.steps`).
"""

import secrets
import shlex
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

MOST = 16
KEPT = 2048
_NAMES = 4096  # containers of one process whose name is kept


@dataclass(kw_only=True)
class Step:
    """A command or request, and what it gave. `output` and `code` are noted while it runs."""

    id: str = field(default_factory=lambda: secrets.token_hex(5), compare=False)
    command: str
    where: str = ""
    """The container or sandbox that was asked."""
    began: float = field(default_factory=time.time, compare=False)
    """Seconds since the epoch, clock of this machine."""
    seconds: float = field(default=0.0, compare=False)
    code: int | None = None
    """Exit code; None where nothing ended with one."""
    output: str = ""
    times: int = field(default=1, compare=False)
    """How often it was asked one after the other, with the same answer."""

    def gave(self, output: str | bytes, code: int | None = None) -> None:
        """Note what came back."""
        text = output.decode(errors="replace") if isinstance(output, bytes) else output
        self.output, self.code = _kept(text), code


@dataclass(kw_only=True, eq=False)
class Journal:
    """The steps of a test, a trial or a bring-up, in their order."""

    name: str = ""
    """Of a trial or bring-up: what it is. Empty for a test."""
    id: str = field(default_factory=lambda: secrets.token_hex(5))
    began: float = field(default_factory=time.time)
    seconds: float = 0.0
    error: str = ""
    """Why it came to no result."""
    left_out: int = 0
    """Steps that are not kept."""
    shared: "list[Journal]" = field(default_factory=list)
    """Trials and bring-ups that the test rests on, whoever performed them."""
    _first: list[Step] = field(default_factory=list, repr=False)
    _last: deque[Step] = field(default_factory=deque, repr=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is kept."""
        return (*self._first, *self._last)

    def fails(self, why: str) -> None:
        """Note why it comes to no result."""
        self.error = _kept(why)

    def add(self, step: Step) -> None:
        """Take a step, unless it is there."""
        with _lock:
            before = self._last or self._first
            if before and before[-1] == step and before[-1] is not step:
                before[-1].times += step.times
                before[-1].seconds = step.began + step.seconds - before[-1].began
            elif not any(known is step for known in self.steps):
                self._keep(step)

    def _keep(self, step: Step) -> None:
        if len(self._first) < MOST // 2:
            self._first.append(step)
            return
        self._last.append(step)
        if len(self._last) > MOST - MOST // 2:
            self._last.popleft()
            self.left_out += 1

    def share(self, journal: "Journal") -> None:
        """Note that it rests on what another one has."""
        if journal is not self and journal not in self.shared:
            self.shared.append(journal)


_lock = threading.Lock()
_open: list[Journal] = []
"""Journals of this process, the inmost last. One test runs at a time, with threads of its own."""
_thread = threading.local()
_named: dict[str, str] = {}


@contextmanager
def step(command: str | Sequence[str], where: str = "") -> Iterator[Step]:
    """Note something that is asked, and what comes back; what it asks itself in this thread is part of it.

    An error is what came back of it.
    """
    words = command if isinstance(command, str) else shlex.join(map(str, command))
    asked = Step(command=_kept(words), where=where)
    within = getattr(_thread, "within", False)
    _thread.within = True
    began = time.monotonic()
    try:
        with _heard(asked.gave):
            yield asked
    finally:
        _thread.within = within
        asked.seconds = time.monotonic() - began
        if not within:
            _told(asked)


@contextmanager
def _heard(told: Callable[[str], None]) -> Iterator[None]:
    """Hand on what an error of the block says; an interruption says nothing."""

    def hear(_kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            told(str(error) or type(error).__name__)

    with ExitStack() as block:
        block.push(hear)
        yield


def note(command: str, where: str, output: str, *, began: float, seconds: float) -> None:
    """Note what was asked in the background meanwhile."""
    _told(Step(command=command, where=where, output=_kept(output), began=began, seconds=seconds))


def _told(asked: Step) -> None:
    for id_, name in _names_in(asked.command, asked.where):
        asked.command = asked.command.replace(id_, name)
        asked.where = asked.where.replace(id_, name)
    refer([asked])


def refer(known: Iterable[Step]) -> None:
    """Note steps that were taken before, on whose answer the running test rests, too."""
    taken: list[Step] | None = getattr(_thread, "taken", None)
    if taken is not None:
        taken.extend(known)
    elif _open:
        for one in known:
            _open[-1].add(one)


@contextmanager
def taken() -> Iterator[list[Step]]:
    """Take the steps of this thread in the block, for all who refer to them later."""
    kept: list[Step] = []
    before = getattr(_thread, "taken", None), getattr(_thread, "within", False)
    _thread.taken, _thread.within = kept, False
    try:
        yield kept
    finally:
        _thread.taken, _thread.within = before


def silence() -> None:
    """Keep what this thread asks from now on out of all journals: it looks in the background."""
    _thread.within = True


@contextmanager
def journal(name: str = "") -> Iterator[Journal]:
    """Keep the steps of the block; with a name it is shared, and whoever is around it rests on it."""
    kept = Journal(name=name)
    around = _open[-1] if _open else None
    _open.append(kept)
    began = time.monotonic()
    within, _thread.within = getattr(_thread, "within", False), False
    try:
        with _heard(kept.fails):
            yield kept
    finally:
        _thread.within = within
        _open.remove(kept)
        kept.seconds = time.monotonic() - began
        if around is not None and name:
            around.share(kept)


def rest_on(shared: Journal | None) -> None:
    """Note that the running test rests on a trial or bring-up, whoever performed it."""
    if _open and shared is not None:
        _open[-1].share(shared)


def name(container: str, told: str) -> None:
    """Have a container's id shown by the name that people know it by."""
    if len(_named) >= _NAMES:
        _named.pop(next(iter(_named)), None)
    _named[container] = told


def _names_in(*texts: str) -> list[tuple[str, str]]:
    words = {word for text in texts for word in text.split()}
    return [(word, _named[word]) for word in words if word in _named]


def _kept(text: str) -> str:
    """Keep both ends: the front says what it is, the end how it ended.

    Redaction knows by the dots that a secret may have been cut there. Halves of surrogate pairs, which a path
    may hold, cannot cross to another process.
    """
    half = KEPT // 2
    cut = text if len(text) <= KEPT else f"{text[:half]}...{text[-half:]}"
    return cut.encode(errors="replace").decode()
