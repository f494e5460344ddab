"""Which names say that they hold a secret, and which words look like one. Pure: text in, text out."""

import re
from functools import lru_cache

# Names, as `words_of` writes them, that say what they hold: even a plain word behind one is a secret.
_SECRET_NAME = re.compile(
    r"passw(?:or)?ds?(?![a-z])|passphrase|(?<!by)(?<!com)pass(?![a-z])|pwd(?![a-z])|secrets?(?![a-z])"
    r"|(?<!max_)tokens?(?![a-z])|_key$|(?:api|access|private|secret|auth)_?key|(?<![a-z])(?:salt|private)(?![a-z])"
    r"|credentials?(?![a-z])|(?:_|master|basic)auth$|dsn(?![a-z])"
    # Other words for a password, also joined to what it is for: SRCDS_RCONPW, `bindpw` of OpenLDAP.
    r"|(?<![a-z])(?:admin|app|auth|bind|db|ftp|join|key|ldap|login|mail|master|mqtt|my|pg|proxy|rcon|redis|root"
    r"|server|smtp|sql|ssh|store|user|vnc|vpn|web)?pw(?![a-z])"
    r"|pswd|passwrd|passwort|passcode|(?<![a-z])(?:psw|pword)(?![a-z])|(?<![a-z])(?:tls)?psk(?![a-z])"
    # What lets a node into a cluster of Erlang, and so run anything there; not the cookies of browsers.
    r"|(?:erlang|erl|release|node|distributed|cluster|rabbitmq|couchdb|ejabberd|emqx|vernemq|livebook)_{0,2}cookie(?![a-z])"
    r"|(?<![a-z_])setcookie(?![a-z])"
    # Keys whose name is one word, or that are several.
    r"|(?:encrypt(?:ion)?|decrypt(?:ion)?|crypto?|cipher|sign(?:ing)?|master|session|hmac|jwt|jwe|aes|fernet|licen[cs]e"
    r"|account|storage|shared|application|service|deploy|webhook|unseal|recovery)(?:_keys|keys?)(?![a-z])"
    r"|key_base(?![a-z])|(?:github|gitlab|gh|azure|azp|ado|docker|dockerhub|git|ghcr|gitea|forgejo"
    r"|bitbucket|jira|gandi|airtable|databricks|snowflake|digitalocean)_pat$"
    # What opens a wallet.
    r"|mnemonic(?![a-z])|(?:seed|recovery)_?phrase(?![a-z])|(?:wallet|totp|otp|hd|bip39)_?seed(?![a-z])"
    # By which SNMP lets one in, Plex takes a server over, and others log in.
    r"|snmp\w*community(?![a-z])|(?<![a-z])(?:r[ow]|read|write)_?community(?![a-z])|(?<![a-z])plex_claim$"
    r"|(?<![a-z])(?:pepper|creds?)(?![a-z])|(?<![a-z])bearer$|(?:access|unlock|pairing)_?code$|duo_[sa]key(?![a-z])"
    r"|(?:session_string|string_session)$"
)
# Those of passwords, which people choose: any word may be one.
_PASSWORD_NAME = re.compile(r"pass|pwd|pw(?![a-z])|pswd|psw(?![a-z])|pword|salt|psk|phrase")
# A word that nobody would say: letters and digits in turn, as in keys, tokens and digests.
_RANDOM = re.compile(
    r"(?=[A-Za-z0-9]{12})(?:(?:[A-Za-z]{1,64}+\d{1,64}+){3}|(?:\d{1,64}+[A-Za-z]{1,64}+){3})"
)

# A word with letters and digits, and no version.
_CHOSEN = re.compile(
    r"(?=.{6})(?!v\d)\S*(?:[A-Za-z]\d|\d[A-Za-z])\S*|\$[\w-]+\$\S+|\{\w+\}\S+", re.IGNORECASE
)


@lru_cache(maxsize=4096)  # the same names come again and again
def says_secret(name: str, pattern: re.Pattern[str] = _SECRET_NAME) -> bool:
    """Whether the name of a variable, option or key says that it holds a secret."""
    words = words_of(name)
    return bool(pattern.search(words)) and not words.endswith("_file")


def says_password(name: str) -> bool:
    """Whether the name says that it holds a password, which people choose, and no key or token."""
    return _PASSWORD_NAME.search(words_of(name)) is not None


def words_of(name: str) -> str:
    """Return a name of an option or a variable in one notation."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.lstrip("-"))
    return parted.replace("-", "_").lower()


def in_one(name: str) -> str:
    """Return a name in one notation, with an underscore for whatever parts its words."""
    return re.sub(r"\W+", "_", words_of(name))


def behind_secret(words: str) -> str:
    """Return what stands behind the last word of a name that says secret; empty where that is the last.

    >>> behind_secret("tokens_per_minute"), behind_secret("token_secret"), behind_secret("password_2")
    ('_per_minute', '', '')
    """
    ends = [found.end() for found in _SECRET_NAME.finditer(words)]
    behind = words[ends[-1] :] if ends else ""
    return "" if re.fullmatch(r"[_\d]*", behind) else behind


def looks_chosen(text: str) -> bool:
    """Whether a text looks like a password that somebody thought of, or like the hash of one.

    >>> looks_chosen("hunter2"), looks_chosen("k3y-of-ours"), looks_chosen("$apr1$x$abc")
    (True, True, True)
    >>> looks_chosen("reader"), looks_chosen("eu-west-1"), looks_chosen("v1.2b3")
    (False, False, False)
    """
    return _CHOSEN.fullmatch(text) is not None


def looks_random(text: str) -> bool:
    """Whether a part of a text looks like a key, a token or a digest."""
    return _RANDOM.search(text) is not None
