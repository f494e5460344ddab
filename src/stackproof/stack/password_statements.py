"""Passwords in statements: for databases, for what reads a pipe, in lines that are written to files. Pure."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

_QUOTED: Final = r"N?\\?(?P<q>['\"])(?P<secret>[^'\"\\]{3,})\\?(?P=q)"
# What reads a password from a pipe.
_READS: Final = (
    r"[\w.-]{1,100}\s[^|;&]{0,300}?--(?:password|token)-stdin|gh\s+auth\s+login|sudo\s+-S|smbpasswd"
    r"|passwd\s+--stdin|passwd|(?:tiger|x11)?vncpasswd|adduser|saslpasswd2|pdbedit|kinit|chpasswd"
    r"|openssl\s+passwd\s[^|;&\n]{0,100}?-stdin|htpasswd\s+-[a-zA-Z]{0,8}i|gpg2?\s[^|;&\n]{0,300}?--passphrase-fd"
    r"|elasticsearch-keystore\s+add"
)
# Gaps have an end: from each of many beginnings a search would else go through all that follows.
_STATEMENTS: Final = (
    # SQL, CQL, Cypher, InfluxQL; MySQL and Oracle.
    (
        r"\b(?P<what>(?:create|alter)\s+(?:user|role|login)\s+[^\s;]+)"
        r"[^;]{0,300}?\bpassword\s*+=?\s*+QUOTED"
    ),
    r"\b(?P<what>identified)\s+(?:with\s+\S+\s+)?by\s+QUOTED",
    r"\b(?P<what>set\s+password)\b[^;=]{0,300}=\s*(?:password\s*\(\s*)?QUOTED",
    # MongoDB's shell.
    r"\b(?P<what>pwd)['\"\\]*\s*:\s*QUOTED",
    r"\b(?P<what>db\.auth|changeUserPassword)\(\s*\\?['\"][^'\"]*['\"]\s*,\s*QUOTED",
    # Redis and its kin, as words of redis-cli and as an option of the server.
    (
        r"(?P<what>setuser|--user)\s+\S{1,100}\s(?:[^|;&\n]{0,300}?\s)?"
        r"['\"]?(?<![<>])>(?P<secret>[^\s'\"&>]{3,})"
    ),
    # What another program reads from a pipe, a here-string or a here-document.
    (
        r"(?:echo|printf)\s+(?:-\w{1,20}\s+){0,5}+(?P<q>['\"]?)(?P<secret>[^'\"|;&\s][^'\"|;&]{2,300}+)(?P=q)"
        rf"\s*+(?:;[^|&]{{0,300}}\))?\s*+\|\s*+(?:sudo\s+)?(?:\S{{0,200}}/)?(?P<what>(?:{_READS}))(?![\w.-])"
    ),
    (
        r"(?P<what>--(?:(?:password|token)-stdin|with-token)|\b(?:chpasswd|passwd\s+--stdin|kinit))"
        r"(?:\s+[\w.@/-]{1,100}){0,3}?\s*<<<\s*(?P<q>['\"]?)(?P<secret>[^\s'\"]{3,})(?P=q)"
    ),
    r"\b(?P<what>chpasswd)(?:\s+-\S{1,20}){0,3}\s*<<-?\s*['\"]?\w{1,100}['\"]?\s*?\n\s*(?P<secret>\S{3,})",
    # What Debian's packages ask for when they are installed (debconf-set-selections(1)).
    r"\s(?P<what>[\w.+-]{1,100}/[\w./-]{0,100}pass[\w-]{0,50})\s+password\s+['\"]?(?P<secret>[^\s'\"|;&>\\]{3,})",
    # A line of ~/.netrc; crypt() of Perl, Python and PHP.
    (
        r"\b(?P<what>machine\s+\S{1,200})\s+login\s+\S{1,200}\s+password\s+"
        r"(?P<secret>[^\s'\"\\|;&>]{3,})"
    ),
    r"\b(?P<what>crypt)\(\s*QUOTED\s*,",
)
# Words without which no statement is there: most commands have none of them.
_HINT: Final = re.compile(
    r"password|identified|pwd|db\.auth|setuser|--user\s|-stdin|passwd|kinit|keystore|\bgh\s|sudo\s+-S|adduser|pdbedit"
    r"|passphrase-fd|crypt\(",
    re.IGNORECASE,
)


def stated(text: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield what tells of each password in a text, the names that go with it, and the password.

    >>> list(stated("echo 'root:hunter2' | chpasswd"))
    [('chpasswd', ('root',), 'hunter2')]
    """
    for pattern in _statements() if _HINT.search(text) else ():
        for found in pattern.finditer(text):
            what = " ".join(found["what"].split())
            whole = found["secret"].rstrip()
            user, _colon, secret = whole.partition(":") if what == "chpasswd" else ("", "", "")
            yield what, ((user,) if secret else ()), secret or whole


@cache
def _statements() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern.replace("QUOTED", _QUOTED), re.IGNORECASE) for pattern in _STATEMENTS)
