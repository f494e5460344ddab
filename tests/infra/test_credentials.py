"""Whom datastores let in."""

from stackproof.controls import CRITICAL, MEDIUM, UP, control, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding, raise_findings
from stackproof.probes.logins.answers import gaps, problems
from stackproof.probes.logins.asking import ask
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View


@control(
    "datastore-requires-credentials",
    "Datastores let in nobody without a credential of their own",
    severity=CRITICAL,
    key="environment",
    judges=UP,
)
def test_datastore_requires_credentials(container: Container, sandbox: View, evidence: Evidence) -> None:
    """Whoever reaches an open datastore owns it, and robots look for published ones.

    Each datastore is asked in its own protocol, from each network that it is on and on each port that is
    published, without a credential and with the well-known ones of its image. The credential that the
    container declares must open it from there, or a refusal proves nothing. What loopback alone may do is not
    judged. Where only the stack's own containers reach it, an open datastore is of medium severity.

    Fix: give it a password of its own, by its image's variable (such as `POSTGRES_PASSWORD`) or the server's
    option (`--requirepass`), and remove what opens it (`POSTGRES_HOST_AUTH_METHOD=trust`,
    `MARIADB_ALLOW_EMPTY_ROOT_PASSWORD`); do not publish its port.

    Applies to: containers that run a datastore that listens where others can reach it.
    """
    answers = ask(container, sandbox)
    if not answers.kinds:
        not_applicable(f"{container} runs no datastore that we know")
    if not answers.asked and not answers.gaps:
        not_applicable(f"{' and '.join(answers.kinds)} of {container} listens where nobody else can reach it")
    evidence(**answers.told())

    found = (
        Finding(
            f"{problem.kind} of {container} lets in {problem.who} on {problem.where}",
            aspect=problem.aspect,
            severity=CRITICAL if problem.beyond_loopback else MEDIUM,
        )
        for problem in problems(answers)
    )
    unclear = "; ".join(gaps(answers))
    raise_findings(found, unclear=f"{container}: {unclear}" if unclear else "")
