"""HTTP to the published ports of a sandbox, with deadlines."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import default_headers

from stackproof.engine import steps
from stackproof.errors import ContainerGoneError, Unknown
from stackproof.sandbox.view import View
from stackproof.stack.contract import HttpExpectation

TIMEOUT = 10.0  # seconds for one answer, its body included
LARGEST = 1024 * 1024  # bytes of a body; an endpoint that streams for ever has answered by then
EVERY = 0.25  # seconds between tries
SHOWN = 100  # characters of a body in a message
# So many answers of each replica are judged: one good answer in six is not a service that answers.
ANSWERS = 6
APART = 0.1  # seconds between them
TOO_MANY = 429  # RFC 6585: whoever asks so often shall wait
CALM = 1.0  # seconds to wait then


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: a response, or why there was none."""

    url: str
    status: int | None
    body: str
    seconds: float

    def differs(self, expected: HttpExpectation) -> str:
        """Say what is not as expected; empty when all is."""
        if self.status is None:
            return f"no answer: {self.body}"
        if self.status != expected.status:
            return f"status {self.status} instead of {expected.status}"
        if expected.body is not None and expected.body not in self.body:
            return f"the body does not contain {expected.body!r}: {self._start()}"
        if expected.json_ is not None:
            return self._json_differs(expected.json_)
        return ""

    def _start(self) -> str:
        return " ".join(self.body.split())[:SHOWN]

    def _json_differs(self, expected: Mapping[str, Any]) -> str:
        try:
            found = json.loads(self.body)
        except json.JSONDecodeError:
            return f"the body is not JSON: {self._start()}"
        if not isinstance(found, dict):
            return f"the JSON is not an object: {self._start()}"
        wrong = {key: found.get(key) for key, value in expected.items() if found.get(key) != value}
        return f"JSON has {wrong} where {dict(expected)} is expected" if wrong else ""


class HttpClient:
    """Asks services of a sandbox through the ports they publish."""

    def __init__(self, sandbox: View) -> None:
        self._sandbox = sandbox

    def base(self, service: str) -> str:
        """Return `http://host:port` of the service's first published TCP port, as it is now.

        Raises Unknown when it publishes none, ContainerGoneError when none does because it does not run.
        """
        return self.bases(service)[0]

    def bases(self, service: str) -> list[str]:
        """Return where each replica of a service has its first published TCP port, as it is now.

        Raises Unknown when it publishes none, ContainerGoneError when none does because it does not run.
        """
        model = self._sandbox.stack.services[service]
        containers = self._sandbox.containers(service)
        for port in model.ports:
            found = [c.published(port.target) for c in containers] if port.protocol == "tcp" else []
            if places := [_url(*place) for place in found if place]:
                return places
        if model.ports and (down := [c for c in containers if not c.runs]):
            msg = ", ".join(f"{container} is {container.status}" for container in down)
            raise ContainerGoneError(msg)
        msg = f"{service} publishes no TCP port, so nobody outside can ask it"
        raise Unknown(msg)

    def get(self, service: str, path: str = "/", *, replica: int = 0) -> Answer:
        """Ask once. A refused or silent connection is an answer too: `status` is None.

        `replica` is counted among those that publish a port, from 0.
        """
        try:
            url = self.bases(service)[replica] + path
        except ContainerGoneError as error:
            return Answer(url=path, status=None, body=str(error), seconds=0.0)
        except IndexError:
            gone = f"one of the {replica + 1} replicas of {service} publishes no port any more"
            return Answer(url=path, status=None, body=gone, seconds=0.0)
        with steps.step(f"GET {url}", service) as asked:
            answer = self._ask(url)
            asked.gave(f"HTTP {answer.status}\n{answer.body}" if answer.status else answer.body)
        return answer

    @staticmethod
    def _ask(url: str) -> Answer:
        started = time.monotonic()
        try:
            request = requests.Request("GET", url, headers=default_headers()).prepare()
            # By no session: a proxy of the environment may not answer in the stack's place, and of a redirect
            # a session reads the body itself, for as long as it is.
            with closing(HTTPAdapter()) as adapter:
                response = adapter.send(request, stream=True, timeout=TIMEOUT)
                body = _read(response, started + TIMEOUT)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            reason = f"{type(error).__name__}: {error}"
            return Answer(url=url, status=None, body=reason, seconds=time.monotonic() - started)
        seconds = time.monotonic() - started
        return Answer(url=url, status=response.status_code, body=body, seconds=seconds)

    def repeatedly(self, expected: HttpExpectation, within: float) -> list[Answer]:
        """Ask each replica until it answers as expected, then some more times; return what is to be judged.

        Of one that does not within `within` seconds it is the last answer; what was asked before the first
        that is as expected does not count: it may have been warming up.
        """
        try:
            replicas = range(len(self.bases(expected.service)))
        except ContainerGoneError:  # it may come back
            replicas = range(1)
        return [answer for replica in replicas for answer in self._of_one(expected, within, replica)]

    def _of_one(self, expected: HttpExpectation, within: float, replica: int) -> Iterator[Answer]:
        answer, _waited = self.wait_for(expected, within, replica=replica)
        yield answer
        if answer.differs(expected):
            return
        for _more in range(ANSWERS - 1):
            time.sleep(APART)
            answer = self.get(expected.service, expected.path, replica=replica)
            if answer.status == TOO_MANY != expected.status:
                time.sleep(CALM)
                answer = self.get(expected.service, expected.path, replica=replica)
            yield answer

    def wait_for(self, expected: HttpExpectation, within: float, *, replica: int = 0) -> tuple[Answer, float]:
        """Ask until the answer is as expected or `within` seconds are up; return the last and the wait."""
        started = time.monotonic()
        while True:
            answer = self.get(expected.service, expected.path, replica=replica)
            waited = time.monotonic() - started
            if not answer.differs(expected) or waited > within:
                return answer, waited
            time.sleep(EVERY)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _read(response: requests.Response, until: float) -> str:
    """Read a body for as long as it may take; the time-out of requests is for each read only."""
    body = b""
    while chunk := response.raw.read1(LARGEST, decode_content=True):
        body += chunk
        if len(body) > LARGEST or time.monotonic() > until:
            break
    return body.decode(response.encoding or "utf-8", errors="replace")
