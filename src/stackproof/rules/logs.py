"""Whether logs are kept, and whether they have an end."""

from collections.abc import Iterator

from stackproof.controls import INFO, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import logs
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack


@rule("logging-enabled", "Logs are kept", severity=LOW, key="logging")
def logging_enabled(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """After an incident nobody knows what happened where the driver is `none`.

    Fix: remove `driver: none`; for a service that says too much, a small `max-size`.

    Applies to: all services.
    """
    driver = logs.of(service)
    evidence(log_driver=driver.name or "the engine's own")
    if driver.name == "none":
        yield Finding(f"{service} keeps no logs", at=("logging", "driver"))


@rule("log-driver-explicit", "The compose file names a log driver", severity=INFO, key="logging")
def log_driver_explicit(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """What another machine's daemon.json says decides where logs go, if the file does not.

    The engine's own driver is mostly what is meant: a matter of style.

    Fix: `logging: {driver: local}`.

    Applies to: all services.
    """
    driver = logs.of(service)
    evidence(log_driver=driver.name or "the engine's own")
    if not driver.name:
        yield Finding(f"{service} names no log driver", at=("logging",))


@rule("log-rotation", "Logs have an end", severity=MEDIUM, key="logging")
def log_rotation(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Without a limit the logs of one service fill the disk, and then all services stop.

    The engine's own driver is json-file, which has no limit, unless daemon.json says otherwise: a file cannot
    tell. `local` rotates by itself.

    Fix: `logging: {options: {max-size: 10m, max-file: "3"}}`, or `driver: local`.

    Applies to: services whose logs are files of the engine's, but those that another waits for to complete.
    """
    if service.name in stack.model.one_shots:
        not_applicable(f"{service} runs once and ends")
    driver = logs.of(service)
    if not driver.in_files:
        not_applicable(f"the logs of {service} are no files of the engine's: its driver is {driver.name}")
    evidence(
        log_driver=driver.name or f"the engine's own, mostly {logs.DEFAULT}", options=dict(driver.options)
    )
    if not driver.rotates:
        at = ("logging", "options", "max-size") if "max-size" in driver.options else ("logging",)
        yield Finding(f"the logs of {service} have no limit", at=at)
