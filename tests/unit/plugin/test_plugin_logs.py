"""Log records without secrets."""

import logging
from collections.abc import Iterator

import pytest

from stackproof.plugin import logs
from stackproof.stack.redaction import Redactor


@pytest.fixture
def concealed() -> Iterator[None]:
    """Records are made without two stacks' secrets, until the end of the test."""
    plain = logging.getLogRecordFactory()
    end = logs.conceal([Redactor({"sesame-open"}), Redactor({"hunter-2"})])
    try:
        yield
    finally:
        end()
    assert logging.getLogRecordFactory() is plain


@pytest.mark.usefixtures("concealed")
def test_record_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever logs, and wherever in the message the value stands."""
    logging.getLogger("testinfra").warning("RUN %s as hunter-2", {"stdout": b"sesame-open"})

    assert caplog.messages == ["RUN {'stdout': b'[redacted]'} as [redacted]"]


@pytest.mark.usefixtures("concealed")
def test_other_record_stays(caplog: pytest.LogCaptureFixture) -> None:
    """What hides nothing keeps its arguments, by which some programs sort their logs."""
    logging.getLogger("own").warning("after %d s", 3)

    assert caplog.records[0].args == (3,)


@pytest.mark.usefixtures("concealed")
def test_record_that_cannot_be_formatted() -> None:
    """A mistake in somebody's logging does not end the program."""
    record = logging.getLogRecordFactory()("own", logging.INFO, "f.py", 1, "%d of %d", ("x",), None)

    assert record.args == ("x",)
