"""What is wrong with the answers of datastores, and what nobody can tell."""

import pytest

from stackproof.probes.logins.answers import Answers, Asked, gaps, problems
from stackproof.probes.logins.model import Account, Reply, Verdict

IN, REFUSED, UNCLEAR = Verdict.LET_IN, Verdict.REFUSED, Verdict.UNCLEAR
GUEST = Account(name="guest", password="guest")  # noqa: S106 - well known
OWN = Account(name="app", password="secret", declared=True)  # noqa: S106 - of nobody
PUBLISHED, INSIDE = "published port 5672", "network back"


def asked(account: Account | None, verdict: Verdict, place: str = INSIDE, *, beyond: bool = False) -> Asked:
    """Return one answer."""
    reply = Reply(verdict=verdict, said="words")
    return Asked(
        kind="RabbitMQ", port=5672, place=place, beyond_loopback=beyond, account=account, reply=reply
    )


def answers(*all_asked: Asked, more: tuple[str, ...] = ()) -> Answers:
    """Return all answers of one container."""
    return Answers(kinds=("RabbitMQ",), asked=all_asked, gaps=more)


def test_refusals_with_a_declared_credential_that_opens() -> None:
    """All is well."""
    found = answers(asked(None, REFUSED), asked(GUEST, REFUSED), asked(OWN, IN))

    assert problems(found) == []
    assert gaps(found) == []


def test_refusal_where_nothing_is_declared() -> None:
    """The protocol's own refusal is enough."""
    assert gaps(answers(asked(None, REFUSED), asked(GUEST, REFUSED))) == []


def test_anybody_is_let_in() -> None:
    """From each place, and said which reaches beyond loopback."""
    found = problems(answers(asked(None, IN, PUBLISHED, beyond=True), asked(None, IN)))

    assert [(one.aspect, one.beyond_loopback) for one in found] == [
        ("anonymous on published port 5672", True),
        ("anonymous on port 5672 from network back", False),
    ]
    assert (found[0].who, found[0].where) == ("anybody without a credential", "published port 5672")


def test_well_known_account_is_let_in() -> None:
    """Named by its account."""
    [found] = problems(answers(asked(None, REFUSED), asked(GUEST, IN), asked(OWN, IN)))

    assert (found.kind, found.who) == ("RabbitMQ", "guest with a well-known password")
    assert found.where == "port 5672 from network back"
    assert found.aspect == "guest on port 5672 from network back"


def test_account_without_its_password() -> None:
    """That is no well-known password."""
    nothing = Account(name="app", password="")
    [found] = problems(answers(asked(None, REFUSED), asked(nothing, IN)))

    assert (found.who, found.where) == ("app without a password", "port 5672 from network back")


@pytest.mark.parametrize("verdict", [Verdict.UNCLEAR, Verdict.OTHER])
@pytest.mark.parametrize("account", [None, GUEST])
def test_unclear_answer(account: Account | None, verdict: Verdict) -> None:
    """It is told, whoever asked."""
    [gap] = gaps(answers(asked(account, verdict), asked(OWN, IN)))

    assert gap.endswith(f"{account or 'anonymous'}: words")


@pytest.mark.parametrize("verdict", [REFUSED, UNCLEAR])
def test_declared_credential_that_opens_nothing(verdict: Verdict) -> None:
    """Then our refusals may be of our own making."""
    root = Account(name="root", password="x", declared=True)  # noqa: S106 - of nobody
    [gap] = gaps(answers(asked(None, REFUSED), asked(OWN, verdict), asked(root, REFUSED)))

    assert gap == (
        "RabbitMQ on port 5672 from network back takes no declared credential, so its refusals prove nothing "
        f"(app: {verdict}: words; root: refused: words)"
    )


def test_one_of_several_declared_credentials_is_enough() -> None:
    """An administrator's may be good for loopback only."""
    other = Account(name="root", password="x", declared=True)  # noqa: S106 - of nobody
    assert gaps(answers(asked(None, REFUSED), asked(other, REFUSED), asked(OWN, IN))) == []


def test_each_place_has_its_own_control() -> None:
    """What works from one place says nothing of another."""
    [gap] = gaps(
        answers(
            asked(None, REFUSED),
            asked(OWN, IN),
            asked(None, REFUSED, PUBLISHED),
            asked(OWN, REFUSED, PUBLISHED),
        )
    )

    assert PUBLISHED in gap


def test_open_datastore_needs_no_control() -> None:
    """What is seen is seen."""
    assert gaps(answers(asked(None, IN))) == []


def test_gap_beside_an_open_place() -> None:
    """What is seen from one place says nothing of another."""
    [gap] = gaps(answers(asked(None, IN), asked(None, UNCLEAR, PUBLISHED)))

    assert gap == "RabbitMQ on published port 5672, anonymous: words"


def test_gaps_of_before_are_kept() -> None:
    """A place from which nothing could be asked."""
    assert gaps(answers(asked(None, IN), more=("network back: full",))) == ["network back: full"]
    assert gaps(answers(asked(None, UNCLEAR, PUBLISHED), more=("network back: full",))) == [
        "network back: full",
        "RabbitMQ on published port 5672, anonymous: words",
    ]


def test_evidence_names_accounts_and_no_password() -> None:
    """Each answer by place; the same answer once."""
    odd = Account(name="guest", password="never-told")  # noqa: S106 - of nobody
    told = answers(asked(None, REFUSED), asked(GUEST, REFUSED), asked(odd, REFUSED), asked(OWN, IN)).told()

    assert told == {
        "RabbitMQ, port 5672 from network back": [
            "anonymous: refused: words",
            "guest: refused: words (2 times)",
            "app (declared): let in: words",
        ]
    }
    assert "never-told" not in f"{told} {odd} {odd!r}"
