"""Finished runs to make reports of, one per situation a reader can meet."""

from datetime import UTC, date, datetime
from typing import Any

from stackproof.outcomes.model import (
    ControlInfo,
    FileInfo,
    ImageInfo,
    Outcome,
    OutcomeKind,
    Results,
    RevisionInfo,
    RunInfo,
    Scope,
    ServiceInfo,
    Severity,
    StackInfo,
    Step,
    Trial,
    WaiverUse,
)

RUN = RunInfo(
    id="20270301-093000-k3x9",
    started=datetime(2027, 3, 1, 9, 30, tzinfo=UTC),
    seconds=131.4,
    stackproof="0.1.0",
    documentation="https://docs.example",
    engine={"version": "29.0.1", "os": "linux", "storage": "overlay2", "cgroup": {"version": 2}},
    compose="2.40.3",
    contexts={"default": "unix:///var/run/docker.sock", "build": ["PIP_INDEX_URL"]},
    command="pytest -n auto",
    scope=Scope(known=6, chosen=6),
)

CONTROLS = (
    ControlInfo(
        id="effective-uid-nonroot",
        title="Every process runs as a non-root user",
        severity=Severity.HIGH,
        references=("CIS Docker 1.6.0 4.1", "https://example.org/rules#rule-2"),
        family="identity",
        why="A root process that is broken into owns everything the container can reach.",
        fix="Set `user:` in the compose file or `USER` in the image.\nLet a proxy listen above 1023.",
        documentation="https://docs.example/controls/effective-uid-nonroot/",
    ),
    ControlInfo(id="no-privileged", title="Not privileged", severity=Severity.CRITICAL, family="identity"),
    ControlInfo(
        id="container-healthy",
        title="The container becomes healthy and stays so",
        severity=Severity.HIGH,
        family="health",
        why="Dependents start on this word.",
    ),
    ControlInfo(id="memory-limit", title="Memory is limited", severity=Severity.MEDIUM, family="resources"),
    ControlInfo(id="startup-order", title="Services start in the order declared", severity=Severity.HIGH),
    ControlInfo(id="never-asked", title="A control that never ran", severity=Severity.LOW),
)

HOSTILE = (
    "\x1b[31mred\x1b[0m <script>alert('x')</script> [bold]not markup[/] nul\x00 bell\x07 esc\x1b "
    ']]> & "quoted" \u202egnp.exe half\udcff umlaut ä 漢字 {{ 7 * 7 }}'
)


_STEPS = (
    Step(
        id="5e2",
        command="docker compose up --detach",
        where="stackproof-shop",
        started=datetime(2027, 3, 1, 9, 30, 2, tzinfo=UTC),
        seconds=3.5,
        exit=0,
    ),
    Step(
        id="5e1",
        command="docker inspect of all containers",
        started=datetime(2027, 3, 1, 9, 31, 7, tzinfo=UTC),
        seconds=0.004,
        output="db-1: running <b>healthy</b>",
        times=2,
    ),
)
_TRIAL = Trial(
    id="7a1",
    stack="shop",
    lane="observe",
    name="bring-up",
    started=datetime(2027, 3, 1, 9, 30, 1, tzinfo=UTC),
    seconds=4.25,
    steps=("5e2",),
)


def outcome(
    kind: OutcomeKind, control: str, service: str | None, message: str = "", **more: object
) -> Outcome:
    """An outcome of stack `shop`, unless told otherwise."""
    severity = next((c.severity for c in CONTROLS if c.id == control), Severity.LOW)
    facts: dict[str, Any] = {
        "stack": "shop",
        "container": None,
        "severity": severity,
        "seconds": 0.012,
    } | more
    return Outcome(
        outcome=kind,
        control=control,
        service=service,
        message=message or f"{control} holds for {service or 'the stack'}",
        **facts,
    )


def narrowed() -> Results:
    """The same of a run that asked less than can be asked, and was broken off."""
    whole = proven()
    scope = Scope(
        known=150,
        chosen=3,
        narrowed=(
            "select no-privileged, c*, <b> (command line)",
            "ignore x ([tool.stackproof] in pyproject.toml)",
        ),
        interrupted=True,
    )
    return whole.model_copy(update={"run": whole.run.model_copy(update={"scope": scope})})


def proven() -> Results:
    """Two stacks that keep their promises, one with a waiver."""
    stacks = (
        StackInfo(
            name="shop",
            files=("shop/compose.yml",),
            services=("web", "db"),
            sandbox={"observe": {"up": 3.5}},
            images=(
                ImageInfo(service="web", reference="", id="sha256:" + "1" * 64, platform="linux/arm64/v8"),
                ImageInfo(
                    service="db",
                    reference="postgres:15 <b>",
                    id="sha256:" + "2" * 64,
                    digests=("sha256:" + "3" * 64,),
                    platform="linux/amd64",
                    created="2026-11-20T10:00:00Z",
                    stand_in="postgres:15",
                ),
            ),
            topology=(
                ServiceInfo(name="db", networks=("back",), volumes={"/var/lib/data": "data <b>"}),
                ServiceInfo(
                    name='we"b',
                    public=True,
                    ports=("127.0.0.1:8080:80/tcp",),
                    networks=("back", "front"),
                    depends_on={"db": "healthy", "gone": "started"},
                ),
            ),
            sources=(FileInfo(path="shop/compose.yml", sha256="4" * 64),),
            revision=RevisionInfo(
                commit="5" * 40, dirty=True, origin="https://git.example/shop.git", root="/src"
            ),
        ),
        StackInfo(name="blog", files=("blog/compose.yml", "blog/compose.prod.yml"), services=("app",)),
    )
    waiver = WaiverUse(reason="master binds port 80, `workers` drop to nginx", expires=date(2027, 3, 20))
    outcomes = (
        outcome(
            OutcomeKind.PASS,
            "container-healthy",
            "db",
            evidence={"status": "healthy", "failing_streak": 0},
            started=datetime(2027, 3, 1, 9, 31, 7, 250000, tzinfo=UTC),
            steps=("5e1",),
            trials=("7a1",),
        ),
        outcome(OutcomeKind.PASS, "no-privileged", "web"),
        outcome(
            OutcomeKind.WAIVED,
            "effective-uid-nonroot",
            "web",
            "root: nginx",
            container="web-1",
            waiver=waiver,
        ),
        outcome(OutcomeKind.NOT_APPLICABLE, "memory-limit", "db", "the engine has no memory controller"),
        outcome(OutcomeKind.PASS, "startup-order", None, stack="blog", evidence={"order": ["db", "app"]}),
        outcome(OutcomeKind.PASS, "no-privileged", "app", stack="blog"),
    )
    return Results(
        run=RUN, stacks=stacks, controls=CONTROLS, outcomes=outcomes, trials=(_TRIAL,), steps=_STEPS
    )


def _gating() -> tuple[Outcome, ...]:
    processes = [
        {"pid": 1, "uid": 0, "command": "nginx: master"},
        {"pid": 9, "uid": 0, "command": "sh -c '<b>'"},
    ]
    tail = "\n".join(f"line {number}: connection refused" for number in range(120))
    return (
        outcome(
            OutcomeKind.FAIL,
            "effective-uid-nonroot",
            "web",
            "root processes in web-2:\nnginx\nsh\na\nb\nc",
            container="web-2",
            evidence={"processes": processes},
            file="compose.yml",
            line=12,
        ),
        outcome(OutcomeKind.FAIL, "effective-uid-nonroot", "web", "root in web-1", container="web-1"),
        outcome(OutcomeKind.FAIL, "effective-uid-nonroot", "web", "a second word", container="web-1"),
        outcome(
            OutcomeKind.UNKNOWN,
            "container-healthy",
            "db",
            HOSTILE,
            evidence={"log": f"{HOSTILE}\n{tail}"},
            fix=f"see why {HOSTILE}",
        ),
        outcome(OutcomeKind.FAIL, "unlisted-control", "ghost", "neither is listed", stack="unlisted <stack>"),
    )


def _accepted() -> tuple[Outcome, ...]:
    waiver = WaiverUse(reason=f"reason {HOSTILE}", expires=date(2028, 1, 1))
    beyond_json = {
        "at": datetime(2027, 3, 1, tzinfo=UTC),
        "ports": {443, 80},
        "ratio": float("nan"),
        "mix": [1, [None, {}]],
    }
    return (
        outcome(OutcomeKind.PASS, "no-privileged", "db", "not privileged", evidence={"privileged": False}),
        outcome(OutcomeKind.PASS, "effective-uid-nonroot", "web", "no root in web-3", container="web-3"),
        outcome(OutcomeKind.WAIVED, "no-privileged", "web", "privileged", waiver=waiver),
        outcome(OutcomeKind.ADVISORY, "memory-limit", "web", "no limit. " + "long text " * 400),
        outcome(OutcomeKind.NOT_APPLICABLE, "memory-limit", "db", "the engine has no <memory> controller"),
        outcome(OutcomeKind.PASS, "startup-order", None, "db before web", evidence=beyond_json),
    )


def mixed() -> Results:
    """Every kind of outcome, stand-ins, replicas, odd characters and very long text."""
    stack = StackInfo(
        name="shop",
        files=("stacks/shop/compose.yml",),
        services=("web", "db"),
        stand_in_images=("postgres:15-alpine", "nginx:alpine"),
        sandbox={"observe": {"build": 12.25, "up": 3.5}, "notes": []},
        notes=("Health cadence raised: `interval` 10s to 1s.", "Second note."),
    )
    return Results(run=RUN, stacks=(stack,), controls=CONTROLS, outcomes=_accepted() + _gating())


def empty() -> Results:
    """A run in which no control ran at all."""
    stack = StackInfo(name="shop", files=("shop/compose.yml",), services=("web",))
    return Results(run=RunInfo(id="bare", started=RUN.started), stacks=(stack,), controls=(), outcomes=())


def silent_stack() -> Results:
    """One stack is proven, of the other nothing is known."""
    full = proven()
    kept = tuple(o for o in full.outcomes if o.stack == "shop")
    return full.model_copy(update={"outcomes": kept})


def called_below(folder: str, results: Results, origin: str = "") -> Results:
    """The same of a run that was called in a folder of the repository `/src`."""
    revision = RevisionInfo(commit="5" * 40, dirty=False, origin=origin, root="/src", called_from=folder)
    stacks = tuple(stack.model_copy(update={"revision": revision}) for stack in results.stacks)
    return results.model_copy(update={"stacks": stacks})
