"""What datastores answered, and what is wrong with that."""

from collections import Counter
from dataclasses import dataclass

from stackproof.probes.logins.model import Account, Reply, Verdict

NOBODY = "anonymous"
UNDECIDED = (Verdict.UNCLEAR, Verdict.OTHER)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question and its answer."""

    kind: str
    port: int
    place: str
    beyond_loopback: bool
    account: Account | None
    reply: Reply

    @property
    def who(self) -> str:
        """Who asked to be let in."""
        if self.account is None:
            return NOBODY
        return f"{self.account} without a password" if not self.account.password else str(self.account)

    @property
    def where(self) -> str:
        """From where, and which port, unless the place says it."""
        return self.place if self.place.endswith(f" {self.port}") else f"port {self.port} from {self.place}"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Somebody is let in who has no credential of the stack's."""

    kind: str
    who: str
    where: str
    aspect: str
    beyond_loopback: bool


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All that was asked of one container, and what could not be.

    Of `kinds` that have neither answers nor gaps none listens where others can reach it.
    """

    kinds: tuple[str, ...]
    asked: tuple[Asked, ...] = ()
    gaps: tuple[str, ...] = ()

    def told(self) -> dict[str, list[str]]:
        """Return the answers as evidence, by datastore and place; accounts by name."""
        found: dict[str, Counter[str]] = {}
        for one in self.asked:
            marked = " (declared)" if _declared(one) else ""
            found.setdefault(f"{one.kind}, {one.where}", Counter())[f"{one.who}{marked}: {one.reply}"] += 1
        return {
            place: [f"{line} ({times} times)" if times > 1 else line for line, times in lines.items()]
            for place, lines in found.items()
        }


def problems(answers: Answers) -> list[Problem]:
    """Say who is let in without a credential of the stack's own. Pure."""
    return [
        Problem(
            kind=one.kind,
            who=_described(one),
            where=one.where,
            aspect=f"{one.who} on {one.where}",
            beyond_loopback=one.beyond_loopback,
        )
        for one in answers.asked
        if one.reply.verdict is Verdict.LET_IN and not _declared(one)
    ]


def _described(one: Asked) -> str:
    if one.account is None:
        return "anybody without a credential"
    return one.who if not one.account.password else f"{one.who} with a well-known password"


def gaps(answers: Answers) -> list[str]:
    """Say what nobody can tell: an unclear answer, or a declared credential that opens nothing. Pure."""
    found = list(answers.gaps)
    by_place: dict[tuple[str, str], list[Asked]] = {}
    for one in answers.asked:
        by_place.setdefault((one.kind, one.where), []).append(one)
    for (kind, where), several in by_place.items():
        if any(one.reply.verdict is Verdict.LET_IN and not _declared(one) for one in several):
            continue
        odd = [
            one
            for one in several
            if one.reply.verdict in (Verdict.UNCLEAR, Verdict.OTHER) and not _declared(one)
        ]
        found += [f"{kind} on {where}, {one.who}: {one.reply.said}" for one in odd]
        control = [one for one in several if _declared(one)]
        if control and not any(one.reply.verdict is Verdict.LET_IN for one in control):
            said = "; ".join(f"{one.who}: {one.reply}" for one in control)
            found.append(
                f"{kind} on {where} takes no declared credential, so its refusals prove nothing ({said})"
            )
    return found


def _declared(one: Asked) -> bool:
    return bool(one.account and one.account.declared)
