"""Hashes of passwords, and what only looks like one."""

import pytest

from stackproof.stack.command_passwords import options
from stackproof.stack.hashes import is_hashed


def of(length: int) -> str:
    """Return that many letters, which all alphabets of hashes have."""
    return ("aB3dE5gH" * 20)[:length]


BCRYPT = f"$2y$05${of(53)}"
ARGON2 = f"$argon2id$v=19$m=65540,t=3,p=4${of(22)}${of(43)}"
# After crypt(5), the PHC string format, and the manuals of Passlib, Django, Werkzeug, Jupyter, OpenLDAP,
# Dovecot, Spring and PostgreSQL.
HASHES = (
    BCRYPT,
    f"$2b$12$abcdefghijklmnopqrstuu{of(20)}./{of(9)}",
    f"$2a$10${of(53)}",
    f"$5${of(16)}${of(43)}",
    f"$5$rounds=5000${of(8)}${of(43)}",
    f"$6${of(1)}${of(86)}",
    f"$6$rounds=656000${of(16)}${of(86)}",
    f"$7$CU..../....{of(22)}${of(43)}",
    f"$y$j9T${of(22)}${of(43)}",
    f"$gy$j9T${of(22)}${of(43)}",
    ARGON2,
    f"$argon2i$m=4096,t=3,p=1${of(11)}${of(43)}",
    f"$argon2d$v=19$m=4096,t=3,p=1,keyid={of(4)},data={of(8)}${of(22)}${of(43)}",
    f"$scrypt$ln=16,r=8,p=1${of(22)}${of(43)}",
    f"$s0$e0801${of(22)}==${of(43)}=",
    f"$pbkdf2$131000${of(22)}${of(27)}",
    f"$pbkdf2-sha256$29000${of(22)}${of(43)}",
    f"$pbkdf2-sha512$310000${of(22)}${of(86)}",
    f"$pbkdf2-sha256$i=600000,l=32${of(22)}${of(43)}",
    f"$bcrypt-sha256$v=2,t=2b,r=12${of(22)}${of(31)}",
    f"$bcrypt-sha256$2a,12${of(22)}${of(31)}",
    f"$balloon-sha256$v=1$s=1024,t=3,p=4${of(22)}${of(43)}",
    f"$wp$2y$10${of(53)}",
    f"pbkdf2_sha1$600000${of(22)}${of(27)}=",
    f"pbkdf2_sha256$600000${of(22)}${of(43)}=",
    f"bcrypt$$2b$12${of(53)}",
    f"bcrypt_sha256$$2b$12${of(53)}",
    f"argon2{ARGON2}",
    f"argon2:{ARGON2}",
    f"scrypt$16384${of(22)}$8$5${of(86)}==",
    f"scrypt:32768:8:1${of(16)}${'0a' * 64}",
    f"pbkdf2:sha1:1000${of(8)}${'0a' * 20}",
    f"pbkdf2:sha256:600000${of(16)}${'0a' * 32}",
    f"pbkdf2:sha512:600000${of(16)}${'0a' * 64}",
    f"{{PBKDF2}}10000${of(22)}${of(27)}",
    f"{{PBKDF2-SHA256}}10000${of(22)}${of(43)}",
    f"{{PBKDF2-SHA512}}10000${of(22)}${of(86)}",
    f"{{CRYPT}}$6${of(8)}${of(86)}",
    f"{{SHA512-CRYPT}}$6${of(8)}${of(86)}",
    f"{{BLF-CRYPT}}{BCRYPT}",
    f"{{bcrypt}}{BCRYPT}",
    f"{{ARGON2}}{ARGON2}",
    f"SCRAM-SHA-1$4096:{of(22)}==${of(27)}=:{of(27)}=",
    f"SCRAM-SHA-256$4096:{of(22)}==${of(43)}=:{of(43)}=",
    f"SCRAM-SHA-512$4096:{of(22)}==${of(86)}==:{of(86)}==",
)


@pytest.mark.parametrize("text", HASHES)
def test_hashes_that_nobody_turns_back(text: str) -> None:
    """Alone, in quotes, with a user; behind an option, too."""
    for written in (text, f"'{text}'", f'"{text}"', f" {text}\n", f"ops:{text}", f"ops@example.com:{text}"):
        assert is_hashed(written), written
    assert list(options(["usermod", "--password", text])) == []


@pytest.mark.parametrize("text", HASHES)
@pytest.mark.parametrize("between", [",", ", ", ";", "|", " ", "\n", "\r\n"])
def test_a_list_is_hashed_if_every_member_is(text: str, between: str) -> None:
    """A password beside a hash lets its user in."""
    assert is_hashed(f"ops:{text}{between}dev:{BCRYPT}")
    assert is_hashed(f"{BCRYPT}{between}{text}{between}")
    assert not is_hashed(f"ops:{text}{between}dev:hunter2")
    assert not is_hashed(f"dev:hunter2{between}ops:{text}")
    assert not is_hashed(f"{text}{between}hunter2secret")


@pytest.mark.parametrize("text", HASHES)
def test_a_hash_with_something_behind_it(text: str) -> None:
    """Or one that is cut, or is longer than its scheme makes it: a password that only looks like it."""
    for more in (":hunter2", ",hunter2", "$hunter2", "!", ":", "-hunter2", ":e:hunter2"):
        assert not is_hashed(f"{text}{more}"), more
        assert not is_hashed(f"ops:{text}{more}"), more
    assert not is_hashed(text[:-30])
    assert not is_hashed(f"{text}{of(128)}")
    assert not is_hashed(f"hunter2${text}")


@pytest.mark.parametrize(
    "text",
    [
        "$2y$05$abc,hunter2secret",
        "ops:$2y$10$hash;dev:hunter2",
        "ops:$2y$10$hash|dev:hunter2",
        "ops:$2y$10$hash,dev:hunter2",
        "ops:$2y$10$hash:hunter2",
        "bcrypt$hunter2",
        "bcrypt$$hunter2secret",
        "argon2$hunter2",
        "argon2:hunter2",
        "scrypt:1hunter2",
        "scrypt$1$hunter2",
        "pbkdf2:sha256:1$hunter2",
        "pbkdf2_sha256$1$hunter2",
        "$5$hunter2",
        "$6$salt$hunter2",
        "$7$hunter2",
        "$y$hunter2",
        "$argon2id$hunter2",
        "$argon2id$v=19$m=65540,t=3,p=4$salt$hunter2",
        "$scrypt$hunter2",
        "$pbkdf2-sha256$hunter2",
        "{CRYPT}hunter2",
        "SCRAM-SHA-256$4096:hunter2",
        f"$2y$5${of(53)}",
        f"$2y$05${of(52)}-",
        f"$6$rounds=${of(86)}",
        "hunter2",
        f"$1${of(8)}${of(22)}",
        f"ops:$apr1${of(8)}${of(22)}",
        "{SHA}hash",
        "{SSHA}hash",
        "md5d41d8cd98f00b204e9800998ecf8427e",
        "sha1:salt:hash",
        "$ecret$word",
        "",
        " ,;",
    ],
)
def test_no_such_hash(text: str) -> None:
    """Guessed quickly, or none at all."""
    assert not is_hashed(text)


def test_an_account_of_a_file_server() -> None:
    """It has ids behind the hash, and a sign that it is one."""
    assert is_hashed(f"ops:$6${of(8)}${of(86)}:e:1001:100")
    assert not is_hashed(f"ops:$6${of(8)}${of(86)}:1001")
