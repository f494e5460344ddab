"""What a stack's own files name outside it, and what its images bring along."""

from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.engine.engine import Engine
from stackproof.sandbox import outsides
from stackproof.sandbox.container import OfflineContainer
from stackproof.settings import Settings
from stackproof.stack.stack import Stack


def with_files(make_stack: MakeStack, **top: Any) -> Stack:  # noqa: ANN401 - keys of a model
    """Return a stack whose service has a secret, a config and two mounts."""
    service = {
        "secrets": [{"source": "s"}],
        "configs": [{"source": "c"}],
        "volumes": [
            {"type": "bind", "source": "SOURCE/app.env", "target": "/a"},
            {"type": "bind", "source": "SOURCE", "target": "/b"},
            {"type": "volume", "source": "v", "target": "/v"},
        ],
    }
    stack = make_stack({"worker": service})
    folder = stack.source.directory
    for mount in service["volumes"]:
        mount["source"] = str(mount["source"]).replace("SOURCE", str(folder))
    (folder / "app.env").write_text("REDIS_HOST=mounted.example.com\n")
    (folder / "s.txt").write_text("redis://secret.example.com\n")
    stack.model.raw.update(top)  # type: ignore[attr-defined] # a plain dict
    return stack


def places(stack: Stack) -> dict[str, str]:
    """Where each host that is cut is named."""
    return {one.host: one.where for one in outsides.decision(stack, Settings()).cut}


def test_files(make_stack: MakeStack) -> None:
    """Secrets and configs from wherever they come, and a file that is mounted alone."""
    stack = with_files(
        make_stack,
        secrets={"s": {"file": "s.txt"}},
        configs={"c": {"content": "url: redis://inline.example.com/$$x"}},
    )

    assert places(stack) == {
        "secret.example.com": "secret s (./s.txt)",
        "inline.example.com": "config c (inline)",
        "mounted.example.com": "file ./app.env",
    }


FILES = (".env", ".env.production", "api/.env", "appsettings.Production.json", "application-prod.yml",
         "config/database.yml", "site/wp-config.php")  # fmt: skip
NOT_READ = (".env.example", "main.py", "README.md", "a/b/c/.env", "src/app.js")


@pytest.mark.parametrize("name", [*FILES, *NOT_READ])
def test_settings_in_a_mounted_folder(make_stack: MakeStack, name: str) -> None:
    """They are read as if they were mounted alone; code, examples and what lies deeper are not."""
    stack = with_files(make_stack)
    path = stack.source.directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"redis": {"host": "redis://folder.example.com"}}\n')

    assert ("folder.example.com" in places(stack)) is (name in FILES)


def test_large_folder(make_stack: MakeStack) -> None:
    """Not all of it is looked at."""
    stack = with_files(make_stack)
    for number in range(100):
        (stack.source.directory / f".env.{number:03}").write_text(f"A=redis://h{number}.example.com\n")

    assert 30 < len(places(stack)) < 50


def test_secret_of_a_variable(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell's, else that of the `.env` file."""
    stack = with_files(make_stack, secrets={"s": {"environment": "URL"}})
    del stack.services["worker"].raw["volumes"]  # type: ignore[attr-defined] # a plain dict
    (stack.source.directory / ".env").write_text("URL=redis://dotenv.example.com\n")

    assert places(stack)["dotenv.example.com"] == "secret s (variable URL)"
    monkeypatch.setenv("URL", "redis://shell.example.com")
    assert "shell.example.com" in places(stack)
    assert "dotenv.example.com" not in places(stack)


def test_binary_and_missing_files(make_stack: MakeStack) -> None:
    """Nothing is read into them."""
    stack = with_files(make_stack, secrets={"s": {"file": "none"}}, configs={"c": {"external": True}})
    (stack.source.directory / "app.env").write_bytes(b"\0redis://binary.example.com")

    assert places(stack) == {}


def test_contract_opens(make_stack: MakeStack) -> None:
    """As the command line does."""
    services = {"worker": {"environment": {"A": "redis://a.example.com", "B": "redis://b.example.com"}}}
    stack = make_stack(services, "outside: [a.example.com]\n")

    assert places(stack) == {"b.example.com": "environment B"}
    assert outsides.decision(stack, Settings(allow_outside=("b.*",))).cut == ()


IMAGE = {
    "Env": ["PATH=/bin", "REDIS_URL=redis://baked.example.com", "B=redis://b.example.com", "PHP_URL=https://php.example.com/x"],
    "Cmd": ["redis-cli", "-h", "cmd.example.com"],
}  # fmt: skip


def test_images_bring_hosts_along(make_stack: MakeStack) -> None:
    """Their variables and command count as far as the compose file does not replace them."""
    stack = make_stack({"worker": {"environment": {"B": "redis://worker"}}})

    found = outsides.decision(stack, Settings(), {"worker": IMAGE})

    assert {one.host: one.where for one in found.cut} == {
        "baked.example.com": "image's REDIS_URL",
        "cmd.example.com": "image's command",
    }
    assert found.open == ()


def test_command_of_an_image_that_is_replaced(make_stack: MakeStack) -> None:
    """It is never run."""
    stack = make_stack({"worker": {"command": ["true"]}})

    assert "cmd.example.com" not in {
        one.host for one in outsides.decision(stack, Settings(), {"worker": IMAGE}).found
    }


# -- offline -------------------------------------------------------------------------------------------


def test_published_offline(make_container: MakeContainer) -> None:
    """At the container's own address, what the engine would publish and nothing else."""
    made = make_container(
        HostConfig={"RestartPolicy": {"Name": "no"}, "PortBindings": {"80/tcp": [{"HostPort": ""}]}},
        NetworkSettings={"Ports": {}, "Networks": {"n": {"IPAddress": "172.22.0.4"}}},
    )
    container = OfflineContainer(made.data)

    assert container.offline
    assert container.published(80) == ("172.22.0.4", 80)
    assert container.published(80, "udp") is None
    assert container.published(81) is None
    assert made.published(80) is None


def test_published_offline_by_one_that_has_ended(make_container: MakeContainer) -> None:
    """It has no address."""
    made = make_container(HostConfig={"PortBindings": {"80/tcp": [{}]}, "RestartPolicy": {"Name": "no"}})

    assert OfflineContainer(made.data).published(80) is None


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"OperatingSystem": "Debian GNU/Linux 12", "SecurityOptions": ["name=seccomp"]}, ""),
        ({"OperatingSystem": "Docker Desktop"}, "is in a virtual machine (Docker Desktop)"),
        ({"SecurityOptions": ["name=rootless", "name=cgroupns"]}, "is rootless"),
        ({}, ""),
    ],
)
def test_engine_that_hides_networks(info: dict[str, Any], why: str) -> None:
    """Its containers' own addresses cannot be reached from here."""
    assert Engine(version={}, info=info, compose="2").hides_networks == why


def test_changed_file(make_stack: MakeStack) -> None:
    """A decision is made of what stands there now."""
    stack = with_files(make_stack, secrets={"s": {"file": "s.txt"}})
    assert "secret.example.com" in places(stack)

    (stack.source.directory / "s.txt").write_text("redis://other.example.com")

    assert "other.example.com" in places(stack)
