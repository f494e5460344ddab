"""Where a health check asks."""

import pytest

from stackproof.stack.asked import asked


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("curl -f http://localhost/", ["http://localhost:80/"]),
        ("curl -fk https://user:pw@127.0.0.1:8443/live?x=1 || exit 1", ["https://127.0.0.1:8443/live?x=1"]),
        ("wget -qO- http://[::1]:8080/health", ["http://[::1]:8080/health"]),
        ("u.urlopen('http://127.0.0.1:8000/live', timeout=2)", ["http://127.0.0.1:8000/live"]),
        ("curl http://localhost:${PORT}/a", ["http://localhost:9000/a"]),
        ("curl http://localhost:${OTHER:-81}/a", ["http://localhost:81/a"]),
        ("curl http://localhost:$OTHER/a", ["http://localhost:80/"]),
        ("nc -z localhost 5672 && nc -z -w 2 localhost 15672", ["localhost:5672", "localhost:15672"]),
        ("bash -c '</dev/tcp/127.0.0.1/80'", ["127.0.0.1:80"]),
        ("pg_isready -q", []),
    ],
)
def test_addresses_in_the_text_of_a_check(text: str, places: list[str]) -> None:
    """As it is written, with variables of the container."""
    assert list(map(str, asked([text], {"PORT": "9000"}))) == places
