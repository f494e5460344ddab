"""What each datastore's answers mean: those of real servers, and those that documents promise."""

import struct
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.datastores.lines import Scripted

from stackproof.datastores import minio
from stackproof.datastores.detection import WIRES
from stackproof.datastores.wire import ForgetsError, NeverError, NotLetInError, NotNowError, Wire
from stackproof.facts import programs
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.stream import SilentError

HERE = Path(__file__).parent
Row = dict[str, Any]
ROWS: list[Row] = [
    row for name in ("recorded", "documented") for row in YAML(typ="safe").load(HERE / f"{name}.yml")
]
VALUE = "stackproof-1"
OTHER = (ValueError, IndexError, KeyError, struct.error)


def wire_of(kind: str) -> Wire:
    """Return how a kind is asked over a port."""
    return next(wire for wire in WIRES[kind] if not wire.local)


def account_of(row: Row) -> Account | None:
    """Return as whom it is asked."""
    name, colon, rest = row.get("account", "").partition(":")
    password, _, database = rest.partition("@")
    return Account(name=name, password=password, database=database) if colon else None


def pieces(row: Row) -> list[list[bytes]]:
    """Return the answers byte by byte: a server says nothing before it is asked, and cuts where it likes."""
    return [[bytes([byte]) for byte in text.encode("latin-1")] for text in row["answers"]]


ASKED: list[Row] = YAML(typ="safe").load(HERE / "asked.yml")


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask with the same time and the same random bytes each time."""
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_000_000_000)
    monkeypatch.setattr("secrets.token_bytes", bytes)
    then = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr(minio, "datetime", SimpleNamespace(now={UTC: then}.__getitem__))


def said_and_asked(row: Row) -> tuple[str, list[str]]:
    """Return why there was no answer, and what was sent over each connection."""
    link, why = Scripted(pieces(row)), ""
    wire, account = wire_of(row["kind"]), account_of(row)
    try:
        wire.put(link, account, VALUE) if row["ask"] == "put" else wire.get(link, account)
    except (NotLetInError, NotNowError, NeverError, ForgetsError, SilentError, *OTHER) as error:
        why = str(error)
    return why, [words.decode("latin-1") for words in link.each]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    ("row", "asked"),
    list(zip(ROWS, ASKED, strict=True)),
    ids=[f"{row['server']}, {row['ask']}, {row['expect']}" for row in ROWS],
)
def test_what_is_asked(row: Row, asked: Row) -> None:
    """Byte for byte the questions that these answers were given to; and a failure in the server's words."""
    assert said_and_asked(row) == (asked["why"], asked["sends"])


def outcome(wire: Wire, ask: str, link: Scripted, account: Account | None) -> str:  # noqa: PLR0911 - one each
    """Return what became of a question, in the words of the files."""
    try:
        if ask == "put":
            wire.put(link, account, VALUE)
            return "done"
        found = wire.get(link, account)
    except NotLetInError:
        return "not let in"
    except NotNowError:
        return "not now"
    except NeverError:
        return "never"
    except ForgetsError:
        return "forgets"
    except SilentError:
        return "silent"
    except OTHER:
        return "another protocol"
    return "nothing" if found is None else found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['server']}, {row['ask']}, {row['expect']}")
def test_outcome(row: Row) -> None:
    """Done, nothing, the value, or why not; each connection that was recorded is made again."""
    link = Scripted(pieces(row))

    assert outcome(wire_of(row["kind"]), row["ask"], link, account_of(row)) == row["expect"]
    assert link.left == 0


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["expect"] == "done"], ids=lambda row: row["server"]
)
def test_the_value_is_sent(row: Row) -> None:
    """Whole, or as a gateway codes it; never without having been sent."""
    link = Scripted(pieces(row))
    wire_of(row["kind"]).put(link, account_of(row), VALUE)

    assert VALUE.encode() in link.sent or b"c3RhY2twcm9vZi0x" in link.sent


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["expect"] in ("done", VALUE, "nothing")], ids=lambda row: row["server"]
)
def test_half_an_answer_is_none(row: Row) -> None:
    """Cut off before its end, an answer is neither a value nor nothing, and no acknowledgement."""
    *before, last = pieces(row)
    end = b"".join(last).find(b"\r\n\r\n")
    whole = len(last) - 2 if end < 0 or b"Content-Length" in b"".join(last) else end
    for cut in range(0, whole, 7):
        said = outcome(wire_of(row["kind"]), row["ask"], Scripted([*before, last[:cut]]), account_of(row))

        assert said not in ("done", "nothing", VALUE), b"".join(last[:cut])


@pytest.mark.parametrize("ask", ["get", "put"])
@pytest.mark.parametrize("noise", [b"", b"\0", b"\xff" * 64, b"hello\r\n" * 40, b"\0\0\0\x10" * 20])
@pytest.mark.parametrize("kind", WIRES)
def test_noise_and_silence(kind: str, noise: bytes, ask: str) -> None:
    """What is not of the protocol is neither a value nor nothing, and no acknowledgement."""
    for account in (None, Account(name="app", password="pw")):  # noqa: S106 - of nobody
        link = Scripted([[noise]] * 70)
        said = outcome(wire_of(kind), ask, link, account)

        assert said in ("another protocol", "silent", "not now", "not let in"), said


def test_each_kind_that_is_known_is_asked_or_said_to_be_unknown() -> None:
    """A kind that nobody detects would never be asked."""
    known = {*programs.BY_NAME.values(), *programs.IN_A_MACHINE.values()}

    assert set(WIRES) <= known
