"""How a volume is told: by its author's name, or as one without a name."""

from typing import Any

import pytest
from tests.infra.test_persistence import test_no_anonymous_data_volume as judge
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.outcomes.evidence import Evidence

GIVEN = "ab" * 32  # what an engine calls a volume that nobody named
SERVICE: dict[str, Any] = {
    "volumes": [
        {"type": "volume", "source": "the_data_of_the_website", "target": "/data"},
        {"type": "volume", "target": "/cache"},
    ]
}


def mounted(path: str, name: str) -> dict[str, str]:
    """Return a mount as inspect has it, of a sandbox's volume."""
    return {"Type": "volume", "Destination": path, "Name": name}


@pytest.mark.parametrize(
    ("mounts", "told", "nameless"),
    [
        ({"/data": "shop_the_data"}, {"/data": "the_data_of_the_website"}, ""),
        ({"/cache": GIVEN}, {"/cache": "(no name)"}, "/cache"),
        ({"/var/lib/db": GIVEN}, {"/var/lib/db": "(no name)"}, "/var/lib/db"),
        (
            {"/data": "shop_the_data", "/cache": GIVEN, "/var/lib/db": "cd" * 32},
            {"/data": "the_data_of_the_website", "/cache": "(no name)", "/var/lib/db": "(no name)"},
            "/cache, /var/lib/db",
        ),
    ],
)
def test_name_of_a_volume(
    make_stack: MakeStack,
    make_container: MakeContainer,
    mounts: dict[str, str],
    told: dict[str, str],
    nameless: str,
) -> None:
    """Whole, as it stands in the compose file, and never the digits or the name that a sandbox has for it."""
    host = {"RestartPolicy": {"Name": "no"}, "Mounts": [{"Target": "/cache", "Source": ""}]}
    container = make_container(
        "web",
        status="exited",
        HostConfig=host,
        Mounts=[*(mounted(*one) for one in mounts.items()), {"Type": "bind", "Destination": "/srv"}],
    )
    container.data["Config"]["Volumes"] = {"/var/lib/db": {}}
    noted: dict[str, Any] = {}
    found = ""

    try:
        judge(container, make_stack({"web": SERVICE}), Evidence(noted))
    except AssertionError as error:
        found = str(error).splitlines()[0]

    assert noted["volumes"] == told
    assert found == (f"web-1 keeps {nameless} in a volume without a name" if nameless else "")
