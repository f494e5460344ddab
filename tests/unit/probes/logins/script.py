"""A server that says what it is told to say."""

from stackproof.probes.logins.stream import SilentError


class Script:
    """A stream whose answers are known before; `sent` is what was asked."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Take a question."""
        self.sent.append(data)

    def receive(self) -> bytes:
        """Give the next answer, and then nothing."""
        return self._answers.pop(0) if self._answers else b""


class Mute(Script):
    """A stream that gives no answer."""

    def receive(self) -> bytes:
        """Give none."""
        msg = "gave no answer"
        raise SilentError(msg)
