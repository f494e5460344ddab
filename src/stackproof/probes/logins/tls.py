"""TLS over any stream, as a client that asks for nobody's certificate and has none of its own."""

import re
import ssl
from collections.abc import Callable
from dataclasses import replace

from stackproof.probes.logins.model import Account, Login, Reply, refused
from stackproof.probes.logins.stream import ClosedError, SilentError, Stream

# A server that lets in who has a certificate only says so in an alert, since TLS 1.3 after the handshake.
_WANTS_CERTIFICATE = re.compile(r"certificate.required|bad.certificate", re.IGNORECASE)
_CHUNK = 65536
_ALERT = b"\x15\x03"  # RFC 8446, 5.1: a record that is one, of any version


class CertificateWantedError(Exception):
    """The server lets in nobody without a client's certificate."""


class RefusedError(SilentError):
    """The server speaks TLS, and answers this handshake with an alert."""


class TlsStream:
    """What is sent and received is encrypted underneath. Whose certificate the server has is not judged.

    `name` is the site that is asked for where a server has several. Who closes the connection after the
    handshake does not want to answer, whether it says so in TLS or not: ClosedError.
    """

    def __init__(self, stream: Stream, name: str | None = None) -> None:
        self._stream = stream
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._ends: type[SilentError] = SilentError
        self._heard = b""
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        self._through(self._tls.do_handshake)
        self._ends = ClosedError

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._tls.write(data)
        self._flush()

    def receive(self) -> bytes:
        """Return what came."""
        got: list[bytes] = []
        self._through(lambda: got.append(self._tls.read(_CHUNK)))
        return b"".join(got)

    def _through(self, step: Callable[[], object]) -> None:
        while True:
            try:
                step()
            except ssl.SSLWantReadError:
                self._flush()
                if not (data := self._stream.receive()):
                    msg = "closed the connection"
                    raise self._ends(msg) from None
                self._heard = data
                self._in.write(data)
            except ssl.SSLZeroReturnError:
                return
            except ssl.SSLError as error:
                if "alert" in str(error).lower() and _WANTS_CERTIFICATE.search(str(error)):
                    raise CertificateWantedError from None
                if self._heard.startswith(_ALERT):
                    msg = f"refuses TLS ({error.reason})"
                    raise RefusedError(msg) from None
                msg = f"does not speak TLS ({error.reason})"
                raise SilentError(msg) from None
            else:
                self._flush()
                return

    def _flush(self) -> None:
        if data := self._out.read():
            self._stream.send(data)


def over_tls(login: Login) -> Login:
    """Return the same login over TLS."""

    def ask(stream: Stream, account: Account | None) -> Reply:
        try:
            if login.encrypted is not None:
                return login.encrypted(stream, account)
            return login.ask(TlsStream(stream), account)
        except CertificateWantedError:
            return refused("lets in nobody without a client's certificate")

    return replace(login, protocol=f"{login.protocol} over TLS", ask=ask)
