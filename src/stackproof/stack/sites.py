"""The names of a stack's web sites, as its services tell a reverse proxy. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stackproof.stack.model import Model
from stackproof.stack.service import Service

# Traefik's rules: since version 2 in backticks or quotes, of version 1 behind a colon. HostRegexp names none.
_RULE = re.compile(r"\b(?:Host|HostHeader|HostSNI)\(([^)]*)\)")
_QUOTED = re.compile(r"[`\"']([^`\"']+)[`\"']")
_OLD_RULE = re.compile(r"(?:^|;)\s*Host:([^;]*)")
# caddy-docker-proxy: the addresses of a site, `caddy`, `caddy_1` and so on.
_CADDY = re.compile(r"caddy(?:_\d+)?")
# nginx-proxy and acme-companion.
_VARIABLES = ("VIRTUAL_HOST", "LETSENCRYPT_HOST")
_NAME = re.compile(
    r"(?:\w+://)?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*)(?::\d+)?(?:/.*)?", re.IGNORECASE
)
_SEPARATORS = re.compile(r"[\s,]+")


def sites(model: Model) -> tuple[str, ...]:
    """Return the names of sites in lower case, each once: what labels and variables say, without patterns."""
    found = (name for service in model.services.values() for name in _of(service))
    return tuple(sorted(dict.fromkeys(found)))


def _of(service: Service) -> Iterator[str]:
    for text in _said(service):
        for word in _SEPARATORS.split(text.strip()):
            if name := _NAME.fullmatch(word):
                yield name[1].lower()


def _said(service: Service) -> Iterator[str]:
    deployed = (service.raw.get("deploy") or {}).get("labels") or {}
    labels: Mapping[str, Any] = {**service.labels, **deployed}
    for label, value in labels.items():
        text = str(value)
        for rule in _RULE.findall(text):
            yield from _QUOTED.findall(rule)
        if label.endswith(".frontend.rule"):
            yield from _OLD_RULE.findall(text)
        if _CADDY.fullmatch(label):
            yield text
    for variable in _VARIABLES:
        yield service.environment.get(variable) or ""
