"""What each protocol's answers mean: those of real servers, and those that documents promise."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from ruamel.yaml import YAML
from tests.unit.probes.logins.script import Mute, Script

from stackproof.facts import programs
from stackproof.probes.logins import minio
from stackproof.probes.logins.kinds import LOGINS
from stackproof.probes.logins.model import Account, Login, Verdict

HERE = Path(__file__).parent
Row = dict[str, str]
ROWS: list[Row] = [
    row for name in ("recorded", "documented") for row in YAML(typ="safe").load(HERE / f"{name}.yml")
]


def _login(row: Row) -> Login:
    return next(login for login in LOGINS[row["kind"]] if login.protocol == row["protocol"])


def _account(row: Row) -> Account | None:
    name, colon, password = row.get("account", "").partition(":")
    return Account(name=name, password=password) if colon else None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['server']}, {row.get('account')}")
def test_verdict(row: Row) -> None:
    """Let in, refused, unclear, or somebody else."""
    reply = _login(row).reply(Script(row["answer"].encode("latin-1")), _account(row))

    assert reply.verdict == row["verdict"], reply


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['server']}, {row.get('account')}")
def test_answer_in_pieces(row: Row) -> None:
    """A stream cuts where it likes."""
    pieces = [bytes([byte]) for byte in row["answer"].encode("latin-1")]
    reply = _login(row).reply(Script(*pieces), _account(row))

    assert reply.verdict == row["verdict"], reply


ASKED: list[dict[str, str]] = YAML(typ="safe").load(HERE / "asked.yml")


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask with the same time and the same random bytes each time."""
    monkeypatch.setattr("secrets.token_bytes", bytes)
    then = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr(minio, "datetime", SimpleNamespace(now={UTC: then}.__getitem__))


def said_and_asked(row: Row) -> tuple[str, str]:
    """Return the reply in words, and what was sent."""
    script = Script(row["answer"].encode("latin-1"))
    reply = _login(row).reply(script, _account(row))
    return reply.said, b"".join(script.sent).decode("latin-1")


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    ("row", "asked"),
    list(zip(ROWS, ASKED, strict=True)),
    ids=[f"{row['server']}, {row.get('account')}" for row in ROWS],
)
def test_what_is_asked(row: Row, asked: dict[str, str]) -> None:
    """Byte for byte the questions that these answers were given to; and the reply in the server's words."""
    assert said_and_asked(row) == (asked["said"], asked["sends"])


@pytest.mark.parametrize("kind", LOGINS)
def test_silence_is_unclear(kind: str) -> None:
    """No protocol takes silence for a refusal."""
    for login in LOGINS[kind]:
        assert {login.reply(Mute(), None).verdict, login.reply(Mute(), _SOMEBODY).verdict} == {
            Verdict.UNCLEAR
        }


@pytest.mark.parametrize("noise", [b"\0", b"\xff" * 64, b"hello\r\n" * 40, b"\0\0\0\x10" * 20])
@pytest.mark.parametrize("kind", LOGINS)
def test_noise_is_neither(kind: str, noise: bytes) -> None:
    """What is not of the protocol opens nothing and refuses nobody."""
    for login in LOGINS[kind]:
        assert login.reply(Script(noise), None).verdict in (Verdict.UNCLEAR, Verdict.OTHER)


@pytest.mark.parametrize("kind", LOGINS)
def test_kind_is_known_by_its_program(kind: str) -> None:
    """Nothing is asked of what no container is known to run."""
    assert kind in {*programs.BY_NAME.values(), *programs.IN_A_MACHINE.values()}


@pytest.mark.parametrize("kind", LOGINS)
def test_few_attempts_for_each_name(kind: str) -> None:
    """More would fill logs, or lock an account."""
    for login in LOGINS[kind]:
        names = [account.name for account in login.well_known]
        assert max(map(names.count, names), default=0) <= 4


_SOMEBODY = Account(name="somebody", password="secret")  # noqa: S106 - of nobody
