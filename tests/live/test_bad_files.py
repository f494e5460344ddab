"""The whole message for each bad file of the table, with the Compose of this machine."""

from pathlib import Path

import pytest
from tests.live.bad_files import BadFile, cases, read
from tests.live.running import Lab

from stackproof.engine.project import compose_version
from stackproof.errors import UsageError
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack

RECORDED = {version for bad in read() for version in bad.said}


@pytest.fixture(scope="session")
def version() -> str:
    """The Compose of this machine."""
    return compose_version()


@pytest.mark.parametrize("bad", cases())
def test_bad_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, bad: BadFile) -> None:
    """File, line, service, cause and fix, letter for letter; what Compose takes is read."""
    folder = tmp_path / "shop"
    folder.mkdir()
    bad.write(folder)
    monkeypatch.chdir(folder)
    if version in RECORDED and bad.said and version not in bad.said:
        assert Stack.load(Source.find(bad.stack, folder, bad.settings), controls=()).services
        return

    with pytest.raises(UsageError) as caught:
        Stack.load(Source.find(bad.stack, folder, bad.settings), controls=())

    assert str(caught.value) in bad.possible(version, folder)


def test_warnings_are_shown_and_kept(lab: Lab) -> None:
    """What Compose warns of and leaves out: on the terminal before anything starts, and in the notes."""
    text = """\
services:
  web:
    image: busybox:1.36
    command: ["sleep", "1000"]
    environment: {TOKEN: "${LIVE_TEST_TOKEN}"}
  debug: {image: busybox:1.36, profiles: [dev]}
"""
    folder = lab.stack("shop", text)
    (folder / ".env.example").write_text("LIVE_TEST_TOKEN=x\n")
    ended = lab.check(folder, "--select", "restart-policy-set")
    place, fix = "(compose.yml:5)", "copy .env.example to .env"
    notes = [
        f"variable LIVE_TEST_TOKEN is not set: Compose puts in nothing {place}; fix: {fix}",
        "1 service is left out, behind profiles: dev (debug); to take them in: --compose-profile dev",
    ]

    assert ended.code == 0, ended.output
    assert ended.results["stacks"][0]["notes"][:2] == notes
    before = ended.output.partition("[observe]")[0]
    assert [before.count(f"shop: {note}") for note in notes] == [1, 1], ended.output
