"""Finished runs to make reports of, each in turn or by name."""

from collections.abc import Callable

import pytest
from tests.unit.report.obstacles import beside_sound, hostile, in_part, not_up
from tests.unit.report.samples import empty, mixed, narrowed, proven, silent_stack

from stackproof.outcomes.model import Results

SAMPLES: dict[str, Callable[[], Results]] = {
    "proven": proven,
    "mixed": mixed,
    "narrowed": narrowed,
    "empty": empty,
    "silent-stack": silent_stack,
    "not-up": not_up,
    "in-part": in_part,
    "beside-sound": beside_sound,
    "hostile-cause": hostile,
}


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> tuple[str, Results]:
    """Each sample in turn, with its name."""
    return request.param, SAMPLES[request.param]()


@pytest.fixture
def mixed_results() -> Results:
    """The sample that has everything."""
    return mixed()


@pytest.fixture
def proven_results() -> Results:
    """The sample in which nothing gates."""
    return proven()


@pytest.fixture
def empty_results() -> Results:
    """The sample without outcomes."""
    return empty()


@pytest.fixture
def narrowed_results() -> Results:
    """The sample of a run that asked less than can be asked."""
    return narrowed()


@pytest.fixture
def silent_results() -> Results:
    """The sample with one stack that gave no outcome."""
    return silent_stack()
