"""Mappings in place of an entry of a list: what is said to write is what Compose takes, which is asked."""

from pathlib import Path

import pytest

from stackproof.errors import UsageError
from stackproof.stack import without_docker
from stackproof.stack.discovery import Source

# A key of a service, an entry as somebody wrote it, and as it is meant.
ENTRIES = [
    ("ports", "8080: 80", '"8080:80"'),
    ("ports", '"8080": 80', '"8080:80"'),
    ("ports", '127.0.0.1: "8080:80"', '"127.0.0.1:8080:80"'),
    ("ports", "80-81: 90-91", '"80-81:90-91"'),
    ("expose", "80: 81", '"80"'),
    ("expose", '"80":', '"80"'),
    ("volumes", "./a: /b", '"./a:/b"'),
    ("volumes", "data: /b:ro", '"data:/b:ro"'),
    ("tmpfs", "/run: {size: 1g}", '"/run:size=1g"'),
    ("tmpfs", "/run: size=1g", '"/run:size=1g"'),
    ("tmpfs", "/run:", '"/run"'),
    ("cap_add", "NET_ADMIN: true", "NET_ADMIN"),
    ("cap_drop", "ALL:", "ALL"),
    ("security_opt", "no-new-privileges: true", '"no-new-privileges:true"'),
    ("security_opt", "seccomp: unconfined", '"seccomp:unconfined"'),
    ("extra_hosts", "db: 10.0.0.1", '"db:10.0.0.1"'),
    ("devices", "/dev/a: /dev/b", '"/dev/a:/dev/b"'),
    ("devices", "/dev/a:", '"/dev/a"'),
    ("links", "db: database", '"db:database"'),
    ("external_links", "db: database", '"db:database"'),
    ("volumes_from", "db: ro", '"db:ro"'),
    ("dns_opt", "ndots: 1", '"ndots:1"'),
    ("device_cgroup_rules", "c 1: 3 r", '"c 1:3 r"'),
    ("group_add", "video:", "video"),
    ("profiles", "debug: true", "debug"),
    ("dns", "dns.example:", "dns.example"),
    ("env_file", "compose.yml:", "compose.yml"),
    ("depends_on", "db:", "db"),
    ("networks", "front:", "front"),
    ("secrets", "token: /run/token", "{source: token, target: /run/token}"),
    ("secrets", "token:", "token"),
    ("configs", "site: /etc/site", "{source: site, target: /etc/site}"),
]
# Of these the value may be a password.
PAIRS = ["environment", "labels", "sysctls", "annotations"]
REST = """\
  db: {image: busybox:1.36}
networks: {front: {}}
volumes: {data: {}}
secrets: {token: {file: ./gone.txt}}
configs: {site: {file: ./gone.txt}}
"""


def written(key: str, entry: str, *, lead: str = "- ") -> str:
    """Return a compose file with one entry."""
    return f"services:\n  web:\n    image: busybox:1.36\n    {key}:\n      {lead}{entry}\n{REST}"


def read(folder: Path, text: str) -> list[str]:
    """Return the services that Compose reads; raises what a reader is told of a file that it refuses."""
    (folder / "compose.yml").write_text(text)
    return list(without_docker.resolve(Source.find(".", folder).with_every_profile()).model["services"])


def told(folder: Path, text: str) -> str:
    """Return the fix for a file that is refused."""
    with pytest.raises(UsageError) as caught:
        read(folder, text)
    return str(caught.value).partition("\n  fix: ")[2]


@pytest.mark.parametrize(("key", "wrong", "right"), ENTRIES)
def test_entry(tmp_path: Path, key: str, wrong: str, right: str) -> None:
    """It is written as it was meant, and Compose takes that."""
    assert told(tmp_path, written(key, wrong)) == f"write `- {right}`"
    if key != "env_file":  # of which each line is a variable
        assert "web" in read(tmp_path, written(key, right))


@pytest.mark.parametrize("key", PAIRS)
def test_pair(tmp_path: Path, key: str) -> None:
    """A value is not quoted."""
    assert told(tmp_path, written(key, "A.B: sesame")) == "write `- A.B=...`, or no hyphens at all"
    assert "web" in read(tmp_path, written(key, "A.B=sesame"))
    assert "web" in read(tmp_path, written(key, "A.B: sesame", lead=""))


@pytest.mark.parametrize(
    ("key", "wrong", "right"),
    [
        ("ports", '"8080": 80', '"8080:80"'),
        ("ports", "8080: 80", '"8080:80"'),
        ("volumes", "./a: /b", '"./a:/b"'),
        ("tmpfs", "/run: {size: 1g}", '"/run:size=1g"'),
        ("cap_drop", "ALL: true", "ALL"),
        ("security_opt", "no-new-privileges: true", '"no-new-privileges:true"'),
        ("links", "db: database", '"db:database"'),
        ("devices", "/dev/a: /dev/b", '"/dev/a:/dev/b"'),
    ],
)
def test_mapping_in_place_of_a_list(tmp_path: Path, key: str, wrong: str, right: str) -> None:
    """Its first pair is shown as an entry."""
    assert told(tmp_path, written(key, wrong, lead="")) == f"write a list: `- {right}`"
    assert "web" in read(tmp_path, written(key, right))


@pytest.mark.parametrize(
    ("key", "wrong", "fix"),
    [
        ("ports", "8080:", 'write `- "8080:CONTAINER"`'),
        ("volumes", "./a:", 'write `- "./a:TARGET"`'),
        ("extra_hosts", "db:", 'write `- "db:ADDRESS"`'),
        ("volumes", "/b: ro", "add `target:`, or write `SOURCE:TARGET` as one text"),
        ("volumes", "sourc: ./a", "add `target:`, or write `SOURCE:TARGET` as one text"),
        ("volumes", "source: ./a", "add `target:`, or write `SOURCE:TARGET` as one text"),
        ("ports", 'published: "80"', "add `target:`, or write `PUBLISHED:TARGET` as one text"),
        ("ports", "8080: {a: b}", 'put it in quotes: "8080"'),
        ("secrets", "sorce: token", "correct its spelling or its indentation, or remove it"),
        ("secrets", "name: token", "correct its spelling or its indentation, or remove it"),
        ("cap_add", "NET_ADMIN: yes, please", "write each entry as one text"),
        ("dns", "1.1.1.1: x", "write each entry as one text"),
        ("depends_on", "db: {condition: service_healthy}", "write `db: ...`, without hyphens"),
        ("networks", "front: {aliases: [a]}", "write `front: ...`, without hyphens"),
        ("command", "a: b", "put the whole word in quotes: its colon makes it a mapping"),
        ("entrypoint", "-v: 1", "put the whole word in quotes: its colon makes it a mapping"),
        ("logging", "driver: none", "write `driver: ...` below it, without hyphens"),
        ("ulimits", "nofile: 1024", "write `nofile: ...` below it, without hyphens"),
    ],
)
def test_other_fixes(tmp_path: Path, key: str, wrong: str, fix: str) -> None:
    """Words in capitals are to be filled in; nothing is made up where it may have been meant otherwise."""
    assert told(tmp_path, written(key, wrong)) == fix


@pytest.mark.parametrize("key", ["environment", "labels", "extra_hosts", "sysctls"])
def test_number_as_key_of_a_mapping(tmp_path: Path, key: str) -> None:
    """A mapping may stand here: no list need be written."""
    assert told(tmp_path, written(key, "1: x", lead="")) == 'put it in quotes: "1"'


@pytest.mark.parametrize("key", ["group_add", "security_opt", "volumes_from", "external_links"])
def test_entry_of_two_files(tmp_path: Path, key: str) -> None:
    """Both places are named, and the value as it is filled in."""
    (tmp_path / "compose.override.yml").write_text(f"services:\n  web:\n    {key}: ['${{A:-db}}']\n")
    with pytest.raises(UsageError) as caught:
        read(tmp_path, written(key, "db"))

    assert str(caught.value) == (
        f"{tmp_path}/compose.override.yml:3: service web: {key} has 'db' twice, first in compose.yml:5\n"
        "  fix: keep one of them"
    )


def test_entry_that_is_taken_back(tmp_path: Path) -> None:
    """What another file overrides is not the other one."""
    text = "services:\n  web:\n    group_add: !override\n      - a\n      - b\n      - b\n"
    (tmp_path / "compose.override.yml").write_text(text)
    with pytest.raises(UsageError, match=r"override\.yml:6: service web: group_add has 'b' twice\n"):
        read(tmp_path, written("group_add", "a"))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("data/x:/b", "./data/x:/b"),
        (r"data\x:/b", "./data/x:/b"),
        ("data/:/b", "./data/:/b"),
        ("app data:/b", "./app data:/b"),
        ("a,b:/b", "./a,b:/b"),
        ("däta:/b", "./däta:/b"),
    ],
)
def test_folder_that_is_taken_for_a_volume(tmp_path: Path, wrong: str, right: str) -> None:
    """A volume of that name would be refused, too."""
    assert told(tmp_path, written("volumes", wrong)).startswith(f"write `{right.removesuffix(':/b')}` ")
    assert "web" in read(tmp_path, written("volumes", right))


@pytest.mark.parametrize("text", ["$HOME:/b", "${HOME}/x:/b", "${HOME:-/x}:/b"])
def test_variable_with_two_dollars(tmp_path: Path, text: str) -> None:
    """Two stand for one, and begin no variable."""
    fix = told(tmp_path, written("volumes", text.replace("$", "$$")))

    assert fix == f"write `{text}`: `$$` is a $ itself, and begins no variable"
    assert "web" in read(tmp_path, written("volumes", text))
