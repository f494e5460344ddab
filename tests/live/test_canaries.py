"""No value of a stack is in clear in what a run shows, writes or hands on; names of variables are."""

import base64
import html
import json
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.live import planted
from tests.live.canaries import MIDDLE, Canaries, Sightings, Watch
from tests.live.planted import health
from tests.live.running import LOOKS, ROOT, Ended, Lab, Running

from stackproof.runs import run

# All that pytest can be made to say.
TELLING = ["-v", "-l", "-rA", "--tb=long", "--xfail-tb", "-o", "log_cli=true", "--log-level=DEBUG"]
# What a run with a container shows for a moment only.
WATCHED = ("labels of our containers", "command line of docker ")
OWN = """
import logging

def test_own(container, host, evidence):
    told = host.check_output("env")
    evidence(told=told)
    print(told)
    logging.getLogger("own").warning("told %s", told)
    assert told == "nothing", told
"""


@dataclass
class Place:
    """A lab whose every corner is searched."""

    lab: Lab
    canaries: Canaries
    sightings: Sightings
    temporary: Path
    began: float

    def project(self, script: str, then: str = "true", **web: object) -> Path:
        """Write the project that holds all canaries."""
        return planted.project(self.lab.folder / "shop", self.canaries, script=script, then=then, **web)

    def check(self, *words: str) -> Ended:
        """Run `stackproof check` under our eyes."""
        return self.follow(self.lab.start("stackproof", "check", *words))

    def follow(self, started: Running) -> Ended:
        """Watch a run until its end, then search all that it left."""
        with Watch(self.sightings, self.temporary, started.process.pid):
            ended = started.wait()
        self.sightings.search("terminal", ended.output)
        self.sightings.search_folder(ended.reports)
        self.search_rest()
        return ended

    def search_rest(self) -> None:
        """Search all places that are no report."""
        self.sightings.search_folder(run.runs_folder().parent)
        self.sightings.search_folder(self.temporary)
        self.sightings.search_folder(Path.home() / ".docker", newer=self.began)
        for path in Path("/tmp").iterdir():  # noqa: S108 - what somebody may have written there
            with suppress(FileNotFoundError):
                if path.lstat().st_mtime >= self.began and not self.temporary.is_relative_to(path):
                    self.sightings.search_folder(path, newer=self.began)

    def say(self, *words: str, cwd: Path) -> Ended:
        """Run a command of ours that proves nothing, and search what it says and leaves."""
        ended = self.lab.start_command(*words, cwd=cwd).wait(300)
        self.sightings.search(" ".join(words), ended.output)
        self.search_rest()
        return ended


@pytest.fixture
def place(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Canaries, a shell that holds some of them, and a temporary folder of one's own."""
    canaries = Canaries()
    for variable, name in planted.SHELL.items():
        monkeypatch.setenv(variable, canaries[name])
    temporary = lab.folder / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    return Place(lab, canaries, Sightings(canaries), temporary, time.time())


@pytest.mark.parametrize(
    "written",
    [
        str,
        json.dumps,
        html.escape,
        quote,
        lambda value: value[:14],
        lambda value: "\n│ ".join((value[:5], value[5:])),
        lambda value: base64.b64encode(f"app:{value}".encode()).decode(),
        lambda value: base64.b64encode(f"a=1 {value} b=2".encode()).decode(),
    ],
)
def test_search_finds(written: type[str]) -> None:
    """A value is found however it is written, and where lines are broken."""
    canaries = Canaries()
    value, other = canaries["one"], canaries["other"]

    assert canaries.found(f"so: {written(value)}!".encode()) == {"one"}
    assert canaries.found(MIDDLE.join((other[:8], value[:8])).encode()) == set()


def test_stack_that_runs(place: Place) -> None:
    """Evidence, messages, tracebacks, logs and what tests print of a stack that talks."""
    folder = place.project(planted.SERVE, healthcheck=health(planted.asking(place.canaries)))
    (folder / "stackproof.yml").write_text(planted.contract(place.canaries))
    (folder / "test_own.py").write_text(OWN)
    reports = place.lab.folder / "reports-1"
    files = [f"--junitxml={reports}/pytest.xml", f"--log-file={reports}/pytest.log"]
    controls = "healthcheck or container_healthy or http or test_own or volume_data or nonroot"
    words = ["-p", "no:cacheprovider", "-n", "0", *TELLING, *files, "--stack", str(folder), "-k", controls]
    suite = ["tests/infra", "tests/http", str(folder / "test_own.py")]
    ended = place.follow(place.lab.start("pytest", *words, *suite, cwd=ROOT))

    assert ended.code == 1, ended.output
    assert place.sightings.seen == {}
    assert "compose.json" in place.sightings.private
    assert {"index.html", "results.json", "junit.xml", "results.sarif", "pytest.xml", "pytest.log"} <= {
        Path(name).name for name in place.sightings.places
    }
    for name in ("API_TOKEN", "FROM_FILE", "LISTED"):
        assert f"{name}=[redacted]" in ended.output
    for watched in WATCHED:
        assert any(name.startswith(watched) for name in place.sightings.places)
    assert place.lab.left() == {}


def test_service_that_dies(place: Place) -> None:
    """A service that prints all it has and dies, with workers."""
    folder = place.project(f"{planted.TELL} exit 3")
    ended = place.check(str(folder), "-n", "2", "--select", "no-restart-loop")

    assert ended.code == 4, ended.output
    assert "API_TOKEN=[redacted]" in ended.output
    assert place.sightings.seen == {}
    assert place.lab.left() == {}


def test_unhealthy_service(place: Place) -> None:
    """A check that says no at such length that it is cut, each time elsewhere."""
    tell = 'head -c $(date +1%S) /dev/zero | tr "\\0" .; echo "$API_TOKEN $NOTE"; env; exit 1'
    folder = place.project("exec sleep 1000", healthcheck=health(tell))
    ended = place.check(str(folder), "-n", "0", "--select", LOOKS)

    assert ended.code == 4, ended.output
    assert "health probe exit 1" in ended.output
    assert place.sightings.seen == {}


def test_failing_build(place: Place) -> None:
    """A build that prints its arguments and secrets and fails."""
    ended = place.check(str(place.project("exec sleep 1000", then="exit 7")), "-n", "0")

    assert ended.code == 4, ended.output
    assert "the build failed" in ended.output
    assert "BUILD_NOTE" in ended.output
    assert place.sightings.seen == {}


def _break_variable(folder: Path, canaries: Canaries) -> str:
    """Compose quotes the whole value of a variable that it cannot interpolate."""
    file = folder / "compose.yml"
    file.write_text(file.read_text().replace("${ONE}", f"{canaries['broken']}${{ONE"))
    return "that begins no variable"


def _break_env_file(folder: Path, canaries: Canaries) -> str:
    """Compose quotes the line that it cannot read, or all that follows."""
    with (folder / ".env").open("a") as file:
        file.write(f"THREE=3\nFO%UR={canaries['broken']}\nFIVE={canaries['after']}\n")
    return "this is no `NAME=value`"


def _break_size(folder: Path, canaries: Canaries) -> str:
    """Compose quotes what shall be a size."""
    with (folder / ".env").open("a") as file:
        file.write(f"SIZE={canaries['broken']}\n")
    compose = json.loads((folder / "compose.yml").read_text())
    compose["services"]["web"]["mem_limit"] = "${SIZE}"
    (folder / "compose.yml").write_text(json.dumps(compose))
    return "is not a size"


def _break_contract(folder: Path, canaries: Canaries) -> str:
    """A YAML parser quotes both values of a key that stands twice."""
    values = canaries["broken"], canaries["after"]
    say = "".join(f"    expect: {value!r}\n" for value in values)
    (folder / "stackproof.yml").write_text(f"persistence:\n  - service: web\n{say}")
    return "duplicate key"


@pytest.mark.parametrize("mistake", [_break_variable, _break_env_file, _break_size, _break_contract])
def test_files_that_cannot_be_read(place: Place, mistake: planted.Mistake) -> None:
    """What Compose and parsers quote of the files that they refuse."""
    folder = place.project("exec sleep 1000")
    reason = mistake(folder, place.canaries)
    ended = place.check(str(folder), "-n", "0")

    assert ended.code == 2, ended.output
    assert reason in ended.output
    assert place.sightings.seen == {}


def test_attached(place: Place) -> None:
    """A project that somebody runs is judged, and says as little."""
    folder = place.project(planted.SERVE, healthcheck=health(planted.asking(place.canaries)))
    (folder / "stackproof.yml").write_text(planted.contract(place.canaries))
    name = f"canary-{place.lab.id}"
    place.lab.live(folder, name)
    ended = place.check("--attach", name)

    assert ended.code == 1, ended.output
    assert str(ended.reports / "results.json") in place.sightings.places
    assert place.sightings.seen == {}
    assert place.lab.left() == {}


def test_commands_that_prove_nothing(place: Place) -> None:
    """Init writes a contract without values; doctor, controls and schema say none."""
    folder = place.project(planted.SERVE, healthcheck=health(planted.asking(place.canaries)))
    for words in (["doctor"], ["controls", "--json"], ["schema"], ["init"]):
        ended = place.say(*words, cwd=folder)
        # A doctor also says no where others' killed runs have left something on this engine.
        assert ended.code in ((0, 1) if words == ["doctor"] else (0,)), ended.output
    place.sightings.search("contract of init", (folder / "stackproof.yml").read_bytes())

    assert "public: [web]" in (folder / "stackproof.yml").read_text()
    assert place.sightings.seen == {}
    assert place.lab.left() == {}


def test_killed_run(place: Place) -> None:
    """What a killed run leaves is private to its user, until it is cleaned up."""
    folder = place.project(planted.SERVE)
    started = place.lab.start("stackproof", "check", str(folder), "-n", "2")
    with Watch(place.sightings, place.temporary, started.process.pid) as watch:
        # Looks into images make containers, too, before there is a sandbox.
        started.until("a sandbox", lambda: [*run.runs_folder().rglob("compose.json")])
        started.until("a container of ours", lambda: place.lab.ours("container"))
        started.signal_group(signal.SIGKILL)
        started.wait(30)
        watch.look_once_more()

    assert place.sightings.seen == {}
    assert "compose.json" in place.sightings.private
    assert place.say("clean", cwd=folder).code == 0
    assert place.sightings.seen == {}
    assert place.lab.left() == {}
