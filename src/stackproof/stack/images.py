"""References to images: where they lead to. Pure."""

import re
from fnmatch import fnmatchcase

_HUB = "docker.io"


def named(reference: str) -> str:
    """Return the whole name that a reference means, without tag and digest; empty for the id of an image.

    >>> [named(text) for text in ("postgres:16.4", "acme/app", "registry.example:5000/app@sha256:00")]
    ['docker.io/library/postgres', 'docker.io/acme/app', 'registry.example:5000/app']
    """
    name = reference.partition("@")[0]
    if re.fullmatch(r"[0-9a-f]{64}", name) or name.startswith("sha256:"):
        return ""
    above, slash, last = name.rpartition("/")
    return _whole(f"{above}{slash}{last.partition(':')[0]}")


def short_name(reference: str) -> str:
    """Return the last word of a reference, without tag and digest.

    >>> short_name("registry.example:5000/acme/app:1.4@sha256:00")
    'app'
    """
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0]


def path_name(reference: str) -> str:
    """Return the last two words of a reference, without tag and digest, where its last says too little.

    >>> [path_name(text) for text in ("registry.example:5000/mssql/server:2022-latest", "redis")]
    ['mssql/server', 'redis']
    """
    path = reference.partition("@")[0].split("/")[-2:]
    return "/".join((*path[:-1], path[-1].partition(":")[0]))


def repository(reference: str) -> str:
    """Return whose image a reference names and which, whatever registry has it.

    The name alone of Docker's own and of those that have no owner.

    >>> [repository(text) for text in ("r.example:5000/hub/acme/App:1@sha256:00", "docker.io/library/redis")]
    ['acme/app', 'redis']
    """
    host, slash, rest = reference.partition("@")[0].partition("/")
    path = (rest if slash and _is_host(host) else f"{host}{slash}{rest}").lower().split("/")
    owner = [one for one in path[-2:-1] if one != "library"]
    return "/".join((*owner, path[-1].partition(":")[0]))


def words_of(reference: str) -> frozenset[str]:
    """Return what a reference says word by word: its path, and name and tag at their hyphens.

    >>> sorted(words_of("docker.io/library/php:8.3-fpm-alpine"))
    ['8.3', 'alpine', 'docker.io', 'fpm', 'library', 'php']
    """
    above, _, last = reference.partition("@")[0].rpartition("/")
    return frozenset(filter(None, (*above.split("/"), *re.split(r"[-_:]", last))))


def trusts(pattern: str, name: str) -> bool:
    """Whether a name, as `named` returns it, is of a source.

    >>> [trusts(text, "docker.io/library/nginx") for text in ("docker.io", "nginx", "docker.io/lib", "*/ng*")]
    [True, True, False, True]
    """
    whole = pattern if _is_host(pattern) or "*" in pattern.partition("/")[0] else _whole(pattern)
    return name == whole or name.startswith(f"{whole}/") or fnmatchcase(name, whole)


def _whole(name: str) -> str:
    """Add what a short name leaves out, as the engine does (distribution/reference)."""
    host, slash, rest = name.partition("/")
    if not slash or not _is_host(host):
        return f"{_HUB}/{name}" if slash else f"{_HUB}/library/{name}"
    if host == f"index.{_HUB}":
        host = _HUB
    return f"{host}/library/{rest}" if host == _HUB and "/" not in rest and rest != "*" else f"{host}/{rest}"


def _is_host(word: str) -> bool:
    return "/" not in word and ("." in word or ":" in word or word == "localhost")
