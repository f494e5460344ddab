"""What a rule may ask for, and how rules are run."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.rule_examples import image_of
from tests.unit.conftest import MakeStack

from stackproof.controls import HIGH, IMAGE, MODEL
from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Needs, NotApplicable, not_applicable, of_function
from stackproof.errors import StackError, Unknown
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.outcomes.model import OutcomeKind, Severity
from stackproof.outcomes.subject import Subject
from stackproof.rules.image import Image, Looks
from stackproof.rules.rule import rule
from stackproof.rules.running import Ruling, rulings, severity_beside_proof
from stackproof.stack.model import Mount, Service
from stackproof.stack.ports import Port
from stackproof.stack.stack import Stack

PORTS = [{"target": 80, "published": "80"}, {"target": 81, "published": "81"}]
SERVICES: dict[str, Any] = {"web": {"ports": PORTS}, "db": {}, "idle": {"scale": 0}}


def entry(function: Any, **more: Any) -> Entry:  # noqa: ANN401 - a rule
    """Return a function as a rule of the catalogue."""
    marked = rule("some-rule", "Some rule", severity=HIGH, **more)(function)
    control = of_function(marked)
    assert control is not None
    return Entry.of(marked, control, "family")


def no_image(_stack: Stack, service: str) -> Image:
    """Find no image."""
    msg = f"no image of {service}"
    raise StackError(msg)


def said(stack: Stack, function: Any, **more: Any) -> dict[str | None, list[OutcomeKind]]:  # noqa: ANN401
    """Return what a rule says, by service."""
    found = rulings(stack, [entry(function, **more)], no_image)
    return {ruling.subject.service: [one.kind for one in ruling.said] for ruling in found}


PASS, FAIL, UNKNOWN, NA = (
    OutcomeKind.PASS,
    OutcomeKind.FAIL,
    OutcomeKind.UNKNOWN,
    OutcomeKind.NOT_APPLICABLE,
)


def test_nothing_found_is_a_pass(make_stack: MakeStack) -> None:
    """For each service but those that are started by nobody."""

    def silent(service: Service) -> Iterator[Finding]:
        if service.name == "nobody":
            yield Finding("")

    assert said(make_stack(SERVICES), silent) == {"db": [PASS], "idle": [NA], "web": [PASS]}


def test_a_provider_runs_no_container(make_stack: MakeStack) -> None:
    """Nothing of what a container must be is asked of it, and nothing is said to be right."""

    def wrong(service: Service) -> Iterator[Finding]:
        yield Finding(f"{service} is wrong")

    services = {"web": {"depends_on": {"ai": {}}}, "ai": {"provider": {"type": "model"}}}

    assert said(make_stack(services), wrong) == {"ai": [NA], "web": [FAIL]}


def test_ports_are_judged_one_by_one(make_stack: MakeStack) -> None:
    """What is found of each is a finding; a service without any has nothing to judge."""

    def high(port: Port, service: Service) -> Iterator[Finding]:
        if port.target > 80:
            yield Finding(f"{service} {port}", at=port.at)

    assert said(make_stack(SERVICES), high) == {"db": [NA], "idle": [NA], "web": [FAIL]}


def test_port_that_a_rule_is_not_for(make_stack: MakeStack) -> None:
    """Says nothing of the other ports, whichever comes first; a service of such ports alone has nothing."""

    def plain(port: Port) -> Iterator[Finding]:
        if port.target != 80:
            not_applicable("only 80 is judged")
        yield Finding(str(port))

    def secure(port: Port) -> Iterator[Finding]:
        if port.target == 80:
            not_applicable("80 is not judged")
        yield from ()

    services = {"web": {"ports": PORTS}, "one": {"ports": PORTS[:1]}, "two": {"ports": PORTS[1:]}}
    assert said(make_stack(services), plain) == {"one": [FAIL], "two": [NA], "web": [FAIL]}
    assert said(make_stack(services), secure) == {"one": [NA], "two": [PASS], "web": [PASS]}


@pytest.mark.parametrize(
    ("error", "more"),
    [(NotApplicable("no"), []), (Unknown("?"), [UNKNOWN]), (KeyError("x"), [UNKNOWN])],
)
def test_what_was_found_is_not_lost(make_stack: MakeStack, error: Exception, more: list[OutcomeKind]) -> None:
    """Whatever a rule meets after it; and what kept it from seeing all is told beside it."""

    def half(service: Service) -> Iterator[Finding]:
        yield Finding(service.name)
        raise error

    assert said(make_stack({"web": {}}), half) == {"web": [FAIL, *more]}


def test_what_is_no_finding(make_stack: MakeStack) -> None:
    """A mistake in a rule is unknown, and no traceback."""

    def text(service: Service) -> Iterator[Finding]:
        yield service.name  # type: ignore[misc]

    assert said(make_stack({"web": {}}), text) == {"web": [UNKNOWN]}


def test_mounts_are_judged_one_by_one(make_stack: MakeStack) -> None:
    """Each finding counts."""

    def every(mount: Mount) -> Iterator[Finding]:
        yield Finding(mount.target)

    volumes = [{"type": "volume", "source": name, "target": f"/{name}"} for name in "ab"]
    stack = make_stack({"web": {"volumes": volumes}, "db": {}})
    assert said(stack, every) == {"db": [NA], "web": [FAIL, FAIL]}


def test_whole_stack(make_stack: MakeStack) -> None:
    """It is one subject without a service."""

    def never(stack: Stack) -> Iterator[Finding]:
        yield Finding(stack.name)

    assert said(make_stack(SERVICES), never) == {None: [FAIL]}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Unknown("?"), UNKNOWN),
        (KeyError("x"), UNKNOWN),
        (RecursionError(), UNKNOWN),
        (AssertionError(), FAIL),
    ],
)
def test_whatever_it_raises(make_stack: MakeStack, error: Exception, kind: OutcomeKind) -> None:
    """A mistake in a rule is unknown for that subject, and all others are judged."""

    def wrong(service: Service) -> Iterator[Finding]:
        if service.name == "web":
            raise error
        yield from ()

    assert said(make_stack(SERVICES), wrong) == {"db": [PASS], "idle": [NA], "web": [kind]}


def test_interrupt_is_not_kept(make_stack: MakeStack) -> None:
    """Ctrl-C ends the run."""

    def slow(service: Service) -> Iterator[Finding]:
        raise KeyboardInterrupt
        yield Finding(service.name)

    with pytest.raises(KeyboardInterrupt):
        said(make_stack(SERVICES), slow)


def test_not_applicable_and_evidence(make_stack: MakeStack) -> None:
    """As in a control's test; what was noted is kept, whatever the outcome."""

    def other(service: Service, evidence: Evidence) -> Iterator[Finding]:
        evidence(host_name=service.name)
        not_applicable("not today")
        yield Finding("")

    found: list[Ruling] = list(rulings(make_stack(SERVICES), [entry(other)], no_image))

    assert [one.said[0].kind for one in found] == [NA, NA, NA]
    assert [one.evidence for one in found] == [{"host name": "db"}, {}, {"host name": "web"}]


def test_image_that_cannot_be_had(make_stack: MakeStack) -> None:
    """Unknown, and never a pass; one that was asked for nothing is not missed."""

    def user(service: Service, image: Image) -> Iterator[Finding]:
        yield Finding(image.user, at=("user",), aspect=service.name)

    assert said(make_stack(SERVICES), user, needs=IMAGE) == {"db": [UNKNOWN], "idle": [NA], "web": [UNKNOWN]}


@pytest.mark.parametrize(
    ("service", "most"),
    [
        ({"restart": "always"}, Severity.LOW),
        ({"restart": "on-failure:3", "ports": PORTS}, Severity.LOW),
        ({"healthcheck": {"test": ["CMD", "true"]}}, Severity.LOW),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, Severity.LOW),
        ({}, Severity.MEDIUM),
        ({"restart": "on-failure:3", "healthcheck": {"disable": True}}, Severity.MEDIUM),
    ],
)
def test_severity_beside_a_proof_on_what_runs(
    make_stack: MakeStack, service: dict[str, Any], most: Severity
) -> None:
    """A proof of the processes has the last word, and less of one where they may have ended before."""

    def silent(service: Service) -> Iterator[Finding]:
        if not service.name:
            yield Finding("")

    control = entry(silent, proven_by="live-proof").control
    job = {"depends_on": {"job": {"condition": "service_completed_successfully"}}}
    stack = make_stack({"app": service, "job": {}, "late": job})

    def beside(name: str | None, *, live: bool = True) -> Severity:
        return severity_beside_proof(control, Subject(stack=stack, service=name), lambda _control: live)

    assert beside("app") is most
    assert beside("job") is beside(None) is Severity.CRITICAL
    assert beside("app", live=False) is Severity.CRITICAL


def test_image_tells_its_users() -> None:
    """From its passwd file; without one nobody knows."""
    image = image_of({"config": {"User": "70"}, "users": {"root": 0, "postgres": 70}})

    assert image.users == {"root": 0, "postgres": 70}
    assert image.user == "70"
    assert image_of({}).user == ""


def test_image_without_users() -> None:
    """It is no pass, and what is not asked for is not looked at."""
    asked: list[str] = []

    def never() -> Any:  # noqa: ANN401 - whatever is asked for
        raise NotImplementedError

    image = Image(Looks(config=never, file=asked.append, history=lambda: ["FROM"], tree=never))

    for _time in range(2):
        with pytest.raises(Unknown, match="no /etc/passwd"):
            _ = image.users
    assert asked == ["/etc/passwd"]
    assert image.history == ("FROM",)


@pytest.mark.parametrize(
    ("function", "needs", "words"),
    [
        (lambda container: iter([container]), MODEL, "asks for container"),
        (lambda evidence: iter([evidence]), MODEL, "asks for no subject"),
        (lambda service, image: iter([service, image]), MODEL, "go together"),
        (lambda service: iter([service]), IMAGE, "go together"),
        (lambda stack, image: iter([stack, image]), IMAGE, "an image is that of a service"),
        (lambda port, mount: iter([port, mount]), MODEL, "a port or a mount"),
        (lambda service: iter([service]), Needs.SANDBOX, "a test with `@control`"),
    ],
)
def test_what_no_rule_has(function: Any, needs: Any, words: str) -> None:  # noqa: ANN401 - rules
    """A mistake is seen when the module is read."""
    with pytest.raises(ValueError, match=words):
        entry(function, needs=needs)
