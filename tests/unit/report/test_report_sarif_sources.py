"""Where the files of a SARIF run come from."""

import pytest

from stackproof.outcomes.model import RevisionInfo
from stackproof.report.sarif_sources import uri


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        # A drive or a share of Windows is no host.
        (r"C:\src\repo", "file:///C:/src/repo"),
        ("d:/src/my repo", "file:///d:/src/my%20repo"),
        (r"\\server\share\repo", "file://server/share/repo"),
        ("C:repo", "ssh://C/repo"),
        # An IPv6 address keeps its brackets; those around a host with its port are git's own.
        ("user@[::1]:repo", "ssh://user@[::1]/repo"),
        ("[2001:db8::1]:/srv/a b.git", "ssh://[2001:db8::1]/srv/a%20b.git"),
        ("[git.example:2222]:a/b.git", "ssh://git.example:2222/a/b.git"),
        ("[git@git.example:2222]:a/b.git", "ssh://git@git.example:2222/a/b.git"),
        ("ssh://git@[::1]:2222/a/b.git", "ssh://git@[::1]:2222/a/b.git"),
        ("git@git.example:a/b.git", "ssh://git@git.example/a/b.git"),
        ("git.example:a/b.git", "ssh://git.example/a/b.git"),
        ("/srv/git/a.git", "file:///srv/git/a.git"),
        ("./a:b", "file:///src/a%3Ab"),
        ("../b.git", "file:///b.git"),
    ],
)
def test_an_origin_is_an_absolute_address(origin: str, expected: str) -> None:
    """Of whatever form git takes."""
    assert uri(RevisionInfo(commit="", dirty=False, origin=origin, root="/src")) == expected
