"""`stackproof init`: from a stack to a contract that its owner completes."""

from ruamel.yaml import YAML
from tests.live.running import Lab

# Runs as root, has no restart policy and no health check: three findings at least.
COMPOSE = """
services:
  web:
    image: nginx:alpine
    ports: ["8080:80"]
    depends_on: [cache]
  cache:
    image: redis:7-alpine
    volumes: [data:/data]
volumes:
  data:
"""


def test_from_nothing_to_proven(lab: Lab) -> None:
    """Init writes what it saw, check refuses it until the reasons are given, and then accepts the stack."""
    folder = lab.stack("starter", COMPOSE)
    init = lab.start_command("init", cwd=folder).wait(400)
    contract = folder / "stackproof.yml"

    assert init.code == 0, init.output
    assert sorted(path.name for path in folder.iterdir()) == ["compose.yml", "stackproof.yml"]
    assert lab.left() == {}
    text = contract.read_text()
    written = YAML(typ="safe", pure=True).load(text)
    assert written["public"] == ["web"]
    assert {"service": "web", "path": "/", "status": 200} in written["http"]
    assert "recognised: cache (Redis)." in text
    expected = "#  - stop: cache\n#    expect:\n#      - {service: web, path: /, status: 200}\n"
    assert f"#  # web without cache:\n{expected}" in text
    assert ("effective-uid-nonroot", "web") in {(w["control"], w["service"]) for w in written["waivers"]}
    assert {waiver["reason"] for waiver in written["waivers"]} == {"TODO"}

    refused = lab.check(folder)
    assert refused.code == 2, refused.output
    assert refused.output.count("has no reason") == len(written["waivers"])

    contract.write_text(text.replace("reason: TODO", "reason: accepted by the owner of the shop"))
    accepted = lab.start_check(folder).wait(400)
    assert accepted.code == 0, accepted.output


def test_interrupted(lab: Lab) -> None:
    """An init that is told to end takes away what it had brought up, and writes nothing."""
    folder = lab.stack("early", COMPOSE)
    init = lab.start_command("init", cwd=folder)
    init.until("a container of the first sandbox", lambda: lab.ours("container"))
    init.process.terminate()
    ended = init.wait(120)

    assert ended.code == 130, ended.output
    assert "Traceback" not in ended.output
    assert not (folder / "stackproof.yml").exists()
    assert lab.left() == {}


def test_stack_that_does_not_come_up(lab: Lab) -> None:
    """A stack that cannot be started ends with 4 and its reason, and nothing is written."""
    folder = lab.stack("ends", "services:\n  web:\n    image: busybox:1.36\n    command: [sh, -c, exit 3]\n")
    init = lab.start_command("init", cwd=folder).wait(120)

    assert init.code == 4, init.output
    assert "exited with code 3" in init.output
    assert "Traceback" not in init.output
    assert not (folder / "stackproof.yml").exists()
    assert lab.left() == {}
