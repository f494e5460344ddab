"""Which numbers a sandbox gets whose ports are fixed, on a host of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from stackproof.errors import Unknown
from stackproof.stack.ports import Port
from stackproof.trials import scaling


@dataclass
class Host:
    """A host that proposes numbers in turn, the last again and again, of which some are taken."""

    proposes: list[int]
    taken: set[int] = field(default_factory=set)
    proposed: int = 0
    held: set[int] = field(default_factory=set)

    @contextmanager
    def create_server(self, address: tuple[str, int]) -> Iterator[SimpleNamespace]:
        """Listen."""
        host, number = address
        assert host == "127.0.0.1"
        if not number:
            self.proposed += 1
            number = self.proposes.pop(0) if len(self.proposes) > 1 else self.proposes[0]
        elif number > 0xFFFF:
            raise OverflowError
        elif number in self.taken:
            raise OSError
        self.held.add(number)
        yield SimpleNamespace(getsockname=lambda: (host, number))
        self.held.remove(number)


def numbers(host: Host, monkeypatch: pytest.MonkeyPatch, *published: str) -> dict[str, str]:
    """Return the numbers for ports that are published on one target."""
    monkeypatch.setattr(scaling, "socket", host)
    ports = [Port(target=80, protocol="tcp", published=one, host_ip=None) for one in published]
    found = scaling._numbers("web", ports)  # noqa: SLF001 - what a sandbox of several ports gets
    assert not host.held
    return found


@pytest.mark.parametrize(
    ("published", "found"),
    [
        (["8080"], "40000"),
        (["8080-8080"], "40000"),
        (["8080-8082"], "40000-40002"),
        (["8080-8082", "9000-9001"], "40000-40001"),
        (["9000-9001", "8080-8082"], "40000-40001"),
        (["1-9"], "40000-40008"),
        (["1-60000"], "40000-40999"),
    ],
)
def test_as_many_as_the_author_gave(
    monkeypatch: pytest.MonkeyPatch, published: list[str], found: str
) -> None:
    """The shorter of two ranges; no stack has a thousand replicas."""
    assert numbers(Host([40000]), monkeypatch, *published) == {"web/80": found}


@pytest.mark.parametrize("published", ["", "0", "0-0"])
def test_what_the_engine_chooses(monkeypatch: pytest.MonkeyPatch, published: str) -> None:
    """It is not fixed."""
    assert numbers(Host([40000]), monkeypatch, published) == {}


def test_taken_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A range in which one is taken, or that goes beyond the last one, is none."""
    host = Host([40000, 0xFFFE, 41000], taken={40001})

    assert numbers(host, monkeypatch, "8080-8082") == {"web/80": "41000-41002"}


def test_no_numbers_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried without end."""
    host = Host([40000], taken={40002})

    with pytest.raises(Unknown, match=r"^there are no 3 host ports in a row that are free$"):
        numbers(host, monkeypatch, "8080-8082")
    assert host.proposed == 50
