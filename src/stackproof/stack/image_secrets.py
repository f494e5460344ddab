"""Secrets that an image keeps in its variables and in what made it. Pure: text in, words out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stackproof.stack import tokens
from stackproof.stack.command_passwords import options
from stackproof.stack.hashes import is_hashed
from stackproof.stack.hidden import CREDENTIAL_IN_URL
from stackproof.stack.passwords import identifies, is_secret, passwords
from stackproof.stack.secret_names import says_password, says_secret
from stackproof.stack.weak import is_by_chance, is_weak

# Keys that are there to be known: they say who signed something, or what it must look like.
_PUBLIC_NAME = re.compile(
    r"(?:^|_)(?:gpg|pgp|signing|apt|rpm|apk|public|pub|repo|release|maintainer|ssh_host)_?(?:pub|public)?_?keys?$"
    r"|gpgkeys?$|_(?:sha\d+|md5|checksum|digest|fingerprint|hash|url|uri|version)$",
    re.IGNORECASE,
)
# Words that stand for a value that comes later; what everybody tries first is told apart.
_PLACEHOLDER = re.compile(
    r"(?:dummy|placeholder|none|null|nil|unset|todo|tbd|fake|stub|mock|build(?:[-_]?time)?"
    r"|(?:example|sample|demo|test)(?=[-_ ]?(?:secret|key|password|token|value))"
    r"|not[-_]?(?:set|used|needed|real)|x{3,}|\*{3,}|\.{3}|<.*>|\[.*\]|your[-_ ].*"
    r"|(?:please[-_ ]?)?(?:change|replace|set|insert)[-_ ]?(?:me|this|it)(?![a-z]).*)"
    r"(?:[-_ ]?(?:secret|key|password|token|value|only))*",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[A-Za-z]+(?:[-_ ][A-Za-z]+)*")
_SHORTEST = 3
# Inside a value they say the same: `precompile_placeholder`, SECRET_KEY_BASE_DUMMY.
_STANDS_IN = re.compile(r"(?<![a-z])(?:dummy|placeholder)(?![a-z])", re.IGNORECASE)
# What GnuPG prints of a key for everybody to compare (gpg --fingerprint), in capitals: TINI_KEY, YARN_KEY.
_FINGERPRINTS = re.compile(r"(?:(?:0x)?[0-9A-F]{40}(?:[\s,;]+|$)|0x(?:[0-9A-F]{8}){1,2}(?:[\s,;]+|$))+")
_KEY_NAME = re.compile(r"(?!.*(?:api|access|private|secret)_?keys?$).*keys?", re.IGNORECASE)
_HEADER = re.compile(r"authorization:\s*(?:bearer|basic|token)\s+([^\s'\"]{8,})", re.IGNORECASE)
# A user may be the token, and the password a word for that: GitHub's `x-oauth-basic`.
_ACCOUNT = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)")
# npm config set //registry/:_authToken WORD, aws configure set aws_secret_access_key WORD.
_SET = re.compile(r"(?:_authToken|aws_secret_access_key)[\s=]+[\"']?([^\s\"';&|]{8,})")
_ACCOUNT_OF_SYSTEM = re.compile(
    r"echo\s+(?:-\w+\s+)?[\"']?([\w.-]+):([^\s\"'$`:]+)[\"']?\s*\|\s*(?:sudo\s+)?(?:\S*/)?chpasswd\b"
)
# Of two groups the first is who logs in.
_UNLESS_LOOKED_UP = (
    (_ACCOUNT_OF_SYSTEM, "the password of an account"),
    (_ACCOUNT, "a URL with its password"),
    (_HEADER, "a header that logs in"),
    (_SET, "a credential that a program is told"),
)
LOOKED_UP = re.compile(r"[$`]|%\w+%|\{\{")

WEAK, SECRET = "a password that everybody tries first", "a secret"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a command shows."""

    words: str
    """What it is, in words."""
    kind: str = SECRET
    """SECRET or WEAK."""
    secret: str = field(repr=False)
    """The text that has it."""


def of_variable(name: str, value: str | None, names: Iterable[str]) -> str:
    """Return what a variable of an image holds, SECRET or WEAK; empty for neither.

    `names` are those beside it. Keys that are public, switches, places and placeholders are neither.

    >>> of_variable("GPG_KEY", "7169605F62C751356D054A26A821E680E5FA6305", [])
    ''
    >>> of_variable("DB_PASSWORD", "k3Y-of-ours", [])
    'a secret'
    """
    text = (value or "").strip()
    if not text or is_hashed(text) or LOOKED_UP.search(text) or _stands_in(text) or _verifies(name, text):
        return ""
    # Half of a key pair is told to whoever can pull the image.
    if any(tokens.held("" if name.lower().endswith("_id") else name, text)):
        return SECRET
    if CREDENTIAL_IN_URL.search(text):
        return WEAK if all(is_weak(password, who) for password, who in passwords("url", text)) else SECRET
    if _PUBLIC_NAME.search(name) or identifies(name, names):
        return ""
    if is_secret(name, text):
        return WEAK if is_weak(text, name.lower().split("_")) else SECRET
    inside = [one for one in passwords(name, text) if not _stands_in(one[0])]
    return "" if not inside else WEAK if all(is_weak(*one) for one in inside) else SECRET


def of_script(script: str) -> Shown | None:
    """Return what a script shows that only a few may know; None for nothing.

    Where there is none, what everybody tries first is it. What a variable of the build or a mounted file
    brings (`$TOKEN`, `$(cat /run/secrets/token)`) is nothing.
    """
    if token := next(tokens.held("", script), None):
        return Shown(words="a token or a private key", secret=token)
    weak = None
    for pattern, words in _UNLESS_LOOKED_UP:
        for found in pattern.findall(script):
            *who, secret = found if isinstance(found, tuple) else (found,)
            stands_in = _PLACEHOLDER.fullmatch(secret)
            # An account has whatever word is written there; nobody logs in anywhere with one that stands in.
            if LOOKED_UP.search("".join((*who, secret))) or (stands_in and pattern is not _ACCOUNT_OF_SYSTEM):
                continue
            if not (stands_in or is_weak(secret, who)):
                return Shown(words=words, secret=secret)
            weak = weak or Shown(words=words, kind=WEAK, secret=secret)
    return weak


def of_words(
    words: Sequence[str], program: str = "", before: Sequence[str] = (), *, builds: bool = False
) -> list[Shown]:
    """Return the passwords in the words of a command.

    `program` and `before` are as for `command_passwords.options`. What `builds` is often given any word for a
    key that nobody will use (`SECRET_KEY=collect make`).

    >>> [one.words for one in of_words(["redis-server", "--requirepass", "k3Y-of-ours"])]
    ['the value of --requirepass']
    """
    found: dict[str, Shown] = {}
    for one in options(words, program, before):
        name, text = "" if one.told else one.what.lstrip("-"), one.secret.strip()
        if _stands_in(text) or LOOKED_UP.search(text) or _is_public(name, text):
            continue
        if builds and _asks_for_any(name, text):
            continue
        weak = is_weak(text, {*one.names, *re.split(r"[\W_]+", name.lower())})
        if one.words not in found or not weak:
            found[one.words] = Shown(words=one.words, kind=WEAK if weak else SECRET, secret=text)
    return list(found.values())


def _asks_for_any(name: str, text: str) -> bool:
    """Whether a word may be there for a build alone, which checks that there is one."""
    if len(text) < _SHORTEST:
        return True
    return bool(_WORDS.fullmatch(text)) and says_secret(name) and not says_password(name)


def _stands_in(text: str) -> bool:
    if is_by_chance(text) and not text.startswith(("<", "[")):
        return False
    return bool(_PLACEHOLDER.fullmatch(text) or _STANDS_IN.search(text))


def _verifies(name: str, text: str) -> bool:
    return bool(_KEY_NAME.fullmatch(name) and _FINGERPRINTS.fullmatch(text))


def _is_public(name: str, text: str) -> bool:
    return is_public(name) or _verifies(name, text)


def is_public(name: str) -> bool:
    """Whether a name is that of a key or a sum that only verifies.

    >>> is_public("NGINX_GPGKEY"), is_public("GPG_KEYS"), is_public("API_KEY")
    (True, True, False)
    """
    return _PUBLIC_NAME.search(name) is not None
