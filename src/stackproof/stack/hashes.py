"""Which texts are hashes of passwords that nobody turns back. Pure."""

import re
from typing import Final

# With a salt and much work for each guess: modular crypt and PHC strings (Argon2, bcrypt, scrypt, PBKDF2,
# yescrypt, SHA-crypt, BALLOON), and how Django, Werkzeug, LDAP servers, Jupyter and PostgreSQL write them.
# MD5-crypt, `apr1`, `{SSHA}` and sums without a salt are none: a graphics card tries millions of words a
# second.
_HASH: Final = (
    r"(?:\{[\w-]+\}|argon2:)?"
    r"(?:\$(?:argon2(?:id|i|d)|2[abxy]|[567]|y|gy|scrypt|s\d|pbkdf2(?:-sha\d+)?|bcrypt-sha256|balloon-\w+)\$\S+"
    r"|pbkdf2[_:]\w+[$:]\d+\$\S+|argon2\$\S+|bcrypt(?:_sha256)?\$\$?2?\S+|scrypt[$:]\d+\S+"
    r"|SCRAM-SHA-(?:1|256|512)\$\d+:\S+)"
)
_HASHED: Final = re.compile(rf"(?:[\w.@-]+:)?{_HASH}(?::\S*)?", re.IGNORECASE)
# Between the users of a list; the parameters of Argon2 have commas as well, and no colon.
_NEXT: Final = re.compile(r"\s+|,(?=[\w.@-]+:)")


def is_hashed(text: str) -> bool:
    """Whether a text is the hash of a password, or a list of users with theirs.

    It is none that one could log in with, and costs whoever reads it much work for each guess.

    >>> is_hashed("ops:$2y$10$C6UzMDM.H6dfI/f/IKcEeO"), is_hashed("ops:$apr1$x$y"), is_hashed("hunter2")
    (True, False, False)
    """
    items = _NEXT.split(text.strip().strip("\"'"))
    return all(_HASHED.fullmatch(item) for item in items)
