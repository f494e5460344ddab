"""Where a service is told to find a container engine: in variables, commands and configs. Pure.

What a file tells by names and forms alone: a socket of any name that `--providers.docker.endpoint` has is the
engine's, and so is whatever listens on the numbers of Docker's API.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stackproof.stack.dollars import unescape
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.password_places import scripts
from stackproof.stack.secret_names import in_one
from stackproof.stack.service import Service
from stackproof.stack.shell_commands import commands
from stackproof.stack.texts import texts_beside

# Docker's API without TLS and with it (IANA).
API_PORTS: Final = frozenset({2375, 2376})
# Without any of these no text tells of an engine.
_HINT: Final = re.compile(
    r"unix:|tcp:|ssh:|:237[56]|sock|(?:docker|container|buildkit)_host|containerd_address|[_-]endpoint",
    re.IGNORECASE,
)
# Names of variables and options that say engine, in one notation: DOCKER_HOST, `--providers.docker.endpoint`,
# CONTAINERD_ADDRESS, `docker_host`, `--crio`.
_ENGINE: Final = re.compile(
    r"(?<![a-z])(?:docker(?:host|sock(?:et)?)?|podman|containerd|containers?|cri|cri_?o|buildkit|nerdctl|moby"
    r"|balena|lxd|incus|wud_watcher|(?:runtime|image(?:_service)?)_endpoint)(?![a-z])"
)
# What else such a name is often made of: DOCKER_REGISTRY, CONTAINER_HOSTNAME.
_ANOTHER: Final = re.compile(
    r"(?<![a-z])(?:registry|registries|mirrors?|hub|hostname|proxy|certs?|tls|config|compose|data|volumes?|logs?|login"
    r"|image_(?:name|tag)|network|build|version|bin|file)(?![a-z])"
)
# Whatever the port, an address behind one of these is an engine's.
_ADDRESSED: Final = re.compile(
    r"(?:docker|podman|buildkit|containerd|container_host)"
    r"_?(?:api_?)?(?:host|endpoint|sock(?:et)?|ur[li]|api|addr(?:ess)?)?s?$"
)
# A path alone is a socket behind these, or by its own name.
_SOCKET: Final = re.compile(
    r"sock(?:et)?s?(?![a-z])|(?<![a-z])(?:containerd_address|runtime_endpoint|image(?:_service)?_endpoint)$"
)
_HOSTS: Final = frozenset({"docker_host", "container_host", "containerd_address", "buildkit_host"})
_PREFIX: Final = re.compile(r"^-{1,2}(?:D(?=[a-z]))?")  # `-Ddocker.host` of Java
_NAMED_SOCKET: Final = re.compile(r"\.sock(?:et)?$")
# A name, and a URL or a path behind it.
_SAID: Final = re.compile(
    r"(?<![\w./-])(-{0,2}[\w.-]{1,100})[\"']?(?:\s{0,3}[=:]\s{0,3}|\s{1,3})[\"']?"
    r"((?:unix|tcp|ssh|https?):/[^\s\"',;|&]{1,300}|/[^\s\"',;:|&]{1,300})"
)
_URL: Final = re.compile(
    r"(?P<scheme>tcp|ssh|https?)://(?:[^/@\s]*@)?(?P<host>\[[^\]]*\]|[^:/?#\s]*)(?::(?P<port>\d{1,5}))?(?![\d.])"
)
_UNIX: Final = re.compile(r"unix:(?://)?(/[^?#]+)")
# Options that say where, without what; of these programs it is an engine.
_WHERE: Final = frozenset({"h", "host", "endpoint", "a", "address", "addr", "url", "r", "socket", "sock"})
_CLIENTS: Final = frozenset(
    {"docker", "docker-compose", "podman", "nerdctl", "ctr", "crictl", "buildctl", "docker-gen", "traefik",
     "nginx-proxy", "portainer", "portainer-ce", "portainer-ee", "watchtower", "diun", "netdata", "telegraf",
     "promtail", "alloy", "vector", "cadvisor", "gitlab-runner", "drone-runner-docker", "woodpecker-agent",
     "act_runner", "dozzle", "autoheal", "ofelia", "logspout", "glances", "crowdsec", "trivy", "grype",
     "dive", "falco", "swarmpit", "caddy-docker-proxy", "registrator"}
)  # fmt: skip
_PROGRAM: Final = re.compile(r"(?<![\w.-])[a-z][\w-]+(?![\w.-])")
# Programs that are an engine: what they are told is where they listen.
_ENGINES: Final = frozenset({"dockerd", "dockerd-entrypoint.sh", "buildkitd", "containerd", "crio"})
_IMAGES: Final = re.compile(r"(?:.*[:/_.-])?dind(?:[:_.-].*)?|moby/buildkit(?::.*)?|buildkit(?::.*)?")
_SERVES: Final = "podman system service"
_COMMANDS: Final = frozenset({("entrypoint",), ("command",)})


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a service finds an engine."""

    at: KeyPath
    """Where it stands: keys below the service; in a config from the top of the model."""
    what: str
    """The variable or option that says so."""
    path: str = ""
    """A socket, as the container has it; empty for an address."""
    host: str = ""
    """A name or an address, without brackets."""
    port: int = 0
    """0 where none is written."""
    scheme: str = "unix"

    def __str__(self) -> str:
        """Return it as a URL, without a user."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            f"unix://{self.path}"
            if self.path
            else f"{self.scheme}://{host}{f':{self.port}' * bool(self.port)}"
        )


def runs_engine(service: Service) -> bool:
    """Whether a service is an engine itself, by its image or by the programs that it is told to run."""
    if _IMAGES.fullmatch((service.image or "").partition("@")[0]):
        return True
    told = (words for at, words in service.command_lines.items() if at in _COMMANDS)
    ran = (each for words in told for script in scripts(words) for each in commands(script))
    return any(each.program in _ENGINES or _SERVES in " ".join(each.words) for each in ran)


def endpoints(service: Service, model: Model) -> tuple[Endpoint, ...]:
    """Return where a service is told to find an engine, each place once.

    The commands of an engine itself say where it listens, and not where another one is.
    """
    told = [(at, text) for at, text in (*_told(service), *_in_configs(service, model)) if _HINT.search(text)]
    if told and runs_engine(service):
        told = [(at, text) for at, text in told if at not in service.command_lines]
    image = service.image_name in _CLIENTS
    return tuple(dict.fromkeys(one for at, text in told for one in _of_text(at, text, known=image)))


def _told(service: Service) -> Iterator[tuple[KeyPath, str]]:
    """Yield `NAME=value` of variables, arguments and labels, and commands as one line."""
    for at in service.variables:
        if value := service.variable(at):
            yield at, f"{at[-1]}={unescape(value)}"
    for name, given in service.build_arguments.items():
        if given:
            yield ("build", "args", name), f"{name}={unescape(given)}"
    for name, label in service.labels.items():
        yield ("labels", name), f"{name}={unescape(label)}"
    for at, words in service.command_lines.items():
        yield at, unescape(" ".join(words))


def _in_configs(service: Service, model: Model) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of configs that it mounts."""
    if service.configs:
        yield from ((at, unescape(text)) for at, text in texts_beside(service, model) if at[0] == "configs")


def _of_text(at: KeyPath, text: str, *, known: bool) -> Iterator[Endpoint]:
    if not _HINT.search(text):
        return
    # In a file the name of the engine may stand lines before.
    within = at[0] == "configs" and _ENGINE.search(text.lower()) is not None
    within = within or not _CLIENTS.isdisjoint(_PROGRAM.findall(text))
    for name, value in _said(at, text):
        words = in_one(_PREFIX.sub("", name))
        says = _ENGINE.search(words) is not None and not _ANOTHER.search(words)
        says = says or (words in _WHERE and (known or within))
        if one := _endpoint(at, name, words, value, says=says):
            yield one


def _said(at: KeyPath, text: str) -> Iterator[tuple[str, str]]:
    """Yield names with the URLs and paths that stand behind them; a variable may have several."""
    if at[0] == "configs" or at[-1] in ("command", "entrypoint", "test"):
        yield from _SAID.findall(text)
        return
    name, _equals, value = text.partition("=")
    for one in re.split(r"[\s,;]+", value.strip("\"' ")):
        yield name, one
    yield from _SAID.findall(value)


def _endpoint(at: KeyPath, name: str, words: str, value: str, *, says: bool) -> Endpoint | None:
    if unix := _UNIX.fullmatch(value):
        return Endpoint(at=at, what=name, path=unix[1]) if says else None
    if value.startswith("/"):
        is_socket = words in _HOSTS or _SOCKET.search(words) or _NAMED_SOCKET.search(value)
        return Endpoint(at=at, what=name, path=value) if says and is_socket else None
    if (url := _URL.match(value)) is None or not url["host"]:
        return None
    port = int(url["port"] or 0)
    by_name = says and url["scheme"] in ("tcp", "ssh") and _ADDRESSED.search(words) is not None
    if port in API_PORTS or by_name:
        return Endpoint(
            at=at, what=name, host=url["host"].strip("[]").lower(), port=port, scheme=url["scheme"]
        )
    return None
