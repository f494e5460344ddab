"""Which names say that they hold a secret, and which words look like one. Pure: text in, text out."""

import re
from functools import lru_cache

# Names, as `words_of` writes them, that say what they hold: even a plain word behind one is a secret.
_SECRET_NAME = re.compile(
    r"passw(?:or)?ds?(?![a-z])|passphrase|(?<!by)(?<!com)pass(?![a-z])|pwd(?![a-z])|secrets?(?![a-z])"
    r"|(?<!max_)tokens?(?![a-z])|_key$|(?:api|access|private|secret|auth)_?key|(?<![a-z])(?:salt|private)(?![a-z])"
    r"|credentials?(?![a-z])|(?:_|master|basic)auth$|dsn(?![a-z])"
)
# A word that nobody would say: letters and digits in turn, as in keys, tokens and digests.
_RANDOM = re.compile(
    r"(?=[A-Za-z0-9]{12})(?:(?:[A-Za-z]{1,64}+\d{1,64}+){3}|(?:\d{1,64}+[A-Za-z]{1,64}+){3})"
)


@lru_cache(maxsize=4096)  # the same names come again and again
def says_secret(name: str, pattern: re.Pattern[str] = _SECRET_NAME) -> bool:
    """Whether the name of a variable, option or key says that it holds a secret."""
    words = words_of(name)
    return bool(pattern.search(words)) and not words.endswith("_file")


def words_of(name: str) -> str:
    """Return a name of an option or a variable in one notation."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.lstrip("-"))
    return parted.replace("-", "_").lower()


def looks_random(text: str) -> bool:
    """Whether a part of a text looks like a key, a token or a digest."""
    return _RANDOM.search(text) is not None
