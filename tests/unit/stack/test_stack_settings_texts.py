"""Names with values of a service that are no variables."""

import pytest

from stackproof.stack.model import Model
from stackproof.stack.settings_texts import last_words, lines, settings


def test_places() -> None:
    """Labels, options and the texts of what it mounts; not options of mount(8), nor what nobody mounts."""
    web = {
        "labels": {"app.password": "a"},
        "annotations": {"note": "b"},
        "deploy": {"labels": {"app.secret": "c"}},
        "build": {"labels": {"app.token": "d"}},
        "logging": {"driver": "splunk", "options": {"splunk-token": "e"}},
        "configs": [{"source": "site", "target": "/site"}],
        "volumes": [{"type": "volume", "source": "store", "target": "/store"}],
    }
    model = Model(
        raw={
            "services": {"web": web},
            "configs": {"site": {"content": "f"}, "other": {"content": "g"}},
            "volumes": {"store": {"driver_opts": {"o": "h", "sftp_pass": "i"}}},
        }
    )

    assert [(name, value) for _at, name, value in settings(model.services["web"], model)] == [
        ("password", "a"),
        ("note", "b"),
        ("secret", "c"),
        ("token", "d"),
        ("splunk-token", "e"),
        ("", "f"),
        ("sftp_pass", "i"),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("traefik.http.routers.password-manager.rule", "rule"),
        ("traefik.http.middlewares.a.basicauth.users", "basicauth_users"),
        ("traefik.http.middlewares.a.basicauth.usersfile", "usersfile"),
        ("homepage.widget.key", "widget_key"),
        ("splunk-token", "splunk-token"),
        ("key", "key"),
    ],
)
def test_words_of_a_label(name: str, words: str) -> None:
    """The last one, with the one before it where it says too little."""
    assert last_words(name) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("requirepass banana\nmasterauth 'cherry'\n", ["banana", "cherry"]),
        ("  rcon_password banana;\n", ["banana"]),
        ("# requirepass banana\nport 6379\n", []),
        ("the password is banana\n", []),
    ],
)
def test_lines(text: str, found: list[str]) -> None:
    """A name and one word."""
    assert [value for _name, value in lines(text)] == found
