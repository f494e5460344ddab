"""What the contract says of endpoints and outages."""

from stackproof.controls import HIGH, MEDIUM, OUTAGES, Unknown, control
from stackproof.outcomes.evidence import Evidence
from stackproof.probes.http import HttpClient
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.contract import HttpExpectation, Outage
from stackproof.trials.outage import outage_trial

# A service without health check may still be warming up when its port opens.
WITHIN = 15.0


@control("http-contract-met", "Endpoints answer as the contract says", severity=HIGH, key="ports")
def test_http_contract_met(endpoint: HttpExpectation, http: HttpClient, evidence: Evidence) -> None:
    """A stack whose containers are healthy can still answer its users with an error page.

    Fix: repair the service or the proxy in front of it; correct the contract if it is wrong.

    Applies to: endpoints under `http:` in the contract.
    """
    answers = http.repeatedly(endpoint, WITHIN)
    differences = [difference for answer in answers if (difference := answer.differs(endpoint))]
    good, shown = len(answers) - len(differences), answers[-1]
    evidence(
        path=endpoint.path,
        answers=f"{good} of {len(answers)} as promised",
        replicas=len({answer.url for answer in answers}),
        status=shown.status,
        body=shown.body[:200],
        seconds=round(max(answer.seconds for answer in answers), 3),
    )

    assert good, f"{endpoint.service} {endpoint.path}: {differences[0]}"
    assert not differences, (
        f"{endpoint.service} {endpoint.path} answered as promised {good} of {len(answers)} times: "
        f"{differences[0]}"
    )


@control(
    "tolerates-missing-dependency",
    "An outage shows as the contract says, and ends by itself",
    severity=MEDIUM,
    lane=OUTAGES,
    key="depends_on",
)
def test_tolerates_missing_dependency(
    outage: Outage, sandbox: Sandbox, http: HttpClient, evidence: Evidence
) -> None:
    """Dependencies go away: the stack must say so honestly, not crash, and be well again without an operator.

    What is promised is asked until it holds, then nobody asks for as long as `lasts:` says (10 s), because
    some services end only when a connection was idle; then it is asked again. What was wrong before the
    outage is not blamed on it.

    Fix: time-outs and retries in the client; report the dependency's state instead of ending.

    Applies to: outages in the contract; the finding is about the service that went away.
    """
    trial = outage_trial(outage, sandbox, http)
    evidence(
        stopped=outage.stop,
        during=trial.answers,
        away_seconds=trial.away_seconds,
        recovered_in_seconds=trial.recovered_seconds,
        wrong_before=trial.left_out or "nothing",
    )

    ended = f"; {', '.join(trial.crashed)} ended" if trial.crashed else ""
    assert not trial.differences, f"while {outage.stop} was away: {'; '.join(trial.differences)}{ended}"
    assert not trial.crashed, f"{', '.join(trial.crashed)} went down with {outage.stop}"
    assert not trial.trouble, (
        f"not well again within {outage.recovers_within:g} s after {outage.stop}: {trial.trouble}"
    )
    if trial.unclear:
        msg = f"wrong before {outage.stop} went away, so nothing is said of it: {'; '.join(trial.unclear)}"
        raise Unknown(msg)
