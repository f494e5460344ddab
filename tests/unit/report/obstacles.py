"""Finished runs in which something kept controls from being judged, folded as at the end of a real run."""

from itertools import product

from tests.unit.report.samples import CONTROLS, HOSTILE, RUN, outcome, proven

from stackproof.outcomes.causes import fold
from stackproof.outcomes.model import ControlInfo, Outcome, OutcomeKind, Results, Severity, StackInfo

PASS, FAIL, UNKNOWN = OutcomeKind.PASS, OutcomeKind.FAIL, OutcomeKind.UNKNOWN

LOG = """\
bad: service db (db-1) is not ready after 3 s: exited, health none, exit code 1
  health probe exit 1: connection refused
  last log lines:
    starting up, reading settings from /etc/app.d, one file after the other, in the order of names
    1 of 3 read
    2 of 3 read
    cannot open /etc/app.conf"""
REASON = "cannot open /etc/app.conf"
SHORT = "bad: service db (db-1) is not ready after 3 s: exited, health none, exit code 1"
DB_DOWN = LOG.replace("bad: ", "")
FAMILIES = ("identity", "health", "network", "storage")
MANY = tuple(
    ControlInfo(
        id=f"control-{number:02d}",
        title=f"What control {number} wants",
        severity=list(Severity)[number % 4],
        family=FAMILIES[number % 4],
        fix=f"Do what control {number} says.",
    )
    for number in range(24)
)


def _run(
    stacks: tuple[StackInfo, ...], outcomes: tuple[Outcome, ...], controls: tuple[ControlInfo, ...]
) -> Results:
    folded, causes = fold(outcomes)
    return Results(run=RUN, stacks=stacks, controls=controls, outcomes=folded, causes=causes)


def not_up() -> Results:
    """A stack that 71 outcomes were not judged; only the first was told the whole story."""
    services = ("web", "app", "db")
    pairs = list(product(MANY, services))[:-1]
    outcomes = tuple(
        outcome(
            UNKNOWN,
            control.id,
            service,
            SHORT if number else LOG,
            stack="bad",
            container=f"{service}-1" if number % 2 else None,
            severity=control.severity,
            fingerprint=f"{number:016x}",
            cause="c0ffee",
            fix="see with `docker compose up` why it does not come up",
        )
        for number, (control, service) in enumerate(pairs)
    )
    stack = StackInfo(name="bad", files=("bad/compose.yml",), services=services)
    return _run((stack,), outcomes, MANY)


def in_part() -> Results:
    """One service of four failed: what was asked of it is unknown, the others were judged."""
    services = ("web", "app", "cache", "db")
    judged = tuple(outcome(PASS, "no-privileged", service) for service in services[:3])
    not_judged = tuple(
        outcome(UNKNOWN, control, "db", DB_DOWN, cause="db", fingerprint=f"{number}db")
        for number, control in enumerate(("no-privileged", "container-healthy", "memory-limit"))
    )
    pages = tuple(
        outcome(
            kind,
            "http-contract-met",
            "web",
            f"GET {path} said {status}",
            aspect=path,
            severity=Severity.HIGH,
            file="compose.yml",
            line=7,
            column=9,
        )
        for kind, path, status in ((FAIL, "/health", 500), (FAIL, "/", 404), (PASS, "/login", 200))
    )
    alone = outcome(
        UNKNOWN,
        "container-healthy",
        "cache",
        "the container went away",
        fix="see its log\nand its exit code",
    )
    stack = StackInfo(name="shop", files=("shop/compose.yml",), services=services)
    return _run((stack,), (*judged, *not_judged, *pages, alone), CONTROLS)


def beside_sound() -> Results:
    """One stack did not come up; two others are proven."""
    sound = proven()
    not_judged = tuple(
        outcome(UNKNOWN, control, service, LOG, stack="bad", cause="c0ffee", fingerprint=f"{control[:2]}1")
        for control, service in (
            ("no-privileged", "db"),
            ("container-healthy", "db"),
            ("startup-order", None),
        )
    )
    stack = StackInfo(name="bad", files=("bad/compose.yml",), services=("db", "web"))
    return _run((*sound.stacks, stack), (*sound.outcomes, *not_judged), CONTROLS)


def hostile() -> Results:
    """Causes whose every part is foreign text: message, names, aspects, fingerprints."""
    said = f"{HOSTILE}\n  last log lines:\n    {HOSTILE}\n    <img src=x onerror=alert(1)> \x1b[2J ::error::"
    not_judged = tuple(
        outcome(
            UNKNOWN,
            control,
            service,
            said,
            stack="<b>odd</b>",
            aspect=aspect,
            cause='" onclick="alert(1)',
            fingerprint='x" onmouseover="alert(1)\udcff',
            fix=HOSTILE,
        )
        for control in ("no-privileged", "container-healthy")
        for service in ("web", "<i>db</i>")
        for aspect in ("", HOSTILE)
    )
    stack = StackInfo(name="<b>odd</b>", files=("compose.yml",), services=("web", "<i>db</i>"))
    return _run((stack,), not_judged, CONTROLS)
