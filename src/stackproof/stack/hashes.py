"""Which texts are hashes of passwords that nobody turns back. Pure."""

import re
from functools import cache
from typing import Final

# With a salt and much work for each guess. MD5-crypt, `apr1`, `{SSHA}` and sums without a salt are none: a
# graphics card tries millions of words a second. Each form is as its authors publish it, with the length of
# its sum, for a password may begin as a hash does.
_CRYPT, _BASE64, _HEX = "[./A-Za-z0-9]", "[A-Za-z0-9+/]", "[0-9a-f]"
_BCRYPT: Final = rf"\$2[abxy]?\$\d\d\${_CRYPT}{{53}}"
_ARGON2: Final = (
    rf"\$argon2(?:id|i|d)\$(?:v=\d{{1,3}}\$)?m=\d{{1,10}},t=\d{{1,10}},p=\d{{1,8}}"
    rf"(?:,(?:keyid|data)={_BASE64}{{1,43}}){{0,2}}\${_BASE64}{{11,64}}\${_BASE64}{{16,128}}"
)
# crypt(5): SHA-256, SHA-512, scrypt and yescrypt.
_OF_CRYPT: Final = (
    _BCRYPT,
    rf"\$5\$(?:rounds=\d{{1,9}}\$)?{_CRYPT}{{1,16}}\${_CRYPT}{{43}}",
    rf"\$6\$(?:rounds=\d{{1,9}}\$)?{_CRYPT}{{1,16}}\${_CRYPT}{{86}}",
    rf"\$7\${_CRYPT}{{11,97}}\${_CRYPT}{{43}}",
    rf"\$g?y\${_CRYPT}{{2,32}}\${_CRYPT}{{1,86}}\${_CRYPT}{{43}}",
)
# PHC strings, and how Passlib and WordPress write theirs.
_OF_PHC: Final = (
    _ARGON2,
    rf"\$scrypt\$ln=\d{{1,2}},r=\d{{1,4}},p=\d{{1,4}}\${_BASE64}{{11,64}}\${_BASE64}{{43,128}}",
    rf"\$s\d\${_HEX}{{5,6}}\${_BASE64}{{11,64}}={{0,2}}\${_BASE64}{{43,128}}={{0,2}}",
    rf"\$pbkdf2\$\d{{1,10}}\${_CRYPT}{{1,64}}\${_CRYPT}{{27}}",
    rf"\$pbkdf2-sha256\$\d{{1,10}}\${_CRYPT}{{1,64}}\${_CRYPT}{{43}}",
    rf"\$pbkdf2-sha512\$\d{{1,10}}\${_CRYPT}{{1,64}}\${_CRYPT}{{86}}",
    rf"\$pbkdf2(?:-sha\d{{1,3}})?\$i=\d{{1,10}}(?:,l=\d{{1,3}})?\${_BASE64}{{11,64}}\${_BASE64}{{16,128}}",
    rf"\$bcrypt-sha256\$(?:v=2,t=2[aby],r=\d\d?|2[aby],\d\d?)\${_CRYPT}{{22}}\${_CRYPT}{{31}}",
    (
        rf"\$balloon(?:-\w{{1,16}})?\$(?:v=\d{{1,3}}\$)?s=\d{{1,10}},t=\d{{1,10}},p=\d{{1,8}}"
        rf"\${_BASE64}{{11,64}}\${_BASE64}{{16,128}}"
    ),
    rf"\$wp{_BCRYPT}",
)
# Django, Werkzeug, Jupyter; OpenLDAP; PostgreSQL.
_OF_OTHERS: Final = (
    rf"pbkdf2_sha1\$\d{{1,10}}\$\w{{1,64}}\${_BASE64}{{27}}=",
    rf"pbkdf2_sha256\$\d{{1,10}}\$\w{{1,64}}\${_BASE64}{{43}}=",
    rf"bcrypt(?:_sha256)?\${_BCRYPT}",
    rf"argon2:?{_ARGON2}",
    rf"scrypt\$\d{{1,10}}\$\w{{1,64}}\$\d{{1,4}}\$\d{{1,4}}\${_BASE64}{{86}}==",
    rf"scrypt:\d{{1,10}}:\d{{1,4}}:\d{{1,4}}\$\w{{1,64}}\${_HEX}{{128}}",
    rf"pbkdf2:sha1:\d{{1,10}}\$\w{{1,64}}\${_HEX}{{40}}",
    rf"pbkdf2:sha256:\d{{1,10}}\$\w{{1,64}}\${_HEX}{{64}}",
    rf"pbkdf2:sha512:\d{{1,10}}\$\w{{1,64}}\${_HEX}{{128}}",
    rf"\{{PBKDF2(?:-SHA1)?\}}\d{{1,10}}\${_CRYPT}{{1,64}}\${_CRYPT}{{27}}",
    rf"\{{PBKDF2-SHA256\}}\d{{1,10}}\${_CRYPT}{{1,64}}\${_CRYPT}{{43}}",
    rf"\{{PBKDF2-SHA512\}}\d{{1,10}}\${_CRYPT}{{1,64}}\${_CRYPT}{{86}}",
    rf"SCRAM-SHA-1\$\d{{1,10}}:{_BASE64}{{4,64}}={{0,2}}\${_BASE64}{{27}}=:{_BASE64}{{27}}=",
    rf"SCRAM-SHA-256\$\d{{1,10}}:{_BASE64}{{4,64}}={{0,2}}\${_BASE64}{{43}}=:{_BASE64}{{43}}=",
    rf"SCRAM-SHA-512\$\d{{1,10}}:{_BASE64}{{4,64}}={{0,2}}\${_BASE64}{{86}}==:{_BASE64}{{86}}==",
)
# Behind a name of the scheme, as LDAP servers, Dovecot and Spring write it.
_HASH: Final = rf"(?:(?:\{{[\w.-]{{1,30}}\}})?(?:{'|'.join((*_OF_CRYPT, *_OF_PHC))})|{'|'.join(_OF_OTHERS)})"
# A user before it; behind it the ids of an account whose password is a hash, as atmoz/sftp takes them.
_MEMBER: Final = rf"[\"']?(?:[\w.@+-]{{1,64}}:)?{_HASH}(?::e(?::\d{{1,10}}){{0,2}})?[\"']?"
# Each form has one between its parts.
_BETWEEN: Final = "$"


def is_hashed(text: str) -> bool:
    """Whether a text is the hash of a password, or a list of them, with or without their users.

    It is none that one could log in with, and costs whoever reads it much work for each guess. Of a list,
    each member must be one.

    >>> is_hashed("ops:$2y$10$abcdefghijklmnopqrstuuC6UzMDM.H6dfI/f/IKcEeOabcdefghi")
    True
    >>> is_hashed("ops:$apr1$x$y"), is_hashed("$2y$10$hunter2"), is_hashed("hunter2")
    (False, False, False)
    """
    return _BETWEEN in text and _hashed().fullmatch(text.strip(" \t\r\n[],;|")) is not None


@cache
def _hashed() -> re.Pattern[str]:
    """Return what finds hashes; compiling it takes a hundredth of the time of a `lint`."""
    return re.compile(rf"{_MEMBER}(?:(?:\s*[,;|]\s*|\s+){_MEMBER})*", re.ASCII)
