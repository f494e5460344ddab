"""Configuration that is written by the service that reads it: `:ro` would break what it does. Pure.

A program that is missing here costs a finding of low severity that says too much, one too many costs none.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from stackproof.stack.service import Service

_ALL: Final = r""
# By whole words of the image's name: of what it mounts, what its entrypoint fills in or gives away.
_AT_START: Final = {
    r"cassandra$": r"\.(?:yaml|properties)$",
    r"couchdb$": r"^/opt/couchdb/etc",
    r"neo4j$": r"^/var/lib/neo4j/conf",
    r"nifi": _ALL,
    r"logstash$": r"/logstash\.yml$",
    r"vernemq": _ALL,
    r"openldap$|phpldapadmin$": r"^/container/service",
    r"minecraft|bungeecord|mc-proxy|spigot(?:mc)?|papermc|paperspigot": _ALL,
    r"searx(?:ng)?$": _ALL,
    r"samba$": r"smb\.conf$",
    r"vsftpd$": _ALL,
    r"xwiki": _ALL,
    r"mktxp": _ALL,
    r"gitea|forgejo|gogs": r"\.ini$",
}
# By the owner of the image: s6 gives all below /config to another user, and bridges bring theirs up to date.
_OWNERS: Final = {"linuxserver": r"^/config/", "mautrix": _ALL, "jpillora": r"dnsmasq\.conf$"}
# What a web interface saves, or what the program keeps up to date.
_LATER: Final = {
    r"(?:redis|valkey)-sentinel": r"\.conf$",
    r"^(?:nginx-proxy|docker-gen)$": r"^/etc/nginx",
    r"zigbee2mqtt": _ALL,
    r"adguard(?:home)?": _ALL,
    r"authelia$": r"/(?!configuration)[^/]*\.ya?ml$",
    r"home-?assistant": r"/(?:automations|scripts|scenes|known_devices|ip_bans)\.yaml$",
    r"esphome|octoprint|klipper|moonraker|motioneye|frigate|go2rtc": _ALL,
    r"qbittorrent(?:vpn)?|sabnzbd(?:vpn)?|nzbget|deluge(?:vpn)?|transmission(?:-(?:openvpn|daemon))?$": _ALL,
    r"bazarr|tautulli|sickchill|autobrr|kometa": _ALL,
    r"pihole|pi-hole|netalertx|pialert|wg-easy|wgdashboard|freepbx|cupsd?$|cups-airprint|dashy$|baikal": _ALL,
    r"mautrix|maubot": _ALL,
    r"gitlab-runner$": r"config\.toml$",
    r"odoo$": r"\.conf$",
    r"crowdsec$": r"_api_credentials\.yaml$",
}
# Programs that make certificates, and those whose own configuration nobody writes by hand.
_MAKERS: Final = (
    r"certbot|acme\.sh|acme-companion|letsencrypt|swag$|nginx-proxy-manager|^(?:vault|openbao|bao)$|step-ca|code-server"
    r"|nginx-ui"
)
# Names that others have, too, with their owner.
_REPOSITORIES: Final = frozenset({"goacme/lego", "pymedusa/medusa", "hotio/medusa"})
_PROGRAMS: Final = tuple(
    (re.compile(rf"(?<![a-z0-9])(?:{image})(?![a-z0-9])"), re.compile(target))
    for image, target in {_MAKERS: _ALL, **_AT_START, **_LATER}.items()
)
# Whatever the image is called: Redis' sentinels and clusters, tokens, DNSSEC, and what package managers lock.
_NAMES: Final = re.compile(
    r"(?:.*sentinel[^/]*|nodes[^/]*)\.conf|rclone\.conf|(?:root|trusted-key)\.key|AdGuardHome\.yaml"
    r"|qBittorrent\.conf|sabnzbd\.ini|users_database\.yml|pnpm-lock\.yaml"
)
# nginx' own entrypoint makes these of the files in the other folder.
_NGINX_FROM: Final = PurePosixPath("/etc/nginx/templates")
_NGINX_TO: Final = "/etc/nginx/conf.d"
# Commands that write to what they name.
_WRITES: Final = re.compile(
    r">(?!&|\s*/dev/)|\b(?:tee|touch|cp|mv|ln|rm|install|chown|chmod|sed\b.*\s-[a-zA-Z]*i|openssl|mkcert|cfssl\w*|keytool"
    r"|certutil|envsubst|gomplate|confd|dockerize|htpasswd|wget|curl)\b"
)
_ROOT: Final = PurePosixPath("/")
_NEXT: Final = re.compile(r"&&|\|\||[;\n]|(?<![>&])&(?!>)")


def writes(service: Service, target: str) -> bool:
    """Whether a service writes to a file or folder of this path in its container, as far as it says so."""
    path = PurePosixPath(target)
    name = service.image_name.lower()
    owner = service.repository.rpartition("/")[0]
    if service.repository in _REPOSITORIES or _NAMES.fullmatch(path.name):
        return True
    if owner in _OWNERS and re.search(_OWNERS[owner], target):
        return True
    if any(of.search(name) and what.search(target) for of, what in _PROGRAMS):
        return True
    return _is_filled_by_nginx(service, path) or any(_names(line, path) for line in _writing(service))


def _is_filled_by_nginx(service: Service, path: PurePosixPath) -> bool:
    """Whether the folder is one into which nginx' entrypoint writes what it makes of templates."""
    targets = [PurePosixPath(mount.target) for mount in service.mounts]
    if not any(target.is_relative_to(_NGINX_FROM) for target in targets):
        return False
    return PurePosixPath(service.environment.get("NGINX_ENVSUBST_OUTPUT_DIR") or _NGINX_TO).is_relative_to(
        path
    )


def _writing(service: Service) -> Iterator[str]:
    """Yield the commands by which it is started and that write somewhere.

    And that of a sentinel, which writes the file that it is given.
    """
    whole = " ".join(word for words in service.commands.values() for word in words)
    if re.search(r"(?:^|\s|/)(?:redis|valkey)-sentinel\b|\s--sentinel\b", whole):
        yield whole
    yield from filter(_WRITES.search, _NEXT.split(whole))


def _names(line: str, path: PurePosixPath) -> bool:
    """Whether a command names a path, something below it, or the folder that it is in."""
    return any(_is_met(PurePosixPath(word), path) for word in re.findall(r"/[\w./@%+-]+", line))


def _is_met(named: PurePosixPath, path: PurePosixPath) -> bool:
    return (
        named.is_relative_to(path)
        or path.parent == named
        or (path.is_relative_to(named) and named.parent != _ROOT)
    )
