"""Results of a trial, by service."""

import pytest

from stackproof.errors import Unknown
from stackproof.trials.results import ByService


def test_by_service() -> None:
    """Where there is none, asking for it says why."""
    found = ByService({"web": 1}, {"db": Unknown("db-1 was unhealthy before the fault")})

    assert found == {"web": 1}
    assert found["web"] == 1
    with pytest.raises(Unknown, match=r"^db-1 was unhealthy before the fault$"):
        found["db"]
    for several in (found, ByService({"web": 1})):
        with pytest.raises(
            Unknown, match=r"^no container of job was running when the fault began, so nothing"
        ):
            several["job"]
