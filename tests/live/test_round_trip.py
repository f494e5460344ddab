"""What Compose prints, read and written back, is the same to Compose. Needs its command, and no engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from stackproof.engine.project import ComposeSettings, Project
from stackproof.stack.discovery import Source
from stackproof.stack.stack import resolve

FEATURES = Path(__file__).with_name("features")

# Zeros, special numbers, and texts that older YAML takes for something else.
HARD = r"""
services:
  a:
    image: busybox:1.36
    build:
      context: .
      platforms: [linux/amd64, linux/arm64]
      args: {A: "1_000", B: }
    ulimits: {core: 0, nofile: {soft: 0, hard: 100}, nproc: -1}
    mem_limit: 1g
    memswap_limit: -1
    mem_swappiness: 0
    oom_score_adj: 0
    cpus: 0.5
    pids_limit: -1
    shm_size: 0
    blkio_config:
      weight: 10
      device_read_bps: [{path: /dev/sda, rate: 1mb}]
      device_write_iops: [{path: /dev/sda, rate: 0}]
      weight_device: [{path: /dev/sda, weight: 400}]
    environment: {N: , T: "yes", D: "2020-01-01", O: "0o17", F: "1e3", "on": "off", C: "12:30:45", Z: "~"}
    command: ["echo", "$$HOME", "0123", " x", "x ", "\nx", "x\n", "# x", "a: b", "é\u0085", "\t", "", "null"]
    configs: [{source: c, mode: 0440}]
    volumes:
      - /data
      - v:/v
      - {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0755}}
      - {type: bind, source: ./x, target: /x, bind: {create_host_path: false, propagation: rslave}}
    healthcheck: {test: ["CMD", "true"], retries: 0, interval: 0s}
    sysctls: {net.core.somaxconn: 1024, net.ipv4.ip_forward: 0}
    ports: ["8080:80", {target: 90, host_ip: 127.0.0.1}, "127.0.0.1:7000-7002:7000-7002/udp"]
    expose: ["9091-9092", "53/udp"]
    stop_grace_period: 0s
    scale: 0
    deploy: {resources: {reservations: {memory: 10m}}, restart_policy: {max_attempts: 0}}
    logging: {driver: json-file, options: {max-file: "3"}}
    labels: {"1": "2", "true": "false", "a.b": "<<"}
configs: {c: {content: "\n\na: $$x\n  b: 1\n"}}
networks: {default: {enable_ipv6: false, driver_opts: {com.docker.network.driver.mtu: "1450"}}}
volumes: {v: {driver_opts: {type: tmpfs, device: tmpfs, o: "size=1m"}}}
x-own: {when: 2020-01-01, number: 010, floating: 1.0, "on": on, nothing: ~}
"""


def _model(folder: Path, *names: str) -> dict[str, Any]:
    return (
        Project([folder / name for name in names], settings=ComposeSettings(project_directory=folder))
        .config()
        .model
    )


def _round(folder: Path, *names: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the model, and what Compose makes of it when it is written back as a sandbox's file is."""
    model = _model(folder, *names)
    again = folder / "again.json"
    again.write_text(json.dumps(model))
    return model, _model(folder, again.name)


def test_hard_values(tmp_path: Path) -> None:
    """Nothing is lost, nothing becomes something else, and all of it is read back."""
    (tmp_path / "compose.yml").write_text(HARD)
    model, again = _round(tmp_path, "compose.yml")
    service = model["services"]["a"]

    assert again == model
    assert service["ulimits"] == {
        "core": {"soft": 0, "hard": 0}, "nofile": {"soft": 0, "hard": 100}, "nproc": -1,
    }  # fmt: skip
    assert service["memswap_limit"] == -1
    assert service["blkio_config"]["device_read_bps"] == [{"path": "/dev/sda", "rate": "1048576"}]
    assert service["environment"] == {
        "N": None, "T": "yes", "D": "2020-01-01", "O": "0o17", "F": "1e3", "on": "off", "C": "12:30:45",
        "Z": "~",
    }  # fmt: skip
    assert service["command"] == [
        "echo", "$$HOME", "0123", " x", "x ", "\nx", "x\n", "# x", "a: b", "é\u0085", "\t", "", "null",
    ]  # fmt: skip
    assert model["configs"]["c"]["content"] == "\n\na: $$x\n  b: 1\n"
    assert service["labels"] == {"1": "2", "true": "false", "a.b": "<<"}


def test_ssh_key(tmp_path: Path) -> None:
    """Compose prints a key with its path in a way that it does not read, and no JSON at all."""
    text = "services: {a: {build: {context: ., ssh: {key: ./key, default: }}, ulimits: {core: 0}}}"
    (tmp_path / "compose.yml").write_text(text)
    (tmp_path / "key").touch()
    model, again = _round(tmp_path, "compose.yml")

    for service in (model["services"]["a"], again["services"]["a"]):
        assert sorted(service["build"]["ssh"]) == ["default", f"key={tmp_path}/key"]
        assert service["ulimits"] == {"core": {"soft": 0, "hard": 0}}


@pytest.mark.parametrize("folder", sorted(FEATURES.iterdir()), ids=lambda path: path.name)
def test_features(tmp_path: Path, folder: Path) -> None:
    """The stacks of features, too, with all profiles: Compose keeps edges to services that it leaves out."""
    settings = ComposeSettings(profiles=("*",), project_directory=folder)
    model = resolve(Source.find(str(folder), tmp_path, settings)).model
    again = tmp_path / "again.json"
    again.write_text(json.dumps(model))

    assert Project([again], settings=settings).config().model == model


def test_warnings_of_compose(tmp_path: Path) -> None:
    """They come with the model."""
    text = "version: '3'\nservices:\n  web:\n    image: x:${LIVE_TEST_NOT_SET}\n"
    (tmp_path / "compose.yml").write_text(text)
    warnings = Project([tmp_path / "compose.yml"]).config().warnings

    assert warnings[0] == 'The "LIVE_TEST_NOT_SET" variable is not set. Defaulting to a blank string.'
    assert any("`version` is obsolete" in text for text in warnings)
