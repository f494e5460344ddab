"""Whether logs have an end."""

from typing import Any

import pytest

from stackproof.stack import logs
from stackproof.stack.service import Service


@pytest.mark.parametrize(
    ("raw", "in_files", "rotates"),
    [
        (None, True, False),
        ({"options": {"max-size": "10m"}}, True, True),
        ({"options": {"max-size": "1.5G"}}, True, True),
        ({"options": {"max-size": "512 KiB"}}, True, True),
        ({"options": {"max-size": "0"}}, True, False),
        ({"options": {"max-size": "-1"}}, True, False),
        ({"options": {"max-size": ""}}, True, False),
        ({"options": {"max-file": "3"}}, True, False),
        ({"driver": "local"}, True, True),
        ({"driver": "local", "options": {"max-size": "-1"}}, True, False),
        ({"driver": "local", "options": {"max-file": "3"}}, True, True),
        ({"driver": "none"}, False, False),
        ({"driver": "syslog"}, False, False),
        ({"driver": "journald"}, False, False),
    ],
)
def test_logs(raw: Any, *, in_files: bool, rotates: bool) -> None:  # noqa: ANN401 - as it is written
    """Only a size that is one limits what json-file keeps; local has limits of its own."""
    driver = logs.of(Service(name="app", raw={"logging": raw}))

    assert (driver.in_files, driver.rotates) == (in_files, rotates)
