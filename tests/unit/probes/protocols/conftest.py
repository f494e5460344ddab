"""Servers that answer at once, or with all the time that a busy machine needs."""

from collections.abc import Callable

import pytest
from tests.unit.probes.protocols import servers

from stackproof.probes.protocols import identify, udp, web


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for as long as a busy machine may take: no server here lets anybody wait."""
    monkeypatch.setattr(identify, "DEADLINE", 5)
    monkeypatch.setattr(web, "SLOW", 5)
    monkeypatch.setattr(udp, "DEADLINE", 5)


@pytest.fixture
def instantly(monkeypatch: pytest.MonkeyPatch) -> Callable[[servers.Answer], None]:
    """Return a function that puts a server in the place of all, which is late at once where it is."""

    def put(answer: servers.Answer) -> None:
        monkeypatch.setattr(identify, "straight", servers.instant(answer))

    return put
