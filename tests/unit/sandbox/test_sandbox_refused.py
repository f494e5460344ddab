"""Whom an engine refused, from the steps that Compose told before it gave up."""

import pytest

from stackproof.sandbox import refused

STEPS = """ Network shop_default  Creating
 Network shop_default  Created
 Container shop-db-1  Creating
 Container shop-my-web-2  Creating
 Container shop-db-1  Created
Error response from daemon: Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"""


@pytest.mark.parametrize(
    ("said", "services"),
    [
        (STEPS, ["my-web"]),
        (STEPS.replace(" Container shop-db-1  Created\n", ""), ["db", "my-web"]),
        (" Container shop-db-1  Starting\nError response from daemon: no", ["db"]),
        (" Container shop-db-1  Starting\n Container shop-db-1  Started\nno", []),
        (" Container other-db-1  Creating\nError response from daemon: no", []),
        ("Error response from daemon: no", []),
        ("", []),
    ],
)
def test_services_that_were_begun(said: str, services: list[str]) -> None:
    """One that was begun and not done; of several nobody knows which."""
    assert refused.services(said, "shop") == services


def test_steps_are_no_reason() -> None:
    """What is left of the words is why."""
    left = [line for line in STEPS.splitlines() if not refused.is_step(line)]

    assert left == [STEPS.splitlines()[-1]]


STEP = " > [{} 2/3] RUN make:\n0.2 no rule\n------\nfailed to solve: exit code: 2"


@pytest.mark.parametrize(
    ("said", "services", "found"),
    [
        (STEP.format("web"), ["web", "api"], ["web"]),
        (STEP.format("web builder"), ["web", "builder"], ["web"]),
        (" > [web internal] load metadata for nowhere:9.9:", ["web", "api"], ["web"]),
        (f"{STEP.format('web')}\n{STEP.format('api')}", ["web", "api", "job"], ["api", "web"]),
        ("target my_web: failed to solve: exit code: 2", ["my.web", "api"], ["my.web"]),
        ("target my_web_: failed to solve: exit code: 2", ["my.web", "api"], ["my.web"]),
        ("target web: failed to solve: exit code: 2", ["web", "web2"], ["web"]),
        # A builder that has one thing to build names the stage alone, or nothing.
        (STEP.format("builder"), ["web"], ["web"]),
        ("failed to read dockerfile", ["web"], ["web"]),
        ("failed to read dockerfile", ["web", "api"], ["api", "web"]),
        # What a build prints is no step of it.
        ("0.1 target practice > [api 1/2]", ["web", "api"], ["api", "web"]),
    ],
)
def test_services_whose_build_failed(said: str, services: list[str], found: list[str]) -> None:
    """By BuildKit's or Bake's last words; where these name none it may be any."""
    assert refused.built(said, services) == found


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (STEP.format("web"), "failed to solve: exit code: 2"),
        (
            "target web: failed to solve: no\n\nView build details: desktop://1\n",
            "target web: failed to solve: no",
        ),
        ("ERROR: denied\n  at the end\n", "ERROR: denied"),
        ("0.1 nobody knows\n  why\n\n", "why"),
        ("", ""),
    ],
)
def test_reason_of_a_build(said: str, why: str) -> None:
    """In one line, for where there is room for one alone."""
    assert refused.reason(said) == why
