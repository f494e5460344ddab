"""Ctrl-C and SIGTERM, once and again."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from stackproof.engine import command
from stackproof.runs import signals as module
from stackproof.runs.signals import BROKEN_OFF, SAID, Signals


@pytest.fixture
def said() -> list[str]:
    """What the user was told."""
    return []


@pytest.fixture
def signals(said: list[str]) -> Iterator[Signals]:
    """Signals that are taken over for the length of a test."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    found = Signals(said.append)
    found.install()
    yield found
    found.restore()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert not command.UNHEARD.is_set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_ends(signals: Signals, said: list[str], number: signal.Signals) -> None:
    """As pytest knows it; and from then on docker is out of a terminal's reach."""
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)

    assert command.UNHEARD.is_set()
    assert not signals.heard
    assert said == []


def test_the_next_ones_do_not(signals: Signals, said: list[str]) -> None:
    """The user is told once."""
    signals.ending()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        os.kill(os.getpid(), number)

    assert said == [SAID]
    assert signals.heard


def test_a_teardown_that_hangs(signals: Signals, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it can be broken off, and is not begun again; the user is told what may be left."""
    monkeypatch.setattr(module, "UNDISTURBED", -1.0)
    signals.ending()
    assert not signals.broken_off

    for _press in range(2):
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signals.broken_off
    assert said == [BROKEN_OFF]
    assert "stackproof clean" in BROKEN_OFF


def test_the_last_word(signals: Signals, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be left is said once more at the end, by whoever is first, and no key breaks that off."""
    monkeypatch.setattr(module, "UNDISTURBED", -1.0)
    signals.say_last()
    signals.ending()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    last: list[str] = []

    def say(word: str) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)
        last.append(word)

    signals.say_last(say)
    signals.say_last()

    assert (said, last) == ([BROKEN_OFF], [BROKEN_OFF])


def test_a_job_in_the_background() -> None:
    """Ctrl-C is ignored there, and stays so."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        found = Signals(pytest.fail)
        found.install()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN)
        found.restore()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_beside_the_main_thread() -> None:
    """Python allows no other thread to do it: nothing changes."""
    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=Signals(pytest.fail).install)
    thread.start()
    thread.join()

    assert signal.getsignal(signal.SIGINT) is before
