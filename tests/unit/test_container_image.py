"""The container image: what it is made of, and what its entry refuses. Nothing is built here."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
LINES = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
ENTRY = ROOT / "container" / "entrypoint.sh"
ID = "0123456789abcdef" * 4
MOUNTED = f"/var/lib/docker/containers/{ID}/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a stackproof that says how it was called, and a docker that says what a test wants."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "stackproof").write_text('#!/bin/sh\necho "called $*"\n')
    (programs / "docker").write_text(
        '#!/bin/sh\n[ "$NETWORK" ] || exit 1\n'
        f'[ "$4" = {ID} ] || exit 9\n'
        'case "$3" in *NetworkMode*) echo "$NETWORK" ;; *) printf "%s\\n" "$SAME" ;; esac\n'
    )
    for program in programs.iterdir():
        program.chmod(0o755)
    (tmp_path / "mountinfo").write_text(f"36 35 98:0 / / rw - overlay overlay rw\n41 36 254:1 {MOUNTED}\n")
    return tmp_path


def enter(
    place: Path, *words: str, network: str = "host", same: str | None = None, cache: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the entry as a container would; by default as it should be run."""
    given = {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "MOUNTINFO": str(place / "mountinfo"),
        "NETWORK": network,
        "SAME": str(place) if same is None else same,
        "XDG_CACHE_HOME": str(place / ".cache") if cache is None else cache,
    }
    return subprocess.run([ENTRY, *words], cwd=place, env=given, capture_output=True, text=True, check=False)


def test_run_as_it_should_be(place: Path) -> None:
    """The words go on to stackproof as they are."""
    done = enter(place, "check", "a b", "--select", "x")

    assert (done.returncode, done.stdout) == (0, "called check a b --select x\n")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"network": "bridge"}, "ports of sandboxes listen on the host's loopback"),
        ({"network": ""}, "the engine does not answer"),
        ({"same": ""}, "has another path on the host"),
        ({"same": "/somewhere"}, "has another path on the host"),
        ({"cache": ""}, "copies of what a stack may write"),
        ({"cache": "/root/.cache"}, "copies of what a stack may write"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["check", "init"])
def test_what_would_look_at_the_wrong_place_is_refused(
    place: Path, command: str, wrong: dict[str, str], said: str
) -> None:
    """With what to add, and before anything is started."""
    done = enter(place, command, ".", **wrong)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "fix: " in done.stderr


def test_folder_whose_name_only_begins_alike_is_another(place: Path) -> None:
    """A mount of /srv/shop is none of /srv/shop-old."""
    done = enter(place, "check", same=str(place)[:-1])

    assert done.returncode == 2


def test_container_that_cannot_be_told_is_refused(place: Path) -> None:
    """Other engines keep their files elsewhere: what cannot be seen is not taken for right."""
    (place / "mountinfo").write_text("36 35 98:0 / / rw - overlay overlay rw\n")

    assert enter(place, "check").returncode == 2


@pytest.mark.parametrize("command", ["report", "schema", "--help", ""])
def test_what_needs_no_engine_is_not_asked(place: Path, command: str) -> None:
    """Reports are made of files."""
    assert enter(place, command, network="").stdout == f"called {command}\n"


def test_all_that_is_copied_is_there_and_let_through() -> None:
    """`.dockerignore` lets in what the Dockerfile copies."""
    copied = [
        name
        for line in LINES
        if line.startswith("COPY")
        for name in [word for word in line.split()[1:-1] if not word.startswith("--")]
    ]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert set(copied) == allowed


def test_image_has_what_the_wheel_is_built_of() -> None:
    """Each folder that pyproject.toml puts into the wheel is copied."""
    wheel = re.search(r"force-include\]\n((?:\".*\n)+)", (ROOT / "pyproject.toml").read_text())
    assert wheel is not None
    folders = re.findall(r'^"([^"]+)"', wheel.group(1), re.MULTILINE)

    assert folders
    assert [folder for folder in folders if f"COPY {folder} {folder}\n" not in DOCKERFILE] == []


def test_bases_have_a_tag_of_a_version() -> None:
    """What they are is known, and dependabot moves them."""
    bases = [line.split()[1] for line in LINES if line.startswith("FROM")]

    assert [base for base in bases if not re.fullmatch(r"[a-z]+:\d+\.\d+[a-z.-]*", base)] == []


def test_what_is_installed_is_pinned() -> None:
    """What builds the wheel, too: each pip has the constraints, and these name the version of the builder."""
    pips = [line for line in LINES if line.startswith("RUN") and "pip " in line]
    system = re.search(r"^requires = \[\"([a-z]+)", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

    assert len(pips) == 2
    assert [line for line in pips if "constraints.txt" not in line] == []
    assert system is not None
    assert f"\n{system.group(1)}==" in (ROOT / "constraints.txt").read_text()


def test_files_are_looked_for_in_a_folder_with_a_name() -> None:
    """A stack on standard input is called after it, and `/` has none."""
    (folder,) = [line.split()[1] for line in LINES if line.startswith("WORKDIR /p")]

    assert re.fullmatch(r"/[a-z]+", folder)
    assert f':{folder}:ro"' in (ROOT / "docs" / "engines.md").read_text()


def test_programs_are_started_without_a_shell() -> None:
    """So that a signal reaches stackproof, which then takes away what it made."""
    assert 'ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]' in LINES
    assert ENTRY.read_text().endswith('exec stackproof "$@"\n')
    assert os.access(ENTRY, os.X_OK)
