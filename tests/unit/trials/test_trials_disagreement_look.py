"""Where a failing check asks, and who answers: the script runs here, with a `nc` of the test's own."""

import subprocess
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.files import File
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Socket
from stackproof.sandbox.container import Container
from stackproof.trials.disagreement import disagreement

OK, MISSING = "HTTP/1.1 200 OK\nServer: x\n\nwell", "HTTP/1.1 404 Not Found\n\n"
LABELS = {"run": "ours"}
# It answers with a file that is named by address, port, path and name, or by address and port alone.
NC = r"""#!/bin/sh
[ "$1 $2" = "-w 2" ] || exit 1
here=${0%/*}
request=$(tr -d '\0\r')
case $request in
  "GET "*" HTTP/1.0"*) host=${request#*Host: } path=${request#GET } key="$3 $4 ${path%% *} ${host%%
*}" ;;
  *) key="$3 $4 tls" ;;
esac
echo "$key" >> "$here/asked"
key=$(echo "$key" | tr / _)
for name in "$key" "$3 $4"; do [ ! -f "$here/$name" ] || exec cat "$here/$name"; done
"""


class Network:
    """What listens in a container, and what it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [8080]
        (folder / "nc").write_text(NC, encoding="utf-8")
        (folder / "nc").chmod(0o755)

    @property
    def asked(self) -> list[str]:
        """What was asked, in turn."""
        found = self.folder / "asked"
        return found.read_text(encoding="utf-8").splitlines() if found.exists() else []

    def serve(self, answers: dict[str, str]) -> None:
        """Answer from now on."""
        for key, answer in answers.items():
            (self.folder / key.replace("/", "_")).write_text(answer, encoding="utf-8")

    def helper(self, argv: Sequence[str], *, own: dict[str, str], network: str) -> str:
        """Run a script here."""
        assert (own, network) == (LABELS, "container:web1")
        env = {"PATH": f"{self.folder}:/usr/bin:/bin"}
        return subprocess.run(argv, capture_output=True, text=True, check=True, env=env).stdout

    def probe(self) -> SimpleNamespace:
        """Say who listens: also a UDP socket, of which nobody asks by HTTP."""
        nobody = ip_address("0.0.0.0")  # noqa: S104 - as the kernel's table has it
        return SimpleNamespace(
            serving=[
                Socket(protocol=protocol, address=nobody, port=port, remote=nobody, remote_port=0, state="0A")
                for protocol, port in (*(("tcp", port) for port in self.ports), ("udp", 53))
            ]
        )


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """The network of a container of ours whose files nobody has."""
    found = Network(tmp_path)
    monkeypatch.setattr(engine, "helper", found.helper)
    monkeypatch.setattr(engine, "file", lambda *_words, **_more: None)
    monkeypatch.setattr(Container, "own", LABELS)
    monkeypatch.setattr(Container, "probe", found.probe)
    return found


@pytest.fixture
def failing(make_container: MakeContainer) -> Callable[..., Container]:
    """Return a function that makes a container whose check fails."""

    def make(test: str, codes: Sequence[int] = (1,), said: str = "no", **config: object) -> Container:
        container = make_container(health="unhealthy")
        log: list[dict[str, Any]] = [{"ExitCode": code, "Output": said} for code in codes]
        container.data["State"]["Health"]["Log"] = log
        container.data["Config"].update({"Healthcheck": {"Test": ["CMD-SHELL", test]}, **config})
        container.data["NetworkSettings"]["Networks"] = {"lan": {"IPAddress": "172.18.0.9"}}
        return container

    return make


Failing = Callable[..., Container]
FAMILY = "the service answers on 127.0.0.1:8080 while the check asks ::1 (localhost)"
WGET = "wget -q http://localhost:8080/live"


def test_all_that_is_asked(network: Network, failing: Failing) -> None:
    """Both families, the root, the service's own name, TLS, and the other ports."""
    network.ports = [9000, 8080, 81]
    network.serve({"127.0.0.1 8080": OK})

    assert disagreement(failing(WGET)) == FAMILY
    assert network.asked == [
        "127.0.0.1 8080 /live localhost",
        "::1 8080 /live localhost",
        "127.0.0.1 8080 / localhost",
        "127.0.0.1 8080 /live web",
        "127.0.0.1 8080 tls",
        "127.0.0.1 81 /live localhost",
        "127.0.0.1 9000 /live localhost",
    ]


def test_not_more_than_a_dozen(network: Network, failing: Failing) -> None:
    """Each takes its time."""
    network.ports = list(range(9000, 9030))
    disagreement(failing(WGET))

    assert len(network.asked) == 12


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - as authors write it
        ("[::1]", "::1"),
        ("[::]", "::1"),
        ("web", "127.0.0.1"),
        ("box", "127.0.0.1"),
        ("172.18.0.9", "127.0.0.1"),
    ],
)
def test_names_of_the_container_itself(network: Network, failing: Failing, host: str, address: str) -> None:
    """Its service, its host name, its address, and loopback in each way."""
    disagreement(failing(f"wget http://{host}:8080/live", Hostname="box"))

    assert network.asked[2] == f"{address} 8080 / localhost"


def test_others_are_not_asked(network: Network, failing: Failing) -> None:
    """A check that asks another service tells of that."""
    assert (
        disagreement(failing("wget http://db:8080/live && wget http://172.18.0.10:8080", Hostname="box"))
        == ""
    )
    assert network.asked == []


def test_variables_of_the_container(network: Network, failing: Failing) -> None:
    """They are what its check has; a value may have an equals sign."""
    network.serve(
        {"::1 8080 /live?t=a=b localhost": MISSING, "127.0.0.1 8080": MISSING, "::1 8080 / localhost": OK}
    )
    check = "wget http://localhost:$PORT/live?t=$TOKEN"

    found = disagreement(failing(check, Env=["TOKEN=a=b", "PORT=8080"]))
    assert found == "the service answers 404 to http://localhost:8080/live?t=a=b, which the check asks"
    assert disagreement(failing("wget http://localhost:8080/live", Env=None)) != ""


def test_scripts_of_a_check(network: Network, failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    """What they ask, and with which program: curl tries both families."""
    network.serve({"127.0.0.1 8080": OK})
    text = b"wget http://localhost:8080/live"
    files = {"/check.sh": text}
    monkeypatch.setattr(engine, "file", lambda _id, path, **_more: File(mode=0o755, head=files[path]))

    assert disagreement(failing("/check.sh")) == FAMILY
    files["/check.sh"] = text.replace(b"wget", b"curl")
    assert disagreement(failing("/check.sh")) == ""


def test_second_place_that_is_asked(network: Network, failing: Failing) -> None:
    """The first one answers well."""
    network.serve({f"{address} {port}": OK for address, port in (("127.0.0.1", 8080), ("::1", 8080))})
    network.serve({"127.0.0.1 9000 /live localhost": MISSING, "::1 9000 /live localhost": MISSING})
    network.serve({"127.0.0.1 9000 /live web": OK})
    network.ports = [8080, 9000]

    assert disagreement(failing(f"{WGET} && wget http://localhost:9000/live")) == (
        "the service answers 404 to http://localhost:9000/live, which the check asks, "
        "and is well by the name web (Host header)"
    )


@pytest.mark.parametrize(
    ("codes", "said", "own", "words"),
    [
        pytest.param([1, 0, 0, 1], "no", LABELS, FAMILY, id="failed at last"),
        pytest.param([0, 1, 1, 0], "no", LABELS, "", id="is well now"),
        pytest.param([], "no", LABELS, "", id="has said nothing"),
        pytest.param([1], "no", {}, "", id="is not ours"),
        pytest.param([1], "sh: wget: not found", LABELS, "", id="lacks its program"),
    ],
)
def test_who_is_looked_at(  # noqa: PLR0913, PLR0917 - what is so, and what is said then
    network: Network,
    failing: Failing,
    monkeypatch: pytest.MonkeyPatch,
    codes: list[int],
    said: str,
    own: dict[str, str],
    words: str,
) -> None:
    """A check that fails now and has run, in a container of ours."""
    network.serve({"127.0.0.1 8080": OK})
    monkeypatch.setattr(Container, "own", own)

    assert disagreement(failing(WGET, codes, said)) == words
    assert bool(network.asked) is bool(words)


@pytest.mark.parametrize("error", [CommandError("gone"), Unknown("it has no shell")])
def test_what_cannot_be_looked_at(
    network: Network, failing: Failing, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """It gives no words."""

    def probe(_container: Container) -> None:
        raise error

    network.serve({"127.0.0.1 8080": OK})
    monkeypatch.setattr(Container, "probe", probe)
    assert disagreement(failing(WGET)) == ""
