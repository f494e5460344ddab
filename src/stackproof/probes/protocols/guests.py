"""Whether remote access that is known by its greeting lets in somebody without a password."""

from typing import Final

from stackproof.probes.logins.stream import Reader, SilentError, Stream
from stackproof.probes.protocols.model import DEADLINE, Connect, Protocol
from stackproof.stack.sensitive import Kind

# RFC 6143, 7.1: a version is twelve bytes; the last without a list of ways to log in is 3.3.
_VERSION, _LISTS = 12, b"RFB 003.007"
_NO_PASSWORD = 1  # RFC 6143, 7.2.1
# RFC 959, 4.2: logged in, and a password that is wanted.
_IN, _PASSWORD = b"230", b"331"

OPEN: Final = {
    "VNC": Protocol(name="VNC without a password", kind=Kind.REMOTE, open=True),
    "FTP": Protocol(name="FTP that lets in anonymous", kind=Kind.REMOTE, open=True),
}


def opened(connect: Connect, protocol: Protocol) -> Protocol:
    """Return the protocol as what it is to a guest; the same where none is let in, or nobody can tell."""
    asked = {"VNC": _vnc, "FTP": _ftp}.get(protocol.name)
    if asked is None:
        return protocol
    try:
        with connect(DEADLINE) as stream:
            return OPEN[protocol.name] if asked(stream) else protocol
    except SilentError:
        return protocol


def _vnc(stream: Stream) -> bool:
    reader = Reader(stream)
    version = reader.exactly(_VERSION)
    stream.send(version)
    if version < _LISTS:
        return int.from_bytes(reader.exactly(4)) == _NO_PASSWORD
    return _NO_PASSWORD in reader.exactly(reader.exactly(1)[0])


def _ftp(stream: Stream) -> bool:
    """Log in as who has no account (RFC 1635)."""
    reader = Reader(stream)
    _reply(reader)
    stream.send(b"USER anonymous\r\n")
    said = _reply(reader)
    if said == _PASSWORD:
        stream.send(b"PASS guest@\r\n")
        said = _reply(reader)
    return said == _IN


def _reply(reader: Reader) -> bytes:
    """Return the code of a reply, which may have several lines: the last has no hyphen behind it."""
    while (line := reader.line())[3:4] == b"-" or not line[:3].isdigit():
        pass
    return line[:3]
