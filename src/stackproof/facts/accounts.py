"""Accounts of an image or a container, from its files in /etc. Pure: text in, values out.

Formats: passwd(5), shadow(5), group(5).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

_NO_LOGIN = frozenset({"nologin", "false", "sync", "shutdown", "halt"})
_COLUMNS_OF_PASSWD = 7


@dataclass(frozen=True, kw_only=True)
class Account:
    """One line of a passwd file."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    open: bool
    """Whether its password is empty here; `x` means that the shadow file has it."""

    @property
    def logs_in(self) -> bool:
        """Whether its shell lets it in; none is /bin/sh."""
        return PurePosixPath(self.shell or "/bin/sh").name not in _NO_LOGIN


def accounts(passwd: str) -> list[Account]:
    """Return the accounts of a passwd file; what is no account, such as `+::::::` of NIS, is left out."""
    found: list[Account] = []
    for row in _rows(passwd):
        fields = [*row, *[""] * _COLUMNS_OF_PASSWD][:_COLUMNS_OF_PASSWD]
        name, password, uid, gid, _full, home, shell = fields
        if uid.isdigit() and gid.isdigit():
            account = Account(
                name=name,
                uid=int(uid),
                gid=int(gid),
                home=home,
                shell=shell,
                open=len(row) > 1 and not password,
            )
            found.append(account)
    return found


def without_password(shadow: str) -> list[str]:
    """Return the names in a shadow file behind which nothing stands: not even `*` or `!`, which lock."""
    return [row[0] for row in _rows(shadow) if len(row) > 1 and not row[1]]


def groups(group: str) -> list[tuple[str, int]]:
    """Return names and numbers of a group file."""
    return [(row[0], int(row[2])) for row in _rows(group) if len(row) > 2 and row[2].isdigit()]  # noqa: PLR2004


def shared(pairs: list[tuple[str, int]]) -> dict[str, list[str]]:
    """Return what is given twice: names by number, and numbers by name.

    >>> shared([("root", 0), ("toor", 0), ("app", 1), ("app", 2)])
    {'0': ['root', 'toor'], 'app': ['1', '2']}
    """
    by_number, by_name = defaultdict[int, set[str]](set), defaultdict[str, set[int]](set)
    for name, number in pairs:
        by_number[number].add(name)
        by_name[name].add(number)
    twice = {str(number): sorted(names) for number, names in by_number.items() if len(names) > 1}
    return twice | {
        name: [str(number) for number in sorted(numbers)]
        for name, numbers in by_name.items()
        if len(numbers) > 1
    }


def _rows(text: str) -> Iterator[list[str]]:
    for line in map(str.strip, text.splitlines()):
        if line and line[0] not in "#+-":
            yield line.split(":")
