"""Programs that act outside without a word in the stack of where: tunnels, dynamic names, runners, mail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation.outside_kinds import Kind


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, by what it is known, and where it goes."""

    name: str
    words: frozenset[str]
    """Names of its image or of the command that runs it; patterns."""
    variables: tuple[str, ...] = ()
    """Names of variables that nothing else has; patterns."""
    kind: Kind = Kind.CONTROL
    hosts: tuple[str, ...] = ()
    """As far as they are known."""


def _program(name: str, words: str, variables: str = "", hosts: str = "") -> Program:
    return Program(
        name=name,
        words=kinds.words(words),
        variables=tuple(variables.split()),
        hosts=tuple(hosts.split()),
    )


_NGROK = " ".join(
    f"connect.{region}.ngrok-agent.com" for region in ["us", "eu", "ap", "au", "sa", "jp", "in"]
)
_DDNS = (
    "www.duckdns.org duckdns.org api.cloudflare.com dynupdate.no-ip.com members.dyndns.org api.dynu.com "
    "freedns.afraid.org sync.afraid.org domains.google.com update.dedyn.io dyndns.strato.com api.godaddy.com "
    "dynamicdns.park-your-domain.com api.digitalocean.com dns.hetzner.com"
)
_GITHUB = (
    "github.com api.github.com pipelines.actions.githubusercontent.com broker.actions.githubusercontent.com "
    "launch.actions.githubusercontent.com vstoken.actions.githubusercontent.com"
)
PROGRAMS = (
    _program(
        "cloudflared", "cloudflared", "TUNNEL_TOKEN",
        "region1.v2.argotunnel.com region2.v2.argotunnel.com us-region1.v2.argotunnel.com "
        "us-region2.v2.argotunnel.com h2.cftunnel.com quic.cftunnel.com api.cloudflare.com "
        "api.trycloudflare.com update.argotunnel.com",
    ),
    _program(
        "ngrok", "ngrok ngrok-*", "NGROK_AUTHTOKEN NGROK_AUTH NGROK_API_KEY",
        f"connect.ngrok-agent.com tunnel.ngrok.com api.ngrok.com {_NGROK}",
    ),
    _program(
        "tailscale", "tailscale tailscaled", "TS_AUTHKEY TAILSCALE_AUTHKEY TS_AUTH_KEY",
        "controlplane.tailscale.com login.tailscale.com log.tailscale.com log.tailscale.io",
    ),
    _program("zerotier", "zerotier* zerotier-one", "ZEROTIER_*", "my.zerotier.com api.zerotier.com"),
    _program("netbird", "netbird", "NB_SETUP_KEY", "api.netbird.io signal.netbird.io relay.netbird.io"),
    _program("localtunnel", "localtunnel lt", "", "localtunnel.me loca.lt"),
    _program("a tunnel", "frpc rathole zrok pagekite inlets bore sish newt chisel wireguard"),
    _program(
        "a dynamic DNS client",
        "duckdns ddclient inadyn ddns-updater cloudflare-ddns ddns-go noip* dyndns* *-ddns* ddns*",
        "DUCKDNS_*", _DDNS,
    ),
    _program(
        "a GitHub runner", "github-runner actions-runner github-actions-runner*",
        "RUNNER_TOKEN ACTIONS_RUNNER_*", _GITHUB,
    ),
    _program("a GitLab runner", "gitlab-runner", "CI_SERVER_TOKEN", "gitlab.com"),
    _program("Buildkite's agent", "buildkite-agent", "BUILDKITE_AGENT_TOKEN", "agent.buildkite.com"),
    _program("CircleCI's runner", "circleci-runner", "CIRCLECI_API_TOKEN", "runner.circleci.com"),
    _program("an Azure agent", "azure-pipelines-agent azp-agent", "AZP_TOKEN", "dev.azure.com"),
    _program("a CI runner", "act_runner act-runner drone-runner* woodpecker-agent forgejo-runner"),
)  # fmt: skip
_MAIL = kinds.words(
    "postfix postfix-* docker-postfix exim exim4 exim-* docker-mailserver mailserver maddy poste.io stalwart "
    "stalwart-* mail-server haraka opensmtpd smtp docker-smtp-relay smtp-relay smtp-server mailu mox"
)
_RELAYS = ("*RELAY*", "*SMARTHOST*", "*SMTP_SERVER*", "*SMTP_HOST*", "*MAILHUB*")


def running(words: frozenset[str], variables: Mapping[str, str]) -> Iterator[Program]:
    """Yield the programs that a service runs; `words` are its image's name and its commands' words."""
    for program in PROGRAMS:
        by_word = any(fnmatchcase(word, wanted) for word in words for wanted in program.words)
        if by_word or any(
            fnmatchcase(name.upper(), wanted) for name in variables for wanted in program.variables
        ):
            yield program


def mails_anybody(words: frozenset[str], variables: Mapping[str, str]) -> str:
    """Return the mail server of a service that has no relay, and delivers to the hosts of addresses."""
    relays = any(
        value and fnmatchcase(name.upper(), wanted) for name, value in variables.items() for wanted in _RELAYS
    )
    found = (word for word in sorted(words) if any(fnmatchcase(word, wanted) for wanted in _MAIL))
    return "" if relays else next(found, "")
