"""Output that somebody closed or cut short must not change how a command ends."""

import io
import os
import sys
from typing import TextIO

STDOUT, STDERR = 1, 2


_lost: list[OSError] = []


class _Unheard(io.FileIO):
    """A file whose reader may go away: what nobody reads is dropped, and the command comes to its end."""

    def write(self, data: object, /) -> int:
        """Write, or drop what nobody reads any more, or what there is no room for."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            pass
        except OSError as error:  # a disk that is full
            _lost.append(error)
        return memoryview(data).nbytes  # type: ignore[arg-type]


class _AtOnce(io.BufferedWriter):
    """Holds nothing back, as `python -u` wants it. A bare file would lose the rest of a short write."""

    def write(self, data: object, /) -> int:
        """Write all of it now."""
        written = super().write(data)  # type: ignore[arg-type]
        self.flush()
        return written


def survive() -> None:
    """Keep `| head` and `>&-` from ending a run half way, or with a code that reads as a finding."""
    _reopen_closed()
    # Not where somebody listens in our own process, as tests do.
    if sys.stdout is sys.__stdout__:
        sys.stdout = _unheard(sys.stdout, STDOUT)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _unheard(sys.stderr, STDERR)


def lost() -> str:
    """Return why what somebody waits for could not be written; empty where all was."""
    sys.stdout.flush()
    return f"output cannot be written: {_lost[0].strerror or _lost[0]}" if _lost else ""


def _reopen_closed() -> None:
    """Without this the next file or socket that is opened gets the number, and the output of all children."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        os.set_inheritable(number, True)  # noqa: FBT003 - it takes no name
    os.close(number)


def _unheard(stream: TextIO | None, number: int) -> TextIO:
    raw = _Unheard(number, "w", closefd=False)
    if stream is None:
        return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8")
    at_once = bool(getattr(stream, "write_through", False))  # PYTHONUNBUFFERED, `python -u`
    return io.TextIOWrapper(
        _AtOnce(raw) if at_once else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=bool(getattr(stream, "line_buffering", False)),
        write_through=at_once,
    )
