"""Keep secrets out of log records: pytest shows and writes them, and testinfra logs whole answers."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from stackproof.stack.redaction import Redactor


def conceal(redactors: Sequence[Redactor]) -> Callable[[], None]:
    """Have every record of this process made without secrets; return how to end that."""
    plain = logging.getLogRecordFactory()

    def make(*args: Any, **named: Any) -> logging.LogRecord:  # noqa: ANN401 - as logging calls it
        record = plain(*args, **named)
        try:
            told = shown = record.getMessage()
        except (KeyError, TypeError, ValueError):  # whoever logs it is told by logging itself
            return record
        for redactor in redactors:
            shown = redactor.text(shown)
        if shown != told:
            record.msg, record.args = shown, ()
        return record

    def end() -> None:
        logging.setLogRecordFactory(plain)

    logging.setLogRecordFactory(make)
    return end
