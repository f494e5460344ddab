"""What authors write, through Compose to the sandbox's file and back: nothing is lost, nothing is changed."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests import comparison
from tests.live.authors import Author, Raw, lost, read_back

from stackproof.isolation.table import BELOW, ROWS
from stackproof.isolation.walk import build_of

SOURCE = Path(__file__).with_name("written.yml")
WRITTEN: list[Raw] = YAML(typ="safe").load(SOURCE)
# Keys that are newer than the Compose of these tests.
NEWER = {
    "models", "model", "context_size", "runtime_flags", "jobs", "umask", "pull_refresh_after", "label_file",
    "post_start", "pre_stop", "pre_start", "permissions", "gpus", "use_api_socket", "provider",
    "endpoint_var", "model_var", "interface_name", "gw_priority", "use_service_name_alias", "enable_ipv4",
    "recursive", "provenance", "sbom", "no_cache_filter",
}  # fmt: skip


def stacks(*, that_build: bool) -> pytest.MarkDecorator:
    """Run a test with each stack, or each that is built."""
    return pytest.mark.parametrize(
        "author",
        [stack for stack in WRITTEN if "build:" in stack["file"] or not that_build],
        ids=lambda written: str(written["name"]),
        indirect=True,
    )


@pytest.fixture
def author(request: pytest.FixtureRequest, tmp_path: Path) -> Author:
    """A stack, written into a folder."""
    return Author(written=request.param, folder=tmp_path)


def test_every_key_is_written() -> None:
    """Each key of the table that this Compose knows stands in some example."""
    names = {
        part
        for row in ROWS
        if ".pre_start." not in row.path
        for part in row.path.split(".")
        if part not in ("*", "[]", BELOW)
    }
    found = set(re.findall(r"([a-z_0-9]+):", SOURCE.read_text()))

    assert names - NEWER - found == set()
    assert len(WRITTEN) >= 40


def test_what_is_lost_is_found() -> None:
    """A value that is read otherwise, not at all, or though nobody wrote it."""
    file: Raw = {"services": {"web": {"user": "0", "init": False, "environment": {"A": "1"}}}}
    back: Raw = {"services": {"web": {"user": 0, "environment": {"A": "1"}, "tty": True}}}

    assert lost(file, back) == [
        "services.web.user: '0' is read as 0",
        "services.web.init: False is read as None",
        "services.web.tty: True is read",
    ]


@stacks(that_build=True)
def test_builds(author: Author, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is built is read as it was written, too."""
    model = author.model()
    builds = {
        name: {"build": build_of(model, name, permits=author.permits), "image": f"ours/{name}"}
        for name, service in model.services.items()
        if service.builds
    }
    secrets = {name: raw for name, raw in (model.raw.get("secrets") or {}).items() if not raw.get("external")}
    file = {"name": "ours", "services": builds, "secrets": secrets}

    back = read_back(file, tmp_path_factory.mktemp("ours") / "compose.json")

    assert builds
    assert lost(file, back) == []


@stacks(that_build=False)
def test_round_trip(author: Author, tmp_path_factory: pytest.TempPathFactory) -> None:
    """From the author's file to the sandbox's each difference is explained; on the way back there is none."""
    model, plan, isolated = author.isolated()

    assert model.services
    assert comparison.compare(model, plan, isolated).unexplained == []
    back = read_back(isolated.file, tmp_path_factory.mktemp("ours") / "compose.json")
    assert lost(isolated.file, back) == []
