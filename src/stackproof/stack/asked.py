"""Where a health check asks: the addresses that stand in its text."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")
_URL = re.compile(
    r"\b(https?)://(?:[^\s/@'\"]+@)?(\[[0-9a-fA-F:]+\]|[\w.-]++)(?::([0-9]{1,5}))?(?!:?[0-9])(/[^\s'\"|;)<>`]*)?"
)
_DEV_TCP = re.compile(r"/dev/tcp/([\w.:-]+)/([0-9]{1,5})\b")
_NC = re.compile(r"\b(?:nc|ncat|netcat)\s+(?:-\S+\s+(?:\d+\s+)?)*([\w.:-]+)\s+([0-9]{1,5})\b")
_DEFAULT = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One address that a check asks; `scheme` is empty where only a port is asked."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    def __str__(self) -> str:
        """Return it as it is written."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}" if self.scheme else f"{host}:{self.port}"


def asked(texts: Iterable[str], variables: Mapping[str, str]) -> list[Asked]:
    """Return where the text of a check asks, with the variables of its container filled in.

    >>> [str(one) for one in asked(["curl http://localhost:$PORT/live || nc -z db 5432"], {"PORT": "80"})]
    ['http://localhost:80/live', 'db:5432']
    """
    text = _VARIABLE.sub(lambda found: _value(found, variables), "\n".join(texts))
    return list(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[Asked]:
    for scheme, host, port, path in _URL.findall(text):
        number = int(port or _DEFAULT[scheme])
        yield Asked(scheme=scheme, host=host.strip("[]"), port=number, path=path or "/")
    for host, port in (*_DEV_TCP.findall(text), *_NC.findall(text)):
        yield Asked(scheme="", host=host, port=int(port))


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    return variables.get(found[1] or found[3]) or found[2] or found[0]
