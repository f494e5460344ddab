"""What must not answer on a public port, and what a contract may call public."""

import pytest

from stackproof.controls.severity import Severity
from stackproof.probes.leaks import NOT_ASKED, Leak, Meant, leak
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.stack.sensitive import Kind, Known

HTTP = Protocol(name="HTTP")
REDIS = Protocol(name="Redis", kind=Kind.STORE)
KAFKA = Protocol(name="Kafka", kind=Kind.STORE)
SSH = Protocol(name="SSH", kind=Kind.REMOTE)
OPEN_VNC = Protocol(name="VNC without a password", kind=Kind.REMOTE, open=True)
OPEN_QUEUE = Protocol(name="beanstalkd", kind=Kind.STORE, open=True)
ADMINER = Protocol(name="Adminer", kind=Kind.CONSOLE)
PORTAINER = Protocol(name="Portainer", kind=Kind.CONSOLE)
GRAFANA = Protocol(name="Grafana", kind=Kind.GUARDED)
OPEN_GRAFANA = Protocol(name="Grafana without a login", kind=Kind.CONSOLE)
DOCKER = Protocol(name="Docker API", kind=Kind.HOST)
JDWP = Protocol(name="JDWP", kind=Kind.DEBUGGER)
BOARD = Known(name="Grafana", kind=Kind.GUARDED)
BROKER = Known(name="MQTT", kind=Kind.STORE)
SFTP = Known(name="SSH", kind=Kind.REMOTE)

NOBODY = Meant()
PROXY = Meant(declared=True)
STORE = Meant(declared=True, datastores=("Redis",))
UNASKED = Meant(declared=True, datastores=("Kafka",))


@pytest.mark.parametrize(
    ("protocols", "known", "meant", "expected"),
    [
        ([HTTP], None, NOBODY, None),
        ([REDIS], None, NOBODY, ("Redis", Severity.HIGH)),
        ([SSH], None, NOBODY, ("SSH", Severity.MEDIUM)),
        ([GRAFANA], None, NOBODY, ("Grafana", Severity.MEDIUM)),
        # One cause is one finding: of several the worst, and all that are as bad.
        ([DOCKER, ADMINER, GRAFANA], None, NOBODY, ("Docker API", Severity.CRITICAL)),
        ([ADMINER, PORTAINER, GRAFANA], None, NOBODY, ("Adminer and Portainer", Severity.HIGH)),
        # The compose file tells of a console with a login; not that it lets everybody in.
        ([GRAFANA], BOARD, NOBODY, None),
        ([OPEN_GRAFANA, GRAFANA], BOARD, NOBODY, ("Grafana without a login", Severity.HIGH)),
        ([OPEN_GRAFANA, GRAFANA], BOARD, PROXY, ("Grafana without a login", Severity.HIGH)),
        # What a contract may call public, and what not.
        ([GRAFANA], None, PROXY, None),
        ([SSH], SFTP, PROXY, None),
        ([ADMINER], None, PROXY, ("Adminer", Severity.HIGH)),
        ([DOCKER], None, PROXY, ("Docker API", Severity.CRITICAL)),
        ([JDWP], None, STORE, ("JDWP", Severity.CRITICAL)),
        # A datastore that is itself called public; not one behind a proxy that is.
        ([REDIS], None, STORE, None),
        ([REDIS], None, PROXY, ("Redis", Severity.HIGH)),
        ([REDIS], SFTP, PROXY, ("Redis", Severity.HIGH)),
        # Not what is seen to let in everybody.
        ([OPEN_VNC], SFTP, PROXY, ("VNC without a password", Severity.HIGH)),
        ([OPEN_QUEUE], BROKER, PROXY, ("beanstalkd", Severity.HIGH)),
        ([OPEN_QUEUE], None, STORE, ("beanstalkd", Severity.HIGH)),
    ],
)
def test_leak(
    protocols: list[Protocol], known: Known | None, meant: Meant, expected: tuple[str, Severity] | None
) -> None:
    """The worst that is not meant."""
    found = leak(Found(protocols=tuple(protocols)), known, meant)

    assert found == (Leak(names=expected[0], severity=expected[1]) if expected else None)


@pytest.mark.parametrize(("known", "meant"), [(None, UNASKED), (BROKER, PROXY)])
def test_whom_a_declared_datastore_lets_in_is_not_known(known: Known | None, meant: Meant) -> None:
    """Where no control asks it for a login that is said, and no more."""
    expected = Leak(names="Kafka", severity=Severity.LOW, beside=NOT_ASKED)

    assert leak(Found(protocols=(KAFKA,)), known, meant) == expected
