"""Which of the hosts outside a stack a sandbox may reach, and how that is said. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from ipaddress import ip_address, ip_network

from stackproof.isolation import outside_kinds as kinds
from stackproof.isolation import outside_known as known_
from stackproof.isolation.outside import Outside, acting_unnamed
from stackproof.isolation.outside_spelling import host_of, is_address, spellings
from stackproof.stack.model import Model, Service

# Words by which a program that asks certificate authorities is known.
_ACME_WORDS = kinds.words(
    "caddy traefik certbot acme lego letsencrypt lets-encrypt zerossl nginx-proxy swag cert-manager "
    "dehydrated getssl pangolin autocert certmagic"
)
_WEB_PORTS = frozenset({"80", "443"})
# Web servers and programs that ask no authority unless their files say so with one of those words.
_NO_CLIENTS = kinds.words(
    "nginx httpd apache haproxy wordpress php phpmyadmin node python redis adminer grafana prometheus tomcat "
    "ghost nextcloud drupal joomla varnish squid busybox alpine debian ubuntu postgres mysql mariadb "
    "rabbitmq jenkins gitea whoami"
)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a sandbox reaches of what its stack names."""

    found: tuple[Outside, ...] = ()
    allowed: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    """Certificate authorities that are cut in it, whether somebody names them or not."""
    offline: bool = False
    unnamed: tuple[str, ...] = ()
    """What acts outside on hosts that nobody can name, in words."""

    @cached_property
    def cut(self) -> tuple[Outside, ...]:
        """What nobody answers, each host whole: another port of it is the same machine."""
        hosts = self._cut_hosts
        return tuple(one for one in self.found if one.host in hosts)

    @cached_property
    def _cut_hosts(self) -> frozenset[str]:
        """Hosts that are cut by what names them, and what is the same as one of those."""
        wanted = [one for one in self.found if one.kind.cut and not opens(self.allowed, one.host)]
        hosts = {one.host for one in wanted if not one.behind}
        for _one in wanted:  # an address behind a name, a name behind that address
            hosts |= {one.host for one in wanted if one.behind in hosts}
        return frozenset(hosts)

    @cached_property
    def opened(self) -> tuple[Outside, ...]:
        """What would be cut, had nobody opened it."""
        return tuple(one for one in self.found if one.kind.cut and one.host not in self._cut_hosts)

    @cached_property
    def open(self) -> tuple[Outside, ...]:
        """What stays reachable because nothing is done there in anybody's name."""
        known = {one.host for one in (*self.cut, *self.opened)}
        return tuple(one for one in self.found if one.host not in known)

    @property
    def unused(self) -> tuple[str, ...]:
        """What was opened and is named nowhere."""
        hosts = {*self.authorities, *known_.AUTHORITIES, *(one.host for one in self.found)}
        return tuple(text for text in self.allowed if not any(opens((text,), host) for host in hosts))

    @cached_property
    def names(self) -> frozenset[str]:
        """Names that nobody answers."""
        named = (spellings(one.host) for one in self.cut if not is_address(one.host))
        return frozenset(self.authorities).union(*named)

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Addresses that are not reached."""
        return frozenset(one.host for one in self.cut if is_address(one.host))

    @property
    def named_addresses(self) -> frozenset[str]:
        """Addresses outside that the stack names, opened or not."""
        return frozenset(one.host for one in self.found if is_address(one.host))

    @cached_property
    def without_dns(self) -> frozenset[str]:
        """Services that look for hosts by SRV records, which no alias can answer."""
        return frozenset(one.service for one in self.cut if one.srv)

    def hint(self, service: str) -> str:
        """Say what is cut that a service names, which may be why it fails; empty when nothing is."""
        mine = [one for one in self.cut if one.service == service and one.kind.cut and not one.doubtful]
        places: dict[str, list[str]] = {}
        for one in mine:
            places.setdefault(one.host, []).append(one.where.removeprefix("environment "))
        said = [f"{host} ({', '.join(dict.fromkeys(several))})" for host, several in places.items()]
        if not said or self.offline:
            return ""
        return f"  cut here: {', '.join(said)}\n  fix: --allow-outside {next(iter(places))}, if this is why"


def decide(
    model: Model, found: Iterable[Outside], allowed: Iterable[str], *, offline: bool = False
) -> Decision:
    """Say what is cut of what was found."""
    found = tuple(found)
    allowed = tuple(dict.fromkeys(allowed))
    sinks = bool(Decision(found=found, allowed=allowed).cut)
    clients = sinks or may_ask_authorities(model)
    authorities = tuple(host for host in known_.AUTHORITIES if clients and not opens(allowed, host))
    return Decision(
        found=found,
        allowed=allowed,
        authorities=authorities,
        offline=offline,
        unnamed=tuple(acting_unnamed(model)),
    )


def opens(allowed: Iterable[str], host: str) -> bool:
    """Whether a host is opened: by its name, a pattern such as `*.example.com`, its address or a network."""
    for text in allowed:
        wanted = host_of(text) or text.strip().lower()
        if any(fnmatchcase(name, one) for name in spellings(host) for one in spellings(wanted)):
            return True
        if is_address(host) and "/" in wanted:
            try:
                net = ip_network(wanted, strict=False)
            except ValueError:
                continue
            address = ip_address(host)
            if address.version == net.version and address in net:
                return True
    return False


# `10.0.0.1-5` would be the name of nobody.
_RANGE = re.compile(r"[\d.]+-[\d.]+")


def mistake(text: str) -> str:
    """Say what is wrong with a host that shall be opened; empty when nothing is."""
    bare = text.strip()
    try:
        ip_network(bare, strict=False)
    except ValueError:
        pass
    else:
        return ""
    if host_of(bare.replace("*", "x")) is not None and not _RANGE.fullmatch(bare):
        return ""
    return f"{text!r} is no host: give a name, a pattern such as *.example.com, an address or a network"


def may_ask_authorities(model: Model) -> bool:
    """Whether a service may ask a certificate authority for the author's names.

    It says so itself with a word in its image, command, variables or labels, or it has a port of the web
    published and is no program that is known for asking none.
    """
    return any(map(_asks_authorities, model.services.values()))


def is_acme_client(service: Service) -> bool:
    """Whether a service says itself that it asks certificate authorities."""
    keys = ("image", "command", "entrypoint", "environment", "labels", "volumes", "configs")
    text = repr([service.raw.get(key) for key in keys]).lower()
    return any(word in text for word in _ACME_WORDS)


def _asks_authorities(service: Service) -> bool:
    if is_acme_client(service):
        return True
    image = str(service.raw.get("image") or "").partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    if image.partition("-")[0] in _NO_CLIENTS:
        return False
    return any(_WEB_PORTS & {str(port.target), str(port.published or "")} for port in service.ports)


# -- in words ------------------------------------------------------------------------------------------


def lines(decision: Decision) -> list[str]:
    """One line for each host, before anything starts."""
    if decision.offline:
        words = {
            "cut": "offline: not reached",
            "opened": "offline: not reached",
            "open": "offline: not reached",
        }
    else:
        words = {"cut": "cut", "opened": "OPEN, as you allowed", "open": "open"}
    found = []
    for said, several in ((words[key], getattr(decision, key)) for key in ("cut", "opened", "open")):
        found += [f"outside: {host} ({kind}): {said}; {places}" for host, kind, places in _by_host(several)]
    return found + _unnamed(decision)


def _unnamed(decision: Decision) -> list[str]:
    words = "that cannot be cut by name\n  fix: --offline cuts everything off"
    return [] if decision.offline else [f"outside: {said}: {words}" for said in decision.unnamed]


def _by_host(several: Iterable[Outside]) -> Iterator[tuple[str, str, str]]:
    by_host: dict[str, list[Outside]] = {}
    for one in several:
        if not one.doubtful:
            by_host.setdefault(one.host, []).append(one)
    for host, ones in sorted(by_host.items()):
        kind = next((one.kind for one in ones if one.kind.cut), ones[0].kind)
        yield host, kind, ", ".join(dict.fromkeys(f"{one.service}'s {one.where}" for one in ones))


_OFFLINE = (
    "offline: networks of the sandbox have no way out, and the engine publishes no port there; what would be "
    "published was asked at the containers' own addresses"
)


def notes(decision: Decision) -> list[str]:
    """What a report says: what was cut, what was open, and what was opened for nothing."""
    if decision.offline:
        return [
            _OFFLINE,
            *(
                f"outside: {host} ({kind}) was out of reach; {places}"
                for host, kind, places in _by_host(decision.found)
            ),
        ]
    found = [
        f"outside: {_subject(one)} names {one.host} ({one.kind}): answered by nobody"
        for one in _shown(decision.cut)
    ]
    found += [
        f"outside: {_subject(one)} names {one.host} ({one.kind}): open, as --allow-outside or the "
        f"contract says"
        for one in _shown(decision.opened)
    ]
    found += [
        f"outside: {host} ({kind}) was open; {places}" for host, kind, places in _by_host(decision.open)
    ]
    if decision.authorities:
        found.append("outside: certificate authorities (Let's Encrypt and others) were answered by nobody")
    if decision.without_dns:
        names = ", ".join(sorted(decision.without_dns))
        found.append(
            f"outside: no name of the outside could be resolved, because SRV records lead past a cut: {names}"
        )
    found += _past_proxies(decision)
    found += _unnamed(decision)
    found += [f"outside: {text} is opened and named nowhere; fix: take it out" for text in decision.unused]
    return found


def _past_proxies(decision: Decision) -> list[str]:
    proxies = {f"{one.service}'s {one.where}" for one in decision.open if "proxy" in one.where.lower()}
    said = f"outside: what goes through a proxy is not cut: {', '.join(sorted(proxies))}"
    return [said] if proxies else []


def _shown(several: Iterable[Outside]) -> list[Outside]:
    by_place = {
        (one.service, one.where, one.host): replace(one, port=None)
        for one in several
        if one.kind.cut and not one.doubtful
    }
    return list(by_place.values())


def _subject(one: Outside) -> str:
    return f"{one.service}'s {one.where.removeprefix('environment ')}"
