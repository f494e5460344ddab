"""Files of images by which somebody logs in. Pure: places and content in, words out."""

import json
import re

from stackproof.stack.image_secrets import LOOKED_UP, SECRET, of_variable

_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")


def _is_private_key(content: bytes) -> bool:
    return bool(_PRIVATE_KEY.search(content))


def _logs_in_to_npm(content: bytes) -> bool:
    found = re.findall(rb"(?m)^[^#;\n]*_(?:authToken|password|auth)\s*=\s*\"?(\S+)", content)
    return any(not LOOKED_UP.search(value.decode(errors="replace")) for value in found)


def _logs_in_to_registries(content: bytes) -> bool:
    try:
        read = json.loads(content)
    except ValueError:
        return False
    auths = read.get("auths") if isinstance(read, dict) else None
    return isinstance(auths, dict) and any(
        isinstance(one, dict) and (one.get("auth") or one.get("identitytoken")) for one in auths.values()
    )


def _has(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


# Files by their place below a home, and what in them lets somebody in.
KEYS = ("id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", "id_ed25519_sk", "id_ecdsa_sk")
_KEYS = tuple(f".ssh/{name}" for name in KEYS)
_FILES = {
    ".aws/credentials": _has(rb"^[ \t]*aws_secret_access_key\s*=\s*\S"),
    ".netrc": _has(rb"\bpassword\s+\S"),
    ".git-credentials": _has(rb"://[^\s:@]+:[^\s@]+@"),
    ".pgpass": _has(rb"^[^#\s:]+:[^:]*:[^:]*:[^:]*:\S"),
    ".pypirc": _has(rb"^[ \t]*password\s*[:=]\s*\S"),
    ".kube/config": _has(rb"^[ \t]*(?:token|client-key-data|password):\s*\S"),
}
HOME_FILES = (*_KEYS, *_FILES, ".npmrc", ".docker/config.json")
# Files in the folder of an application.
FOLDER_FILES = (".env", ".env.local", ".env.production", ".npmrc", ".netrc", "id_rsa", "config/master.key")
# What has nothing else in it, whoever wrote it.
SURE_BY_NAME = frozenset((*KEYS, ".git-credentials", ".netrc", ".pgpass", "master.key"))
_ENDS_OF_KEYS = (".key", ".pem", ".p8", ".pk8", ".ppk")
_ENV_FILE = re.compile(r"(?:.*/)?\.env(?!.*(?:example|sample|template|dist|schema))(?:[.-][\w.-]+)?")
# Keys that every container of the image would share.
HOST_KEYS = ("/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ed25519_key")


def of_file(path: str, content: bytes) -> str:
    """Return what a file holds that lets somebody in, by its place; empty for nothing."""
    below = next((name for name in _FILES if path.endswith(f"/{name}")), "")
    if below:
        return "a credential" if _FILES[below].search(content) else ""
    if path.endswith("/.npmrc"):
        return "a credential" if _logs_in_to_npm(content) else ""
    if path.endswith("/.docker/config.json"):
        return "a credential" if _logs_in_to_registries(content) else ""
    if path.endswith("/master.key"):
        return "a key" if re.fullmatch(rb"[0-9a-f]{32}\s*", content) else ""
    if _ENV_FILE.fullmatch(path):
        return _of_env_file(content.decode(errors="replace"))
    return "a private key" if _is_private_key(content) else ""


def may_be_one(path: str) -> bool:
    """Whether a file may let somebody in, by its name.

    >>> may_be_one("certs/server.key"), may_be_one(".env.production"), may_be_one(".env.example")
    (True, True, False)
    """
    name = path.rpartition("/")[2]
    known = any(f"/{path}".endswith(f"/{one}") for one in (*HOME_FILES, *FOLDER_FILES))
    return known or name in KEYS or name.endswith(_ENDS_OF_KEYS) or bool(_ENV_FILE.fullmatch(path))


_ANY_NAME = re.compile(
    "|".join(
        re.escape(name.removeprefix(".ssh/") if name.startswith(".ssh/") else name)
        for name in sorted({*HOME_FILES, *FOLDER_FILES, *_ENDS_OF_KEYS})
    )
)


def mentions_one(text: str) -> bool:
    """Whether a text may have the name of such a file in it; a quick look.

    >>> mentions_one("cat x > ~/.netrc"), mentions_one("make install")
    (True, False)
    """
    return _ANY_NAME.search(text) is not None


def _of_env_file(text: str) -> str:
    rows = [line.strip().removeprefix("export ").partition("=")[::2] for line in text.splitlines()]
    pairs = [(name.strip(), value.strip().strip("\"'")) for name, value in rows if not name.startswith("#")]
    names = [name for name, _value in pairs]
    found = [name for name, value in pairs if of_variable(name, value, names) == SECRET]
    return f"the value of {found[0]}" if found else ""
