"""What stands in the place of a stack's files and is none."""

import os
import socket
from pathlib import Path

import pytest

from stackproof.errors import UsageError
from stackproof.stack.discovery import Source, under_contract


def write(path: Path) -> None:
    """Make a file with a word in it."""
    path.write_text("services: {}\n")


@pytest.mark.parametrize("leads_to", ["gone.yml", "compose.yml"])
def test_find_link_to_nowhere(tmp_path: Path, leads_to: str) -> None:
    """Also one in a circle: it says where it leads, and is not proposed in its own place."""
    (tmp_path / "compose.yml").symlink_to(leads_to)

    with pytest.raises(
        UsageError, match=rf"compose\.yml: it is a link to {leads_to}, and nothing is there\n"
    ):
        Source.find("compose.yml", tmp_path)


def lead(path: Path, kind: str) -> None:
    """Put something in the place of a file."""
    match kind:
        case "FIFO":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as one:
                one.bind(str(path))
        case "folder":
            path.mkdir()
        case "link to itself":
            path.symlink_to(path.name)
        case target:
            path.symlink_to(target)


@pytest.mark.parametrize("kind", ["FIFO", "socket", "folder", "/dev/zero"])
@pytest.mark.parametrize("name", ["compose.override.yml", "compose.yaml", "stackproof.yml"])
def test_what_is_no_file_is_named(tmp_path: Path, name: str, kind: str) -> None:
    """Compose takes the first name that is there: leaving it out would judge another stack."""
    write(tmp_path / "compose.yml")
    lead(tmp_path / name, kind)

    said = f"/{name}: it is a {'device' if kind == '/dev/zero' else kind}, and must be a co"
    with pytest.raises(UsageError, match=said):
        _ = Source.find(".", tmp_path).contract
    if name != "stackproof.yml":
        with pytest.raises(UsageError, match=said):
            Source.find(f"compose.yml:{name}", tmp_path)


@pytest.mark.parametrize("kind", ["/dev/null", "gone.yml", "link to itself"])
@pytest.mark.parametrize("name", ["compose.override.yml", "compose.yaml", "stackproof.yml"])
def test_what_says_nothing(tmp_path: Path, name: str, kind: str) -> None:
    """Compose passes over links to nowhere, and reads nothing in /dev/null; a contract may not get lost."""
    write(tmp_path / "docker-compose.yml")
    lead(tmp_path / name, kind)

    if (name, kind) == ("compose.yaml", "/dev/null"):  # Compose reads it, and finds that it is empty
        with pytest.raises(UsageError, match="it is a device"):
            Source.find(".", tmp_path)
        return
    source = Source.find(".", tmp_path)
    assert source.files == (tmp_path / "docker-compose.yml",)
    if name == "stackproof.yml" and kind != "/dev/null":
        with pytest.raises(UsageError, match=r"it is a link to \S+, which is not there, and must be a contr"):
            _ = source.contract
    else:
        assert source.contract is None


def test_null_device_first(tmp_path: Path) -> None:
    """Its folder would be that of the project for Compose: another stack than the file's own."""
    write(tmp_path / "compose.yml")

    with pytest.raises(UsageError, match="/dev/null: it is a device"):
        Source.find(f"/dev/null:{tmp_path}/compose.yml", tmp_path)
    assert Source.find("compose.yml:/dev/null", tmp_path).files == (tmp_path / "compose.yml",)


def test_contract_of_a_name_that_cannot_be(tmp_path: Path) -> None:
    """Path's own functions raise for it."""
    write(tmp_path / "compose.yml")
    (tmp_path / "stackproof.yml").symlink_to("n" * 300)
    source = Source.find(".", tmp_path)

    with pytest.raises(UsageError, match="must be a contract"):
        _ = source.contract
    with pytest.raises(UsageError, match="contract not found"):
        under_contract([source], "n" * 300, tmp_path)
