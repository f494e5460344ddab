"""Whether a health check reads a heartbeat, and how old that may be."""

import pytest

from stackproof.stack.heartbeat import LONGEST, Heartbeat, read_by


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("import os, time; assert time.time() - os.stat('/tmp/alive').st_mtime < 4", 4),
        ("[ $(( $(date +%s) - $(stat -c %Y /tmp/alive) )) -lt 30 ]", 30),
        ("[ $(( $(date +%s) - $(cat /tmp/beat) )) -le 45 ]", 45),
        ("test 60 -gt $(( $(date +%s) - $(date -r /tmp/alive +%s) ))", 60),
        ("find /tmp/alive -mmin -1 | grep -q .", 60),
        ('[ -z "$(find /tmp/alive -mmin +1)" ]', 120),
        ("find /tmp/alive -newermt '30 seconds ago' | grep .", 30),
        ("process.exit(Date.now() - fs.statSync('/tmp/a').mtimeMs < 30000 ? 0 : 1)", 30),
        ("time.time() - os.path.getmtime('/tmp/a') < 2 * 60", 120),
        ("datetime.now() - seen('/tmp/a') < timedelta(minutes=2)", 120),
        ("[ $(( $(date +%s) - $(cat /tmp/beat) )) -lt $MAX ]", None),
        ("find /tmp -mtime -1 | grep alive", 86400),
    ],
)  # fmt: skip
def test_age_limit(text: str, limit: float | None) -> None:
    """In the words that authors have for it."""
    assert read_by([text]) == Heartbeat(limit=limit)


@pytest.mark.parametrize(
    "text",
    [
        "curl -sf http://localhost:80/date/stat 2>/dev/null || exit 1",
        "[ $(( $(date +%s) % 2 )) -ne 0 ]",
        "echo $(date); exit 0",
        "timeout 3 bash -c '</dev/tcp/localhost/80' 2>&1",
        "test -f /tmp/ready",
        "pgrep nginx",
    ],
)
def test_no_heartbeat(text: str) -> None:
    """A clock alone is none, nor is a file without a clock, nor what stands in an address."""
    assert read_by([text]) is None


def test_what_can_be_waited_for() -> None:
    """A limit needs some time beyond itself; one that nobody waits for is known at once."""
    assert Heartbeat(limit=60).decidable
    assert not Heartbeat(limit=LONGEST).decidable
    assert not Heartbeat(limit=None).decidable
    assert Heartbeat(limit=300).hopeless
    assert not Heartbeat(limit=None).hopeless
