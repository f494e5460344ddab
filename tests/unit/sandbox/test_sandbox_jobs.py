"""What is said of services that are taken for one-shots."""

from typing import Any

from tests.unit.conftest import MakeContainer

from stackproof.sandbox.container import Container
from stackproof.sandbox.jobs import note
from stackproof.stack.model import Model

MODEL = Model(
    raw={
        "services": {
            "writer": {},
            "migrate": {},
            "web": {"depends_on": {"migrate": {"condition": "service_completed_successfully"}}},
        }
    }
)


def ended(make: MakeContainer, service: str, **more: Any) -> Container:  # noqa: ANN401 - as inspect has it
    """Return a container that ended 0.4 s after its start."""
    container = make(service, status="exited", **more)
    container.data["State"]["FinishedAt"] = "2027-03-01T09:30:00.65Z"
    return container


def test_taken_for_a_one_shot(make_container: MakeContainer) -> None:
    """With the time that it ran; one that others wait for is a one-shot by its author's word."""
    found = note(MODEL, [ended(make_container, "writer"), ended(make_container, "migrate")])

    assert found == (
        "taken for one-shots, because they ended with 0 and nothing restarts, watches or publishes them: "
        "writer (after 0.4 s); what shall stay up needs `restart: unless-stopped` or a health check"
    )


def test_under_a_policy_that_restarts_failures_only(make_container: MakeContainer) -> None:
    """It counts as well; replicas are one service."""
    several = [ended(make_container, "writer", number=number, policy="on-failure") for number in (1, 2)]

    assert note(MODEL, several).count("writer") == 1


def test_what_is_no_one_shot(make_container: MakeContainer) -> None:
    """One that runs, failed, or is restarted, asked or watched."""
    containers = [
        make_container("writer"),
        ended(make_container, "writer", code=1),
        ended(make_container, "writer", policy="always"),
        ended(make_container, "writer", health="healthy"),
        ended(make_container, "migrate"),
    ]

    assert note(MODEL, containers) == ""


def test_time_that_nobody_noted(make_container: MakeContainer) -> None:
    """Is not made up."""
    assert "publishes them: writer; what" in note(MODEL, [make_container("writer", status="exited")])
