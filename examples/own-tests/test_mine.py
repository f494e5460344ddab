"""A team's own tests of the stack beside them, run by `pytest --stack compose.yml`.

They are plain pytest tests that ask for our fixtures: a sandbox of the stack comes up for them and goes
again. No type is needed; the ones here make editors helpful.
"""

from testinfra.host import Host

from stackproof import Container, Evidence, HttpClient, Sandbox, ServiceUnderTest, Stack


def test_front_page(http: HttpClient, evidence: Evidence) -> None:
    """The front page answers through the port that `web` publishes, and a wrong path is not found."""
    page = http.get("web")
    evidence(url=page.url, milliseconds=round(page.seconds * 1000))

    assert page.status == 200
    assert http.get("web", "/no-such-page").status == 404


def test_cache_keeps_what_it_is_given(sandbox: Sandbox) -> None:
    """A value that is set can be read back through Redis' own client."""
    cache = sandbox.container("cache").host

    assert cache.check_output("redis-cli SET colour green") == "OK"
    assert cache.check_output("redis-cli GET colour") == "green"


def test_web_finds_the_cache(sandbox: Sandbox) -> None:
    """The service name of the cache resolves in the network of `web`."""
    assert sandbox.container("web").host.addr("cache").is_resolvable


def test_cache_is_what_it_should_be(sandbox: Sandbox) -> None:
    """Redis alone serves, on its port, without a process of root, and its data lies on a volume."""
    cache = sandbox.container("cache").host

    assert [process.comm for process in cache.process.filter(user="redis")] == ["redis-server"]
    assert not cache.process.filter(can_be_root=True)
    assert cache.socket("tcp://0.0.0.0:6379").is_listening
    assert cache.mount_point("/data").exists
    assert cache.file("/data").user == "redis"


def test_clock(host: Host) -> None:
    """Every container has its clock on UTC: one case per container."""
    assert host.check_output("date +%Z") == "UTC"


def test_few_processes(container: Container, evidence: Evidence) -> None:
    """No container runs a crowd: one case per container."""
    evidence(processes=[str(process) for process in container.facts.processes])

    assert 1 <= len(container.facts.processes) < 50


def test_comes_back(service: ServiceUnderTest) -> None:
    """Every service is started again by the engine, in the file and in fact: one case per service."""
    assert service.model.restart == "unless-stopped"
    assert all(container.restart_policy == "unless-stopped" for container in service.containers)


def test_only_web_is_public(stack: Stack) -> None:
    """Nothing but `web` publishes a port; asks the model only, so nothing is brought up for it."""
    assert stack.public == {"web"}
