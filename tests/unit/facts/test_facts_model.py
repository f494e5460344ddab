"""What follows from the facts of a process."""

import pytest

from stackproof.facts.parsing import process

STATUS = """\
Name:\tapp
State:\tS (sleeping)
Pid:\t7
PPid:\t1
Uid:\t{uids}
Gid:\t9\t9\t9\t9
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
"""


@pytest.mark.parametrize(
    ("uids", "root"),
    [
        ((9, 9, 9, 9), False),
        ((0, 9, 9, 9), True),
        ((9, 0, 9, 9), True),
        ((9, 9, 0, 9), True),
        ((9, 9, 9, 0), True),
    ],
)
def test_root_in_any_of_its_ids(uids: tuple[int, ...], root: bool) -> None:  # noqa: FBT001 - a case
    """Real, effective, saved, file system: each 0 is one system call away from root."""
    found = process(7, STATUS.format(uids="\t".join(map(str, uids))), "app")

    assert found.can_be_root is root
