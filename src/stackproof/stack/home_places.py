"""What homes hold of keys and passwords, and what beside them tells nobody anything. Pure.

Names count wherever a home is: `.ssh` is a folder of keys below /root, /home/me and /srv/backup.
"""

import re
from dataclasses import dataclass
from typing import Final

from stackproof.controls.severity import Severity


@dataclass(frozen=True)
class Known:
    """What a place is to its host, in words that follow its name."""

    why: str
    severity: Severity
    one_file: bool = False
    """Whether it lies in a folder of keys and is none itself: what a secret hands over to one service."""


# Folders of keys, each with what lies in it and holds none.
_KEYS: Final = {
    ".ssh": r"(?:known_hosts|authorized_keys|config)[^/]*(?:/.*)?|.*\.pub|rc",
    ".gnupg": r"(?:pubring\.|public-keys\.d|crls\.d)[^/]*(?:/.*)?|trustdb\.gpg|tofu\.db|[^/]*\.conf",
    ".aws": r"",
    ".azure": r"config|clouds\.config",
    ".kube": r"(?:cache|http-cache|kubens|kubectx)(?:/.*)?",
    ".oci": r"",
    ".password-store": r"",
    ".minikube": r"(?:cache|addons|logs|bin|files)(?:/.*)?|ca\.(?:crt|pem)",
    ".cloudflared": r"config\.ya?ml",
    ".config/gcloud": r"active_config|(?:configurations|logs)(?:/.*)?",
    ".config/gh": r"config\.yml",
    ".config/rclone": r"",
    ".config/sops": r"",
    ".config/op": r"",
    ".config/hcloud": r"",
    ".config/doctl": r"",
    ".local/share/keyrings": r"",
}
# Folders in which browsers and mail programs keep what their user logs in with.
_PROGRAMS: Final = (
    ".mozilla", ".thunderbird", ".config/google-chrome", ".config/chromium", ".config/BraveSoftware",
)  # fmt: skip
# Engines of a single user: one volume of theirs is some data.
_ENGINES: Final = {
    ".local/share/docker": r"volumes/[^/]+(?:/.*)?",
    ".local/share/containers": r"storage/volumes/[^/]+(?:/.*)?",
}
# Files with passwords or tokens in plain text. Beside them in the same folder lie caches, which many mount.
_FILES: Final = (
    ".netrc", ".git-credentials", ".config/git/credentials", ".npmrc", ".yarnrc.yml", ".pypirc",
    ".pip/pip.conf", ".config/pip/pip.conf", ".gem/credentials", ".cargo/credentials",
    ".cargo/credentials.toml", ".m2/settings.xml", ".m2/settings-security.xml", ".gradle/gradle.properties",
    ".composer/auth.json",
    ".config/composer/auth.json", ".config/containers/auth.json", ".config/helm/registry/config.json",
    ".config/hub", ".terraformrc", ".terraform.d/credentials.tfrc.json", ".vault-token", ".pgpass", ".my.cnf",
    ".mylogin.cnf", ".s3cfg", ".boto", ".smbcredentials", ".msmtprc", ".fetchmailrc", ".databrickscfg",
)  # fmt: skip
# Docker's own folder: registries' passwords, beside sockets, programs and settings.
_DOCKER: Final = r"(?:run|desktop|cli-plugins|buildx|bin|scout)(?:/.*)?|daemon\.json|features\.json"
_KEPT: Final[dict[str, tuple[str, Severity, re.Pattern[str]]]] = {
    **{name: ("which holds keys of a user", Severity.HIGH, re.compile(none)) for name, none in _KEYS.items()},
    **{name: ("which holds passwords of a user", Severity.HIGH, re.compile("")) for name in _PROGRAMS},
    **{
        name: ("which holds the files of a user's containers", Severity.HIGH, re.compile(none))
        for name, none in _ENGINES.items()
    },
    **{name: ("which holds passwords of a user", Severity.MEDIUM, re.compile("")) for name in _FILES},
    ".docker": ("which holds passwords of a user", Severity.MEDIUM, re.compile(_DOCKER)),
}
_NAME: Final = re.compile(
    rf"/(?P<name>{'|'.join(map(re.escape, sorted(_KEPT, key=len, reverse=True)))})(?:/(?P<rest>.+))?"
)
# Whoever writes them is that user, soon or at once.
_WRITTEN: Final = (
    (re.compile(r"/\.ssh/authorized_keys2?$"), "which says who may log in as a user"),
    (re.compile(r"/\.ssh/(?:config(?:\.d(?:/.*)?)?|rc)$"), "from which programs are run as a user"),
)
_HOMES: Final = "/home", "/Users", "/export/home", "/usr/home", "/var/services/homes"
_HOME: Final = re.compile(rf"(?:{'|'.join(_HOMES)}|/volume\d+/homes)/[^/]+|/root|/run/user/\d+")
# They hold several of these folders, and are known in a home alone: programs have a `.config` of their own.
_ABOVE: Final = re.compile(rf"(?:{_HOME.pattern})/\.(?:config|local(?:/share)?)")


def is_home(path: str) -> bool:
    """Whether a path is that of the whole home of somebody, or of what is theirs while they are logged in."""
    return _HOME.fullmatch(path) is not None


def are_homes(path: str) -> bool:
    """Whether the homes of all users are in a folder."""
    return path in _HOMES


def kept(path: str, *, read_only: bool) -> Known | None:
    """Return what holds keys and passwords of a user, wherever the home is.

    >>> [known.why if known else None for known in (kept(path, read_only=True) for path in (
    ...     "/root/.ssh", "/root/.ssh/known_hosts", "/root/.sshfs"))]
    ['which holds keys of a user', None, None]
    """
    written = () if read_only else _WRITTEN
    if why := next((why for pattern, why in written if pattern.search(path)), ""):
        return Known(why, Severity.HIGH)
    if _ABOVE.fullmatch(path):
        return Known("which holds keys of a user", Severity.HIGH)
    if (found := _NAME.search(path)) is None or found.end() != len(path):
        return None
    what, severity, without = _KEPT[found["name"]]
    rest = found["rest"] or ""
    if rest and without.fullmatch(rest):
        return None
    return Known(what, severity, one_file=bool(rest) or found["name"] in _FILES)
