"""Which values of a stack no reader may see."""

import base64
import hashlib
import time
from typing import Any

import pytest

from stackproof.stack import hidden

RANDOM = "a1b2c3d4e5f6"


def of_service(**service: Any) -> frozenset[str]:  # noqa: ANN401 - YAML
    """Return what to hide of a stack with one service."""
    return hidden.of_model({"services": {"web": service}})


@pytest.mark.parametrize(
    "value",
    ["hunter2go4", "two words", "https://hooks.example.org/T0/x?y=1", "Ab1", "key=value", RANDOM,
     f"/webhook/{RANDOM}"],
)  # fmt: skip
def test_value_of_an_innocent_name(value: str) -> None:
    """A value is nobody's business, unless it is too short to be masked."""
    found = of_service(environment={"NOTE": value})

    assert (value in found) is (len(value) >= hidden.SHORTEST)


@pytest.mark.parametrize(
    "value",
    ["production", "db-primary", "8080", "1.25.3", "512MB", "10.0.0.0/24", "/var/lib/data", "/usr/bin:/bin",
     "http://backend:8000", "cache:6379", "db.internal", "http://10.0.0.7:80/", "true", "app", ""],
)  # fmt: skip
def test_ordinary_value(value: str) -> None:
    """What reports say for other reasons too stays readable."""
    assert of_service(environment={"NOTE": value}) == frozenset()


def test_value_that_reports_show_anyway() -> None:
    """A tag of an image, a name of a container, a part of a path."""
    shown: dict[str, Any] = {
        "image": "postgres:16.4-alpine",
        "container_name": "shop-1-db",
        "volumes": [{"type": "bind", "source": "/srv/data-2024", "target": "/data"}],
        "environment": {"TAG": "16.4-alpine", "NAME": "shop-1-db", "DATA": "data-2024", "OTHER": "data-2025"},
    }

    assert of_service(**shown) == {"data-2025"}


def test_secret_that_is_the_name_of_a_service() -> None:
    """Masking `postgres` in every message would hide nothing and tell what the password is."""
    services = {"postgres": {"environment": {"POSTGRES_PASSWORD": "postgres"}}}

    assert hidden.of_model({"services": services}) == frozenset()


@pytest.mark.parametrize("key", ["labels", "annotations"])
def test_mappings_of_a_service(key: str) -> None:
    """Authors write what they like into labels, too."""
    assert of_service(**{key: {"note": RANDOM}}) == {RANDOM}


@pytest.mark.parametrize(
    "model",
    [
        {"x-note": {"deep": [RANDOM]}},
        {"services": {"web": {"x-note": RANDOM}}},
        {"services": {"web": {"build": {"args": {"NOTE": RANDOM}}}}},
        {"services": {"web": {"build": {"labels": {"note": RANDOM}}}}},
        {"services": {"web": {"deploy": {"labels": {"note": RANDOM}}}}},
        {"services": {"web": {"logging": {"options": {"note": RANDOM}}}}},
        {"services": {"web": {"environment": [f"NOTE={RANDOM}", "SHELL"]}}},
        {"volumes": {"data": {"driver_opts": {"note": RANDOM}}}},
        {"networks": {"back": {"labels": {"note": RANDOM}}}},
    ],
)
def test_places(model: dict[str, Any]) -> None:
    """A value is found wherever a compose file can hold one."""
    assert hidden.of_model(model) == {RANDOM}


@pytest.mark.parametrize(
    "model", [{}, {"services": None}, {"services": []}, {"services": {"web": None}}, {"services": "web"}]
)
def test_model_without_shape(model: dict[str, Any]) -> None:
    """A file that Compose refused is read as far as it goes."""
    assert hidden.of_model(model) == frozenset()


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (["redis-server", "--requirepass", "open sesame"], {"open sesame"}),
        (["app", "--password=open&shut"], {"open&shut"}),
        ("app --db-password sesame --verbose", {"sesame"}),
        (["redis-cli", "-a", "sesame", "ping"], {"sesame"}),
        (["CMD-SHELL", "curl -u app:sesame http://127.0.0.1/"], {"sesame"}),
        (["CMD-SHELL", "mysqladmin -psesame1 ping"], {"sesame1"}),
        (["CMD-SHELL", "curl -H 'Authorization: Bearer sesame-open' x"], {"sesame-open"}),
        (["CMD-SHELL", "curl 'http://127.0.0.1/?token=sesame&x=1'"], {"sesame"}),
        ("sh -c 'API_TOKEN=sesame exec app'", {"sesame"}),
        (["app", "amqp://app:sesame@mq//"], {"sesame"}),
        (["app", "pa$$word-1x2y3z4", f"id-{RANDOM}", f"level={RANDOM}"], {f"id-{RANDOM}", RANDOM}),
        ([f"https://example.org/hooks/{RANDOM}/x"], {RANDOM}),
    ],
)
def test_command(command: str | list[str], values: set[str]) -> None:
    """Passwords behind options, in URLs and headers, and words that look random."""
    found = {value for value in hidden.of_command(command) if len(value) >= hidden.SHORTEST}

    assert values <= found
    assert not found - values - {word for word in found if any(value in word for value in values)}


@pytest.mark.parametrize(
    "command",
    [
        ["pg_isready", "-U", "appuser", "-d", "appdb"],
        ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"],
        ["gunicorn", "--bind=0.0.0.0:8000", "--workers", "4", "app:app"],
        ["initdb", "--allow-empty-password", "--no-sync"],
        "nginx -g 'daemon off;'",
        None,
    ],
)
def test_command_without_secrets(command: str | list[str] | None) -> None:
    """What a service runs stays readable."""
    assert hidden.of_command(command) == set()


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("NEO4J_AUTH", "neo4j/horse-battery-staple", {"horse-battery-staple"}),
        ("APP_JSON", '{"db": {"password": "hunter2-Xk9q"}}', {"hunter2-Xk9q"}),
        ("APP_JSON", '{"password": "two words"}', {"two words"}),
        ("API_KEYS", "orders-one,billing-two", {"orders-one", "billing-two"}),
        ("SFTP_USERS", "up:sesame:1001;down:opensesame:1002", {"sesame", "opensesame"}),
        ("X_AUTH", base64.b64encode(b"admin:sesame-open").decode(), {"sesame-open"}),
        ("BASIC_AUTH", "ops:sesame dev:opensesame", {"sesame", "opensesame"}),
        ("SMB_ACCOUNT", "me%sesame", {"sesame"}),
        ("OPTS", "-Dapp.password=sesame", {"sesame"}),
        ("BROKERS", "amqp://a:sesame@x/ amqp://b:opensesame@y/", {"sesame", "opensesame"}),
    ],
)
def test_parts_of_a_value(name: str, value: str, parts: set[str]) -> None:
    """A log line has the password alone, without its user, its name and its neighbours."""
    assert parts <= of_service(environment={name: value})
    assert parts <= hidden.of_variables_file(f"{name}={value}\n")


def test_part_of_a_value_that_reports_show_anyway() -> None:
    """A name of a container stays readable."""
    found = of_service(environment={"APP_USERS": "me:shop-db,you:sesame"}, container_name="shop-db")

    assert "sesame" in found
    assert "shop-db" not in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOCKER_ACCOUNT", "library/redis"),
        ("KAFKA_SUPER_USERS", "User:production"),
        ("FORWARD_AUTH", "http://authelia:9091/verify"),
        ("APP_LOGIN", "auth/login-page"),
    ],
)
def test_value_without_a_password_in_it(name: str, value: str) -> None:
    """Its parts are words that a report needs."""
    assert of_service(environment={name: value}) <= {value}


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        (["flower", "--basic-auth=ops:sesame,dev:opensesame"], {"sesame", "opensesame"}),
        (["app", "--config", '{"token": "sesame-open"}'], {"sesame-open"}),
        ("exec app --auth-tokens sesame,opensesame", {"sesame", "opensesame"}),
    ],
)
def test_parts_in_a_command(command: str | list[str], parts: set[str]) -> None:
    """As in a variable."""
    assert parts <= of_service(command=command)


def test_content_of_a_config() -> None:
    """Lines of some length, and what is assigned to secret names; not the brackets around them."""
    found = hidden.of_model({"configs": {"settings": {"content": "server {\n  db_pass = sesame\n}\n"}}})

    assert {"sesame", "db_pass = sesame"} <= found
    assert "server {" not in found


def test_contract() -> None:
    """What a contract expects is shown, but not what looks like a secret."""
    contract = {
        "http": [
            {"service": "web", "path": "/health?token=sesame", "body": "all is well"},
            {"service": "web", "path": "/", "json": {"status": "fine", "api_key": "open-sesame"}},
        ],
        "persistence": [
            {"write": ["mysql", "--password=hidden"], "read": ["cat", "/data/x"], "expect": RANDOM}
        ],
    }

    assert hidden.of_contract(contract) == {"sesame", "open-sesame", "hidden", RANDOM}


def test_env_file() -> None:
    """Comments hold no values; quotes and `export` are no part of one."""
    text = "# NOTE=not-1-value\nexport TOKEN='sesame'\n\nNOTE=\"two words\"\nPLAIN=word\nno pair\n"

    assert hidden.of_variables_file(text) == {"sesame", "two words"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TOKEN: sesame", {"sesame"}), ("export TOKEN: 'sesame'", {"sesame"}),
        ("A='b' TOKEN=sesame", {"sesame"}),
        ('TOKEN="se\nsame"', {"se\nsame"}), (r"TOKEN='se\'same'", {"se'same"}),
        ("TOKEN=sesame # mine", {"sesame"}),
        # What Compose may say of it: the value as written, what it makes of it, what it takes for a variable.
        ("TOKEN=sesame$word9", {"sesame$word9", "sesame", "word9"}), ("TOKEN='se$same'", {"se$same"}),
        ("TOKEN=${OTHER}", {"${OTHER}", ""}), ("URL=http://${HOST}:80", set()),
        # Lines that are no entry: Compose quotes them.
        ("TOKEN=-----BEGIN\nMIIEvQ+IBADANBg/kqhkiG", {"-----BEGIN", "MIIEvQ+IBADANBg/kqhkiG"}),
        ("TOKEN='sesame", {"sesame"}),
    ],
)  # fmt: skip
def test_forms_of_an_env_file(text: str, found: set[str]) -> None:
    """Each that Compose reads, and what it refuses."""
    assert hidden.of_variables_file(text) >= found - {""}
    assert not {"OTHER", "HOST"} & hidden.of_variables_file(text)


@pytest.mark.parametrize(
    "command",
    [
        "# Basic Settings",
        "    # Bearer authentication is off",
        "authorization: enabled",
        "auth: enabled",
        "authors = anne+bob@example.org",
        "AUTH_TYPE=x?y=open",
        "rsync -a /var/lib/app/ /backup/",
        ["app", "--user", "www-data:www-data"],
        ["app", "--password-file", "/run/secrets/db"],
        "DB_PASSWORD_FILE=/run/secrets/db",
        "PASSENGER_APP_ENV=production",
        "APP_URL=http://localhost",
        "nginx -p127.0.0.1:8080",
    ],
)
def test_ordinary_words_of_a_command(command: str | list[str]) -> None:
    """A name that only looks like that of a secret hides no plain word, path or address."""
    assert hidden.of_command(command) == set()


@pytest.mark.parametrize(
    "command",
    [
        "PGPASSWORD=sesame psql",
        "MYSQL_PWD=sesame mysql",
        "clientSecret: sesame",
        ["redis-server", "--masterauth", "sesame"],
        ["app", "--api-key", "sesame"],
        "app -x -token sesame",
        "redis-cli -h cache -a sesame ping",
        "mysql -uroot -psesame",
        "curl 'http://web/?a=1&b=2' --user app:sesame",
        "Authorization: Basic sesame",
        "send Bearer sesame",
    ],
)
def test_plain_word_behind_a_name_that_says_so(command: str | list[str]) -> None:
    """A password may well be a plain word."""
    assert hidden.of_command(command) == {"sesame"}


@pytest.mark.parametrize(
    "command", ["APP_URL=x?y=1-open", "auth: x?y=1-open", "app --user me:x?y=1-open", "app -px?y=1-open"]
)
def test_odd_word_behind_a_doubtful_name(command: str) -> None:
    """What is no plain word is hidden in doubt."""
    assert "x?y=1-open" in hidden.of_command(command)


def test_command_that_says_what_reports_show() -> None:
    """A name of a container stays readable in a command, too."""
    word = f"shop-{RANDOM}"

    assert of_service(command=["ping", word]) == {word}
    assert of_service(command=["ping", word], container_name=word) == frozenset()


@pytest.mark.parametrize(
    "word",
    [
        hashlib.shake_256(b"").hexdigest(32 * 1024),
        "1234567890" * 6554,
        base64.urlsafe_b64encode(hashlib.shake_256(b"").digest(48 * 1024)).decode(),
        "a" * 64 * 1024,
        "curl -u " * 8192,
    ],
    ids=["hex", "digits", "base64url", "letters", "options"],
)
def test_long_word(word: str) -> None:
    """A file of 64 KiB is read in seconds on a loaded machine, too, whatever it holds."""
    began = time.process_time()
    hidden.of_file(word)

    assert time.process_time() - began < 10


def test_random_end_of_a_long_word() -> None:
    """However far it is from the beginning."""
    word = f"{'a-' * 5000}{RANDOM}"

    assert word in hidden.of_command(word)


ODD = "an odd (text) of 5 words"
"""No secret, and nothing that could be told from one by itself."""


@pytest.mark.parametrize("key", sorted(hidden.WITHOUT_SECRETS))
def test_text_that_an_anchor_brings_to_a_plain_key(key: str) -> None:
    """It stands in the service as well, where nothing hides it."""
    for text in (ODD, [ODD], {"of": ODD}, [{"of": [ODD]}]):
        model = {"x-common": {key: text}, "services": {"web": {key: text}}}

        assert hidden.of_model(model) == frozenset()
        assert ODD in hidden.of_model({**model, "services": {"web": {}}})


@pytest.mark.parametrize(
    ("extension", "service"),
    [
        ({"environment": {"NOTE": ODD}}, {"tmpfs": [ODD]}),
        ({"labels": [f"note={ODD}"]}, {"tmpfs": [ODD]}),
        ({"logging": {"options": {"note": ODD}}}, {"tmpfs": [ODD]}),
        ({"NOTE": ODD}, {"environment": {"NOTE": ODD}}),
        ({"NOTE": ODD}, {"labels": {"note": ODD}}),
        ({"NOTE": ODD}, {"command": ["run", ODD]}),
        ({"NOTE": ODD}, {"healthcheck": {"test": ["CMD", ODD]}}),
        ({"NOTE": ODD}, {"logging": {"options": {"note": ODD}}}),
        ({"NOTE": ODD}, {"deploy": {"labels": {"note": ODD}}}),
        ({"NOTE": ODD}, {"build": {"context": ODD}}),
        ({"NOTE": ODD}, {"build": {"dockerfile_inline": ODD}}),
        ({"NOTE": ODD}, {"provider": {"type": ODD}}),
        ({"NOTE": ODD}, {"post_start": [{"working_dir": ODD}]}),
        ({"NOTE": ODD}, {"key_of_a_later_compose": ODD}),
        ({"NOTE": ODD}, {"x-note": ODD}),
        ({"NOTE": ODD}, {"tmpfs": [f"{ODD}, and more"]}),
        ({"DB_PASSWORD": ODD}, {"tmpfs": [ODD]}),
        ({"api-key": [ODD]}, {"tmpfs": [ODD]}),
    ],
)
def test_text_of_an_extension_that_stays_hidden(extension: dict[str, Any], service: dict[str, Any]) -> None:
    """Where the place that it is brought to may hold a secret, or its own name says it is one."""
    assert ODD in hidden.of_model({"x-common": extension, "services": {"web": service}})


def test_what_looks_like_a_key_stays_hidden() -> None:
    """Wherever else it stands."""
    assert hidden.of_model({"x-note": RANDOM, "services": {"web": {"tmpfs": [RANDOM]}}}) == {RANDOM}


def test_secret_that_stands_at_a_plain_key_too() -> None:
    """A variable of a service is hidden for itself."""
    services = {"web": {"tmpfs": [ODD], "environment": {"NOTE": ODD}}}

    assert hidden.of_model({"x-common": {"tmpfs": [ODD]}, "services": services}) == {ODD}


def test_text_as_it_is_written() -> None:
    """Compose resolves the services, not what stands below an extension: both forms count."""
    mount = {"type": "volume", "source": "data", "target": "/var/lib/data"}
    short = "data:/var/lib/data:ro"
    model = {"x-common": {"volumes": [short]}, "services": {"web": {"volumes": [mount]}}}

    assert hidden.of_model(model) == {short}
    assert hidden.of_model(model, plain=[short]) == frozenset()
