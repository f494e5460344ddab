"""Which passwords variables and commands hold, by the ways in which programs take them."""

import pytest

from stackproof.stack.command_passwords import behind_options
from stackproof.stack.passwords import accounts, identifies, is_secret, passwords, secret_inside


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("NEO4J_AUTH", "neo4j/word", ["neo4j/word", "neo4j/word", "word of neo4j"]),
        ("NEO4J_AUTH", "none", []),
        ("BASIC_AUTH", "a:b c:d", ["a:b c:d", "a:b", "c:d", "b of a", "d of c"]),
        ("BASICAUTH", "user:user", ["user:user", "user:user", "user of user"]),
        ("SMTP_AUTH", "cram-md5", []),
        ("ORACLE_LOGIN", "system/oracle", ["oracle of system"]),
        ("SMB_ACCOUNT", "foo%word", ["word of foo"]),
        ("SMB_CREDENTIALS", "foo%word", ["foo%word", "foo%word", "word of foo"]),
        ("APP_LOGIN", "foo%word", []),
        ("APP_LOGIN", "auth/login", []),
        ("DOCKER_ACCOUNT", "library/redis", []),
        ("HUB_USERS", "library/redis", []),
        ("GCP_SERVICE_ACCOUNT", "projects/test", []),
        ("SERVICE_ACCOUNT", "default/default", []),
        ("K8S_SERVICE_ACCOUNTS", "default:default", []),
        ("LDAP_LOGIN", "uid:user", []),
        ("MQTT_LOGIN", "iot:word", ["word of iot"]),
        ("APP_ACCOUNTS", "a/b:word,c|other", ["word of a/b", "other of c"]),
        ("SFTP_USERS", "foo:word:1001;bar:other", ["word of foo", "other of bar"]),
        ("KAFKA_SUPER_USERS", "User:admin;Group:test", []),
        ("APP_USERS", "admin,root", []),
        ("USERS_FILE", "/etc/users:/etc/more", []),
        ("X_AUTH", "YWRtaW46YWRtaW4=", ["YWRtaW46YWRtaW4=", "YWRtaW46YWRtaW4=", "admin of admin"]),
        ("X_CREDENTIALS", "bm90aGluZw==", ["bm90aGluZw==", "bm90aGluZw=="]),  # `nothing`: no pair
        ("X_CREDENTIALS", "wJalrXUt", ["wJalrXUt", "wJalrXUt"]),  # no text
        ("API_TOKENS", '["a", "b"]', ['["a", "b"]', "a", "b"]),
        ("PASSPHRASE", "a, b", ["a, b"]),
        ("DSN_HOST", "a:b", []),
        ("URL", "amqp://u:p@h/ amqp://:q@h/", ["p of u", "q of "]),
        ("OPTS", "-Dpassword=x --token y --token-ttl 60", ["x", "y"]),
        ("FORWARD_AUTH", "http://authelia:9091/api/verify", []),
        ("FORWARD_AUTH", "http://authelia:9091/api/verify?rd=https://login.example.com/#/", []),
        (
            "HOOK_TOKEN",
            "https://hooks.example.com/T0/a1b2c3d4e5f6",
            ["https://hooks.example.com/T0/a1b2c3d4e5f6"],
        ),
        ("HOOK_TOKEN", "https://a.example.com/?x=y", ["https://a.example.com/?x=y"]),
        ("SENTRY_DSN", "https://word@s.example.com/1", []),
        ("CORS_CREDENTIALS", "same-origin", []),
        ("FETCH_CREDENTIALS", "Include", []),
        ("DB_PASSWORD", "include", ["include"]),
        ("JSON", '{"credentials":"include","translation_key":"hello","join_key":"user_id"}', []),
        (
            "JSON",
            '{"api_key": "a", "signingKey": "b", "encryption-key": "c", "labelKey": "d"}',
            ["a", "b", "c"],
        ),
        ("JSON", '{"a": {"dbPassword": "x", "passwordPolicy": "y"}}', ["x"]),
    ],
)
def test_passwords(name: str, value: str, found: list[str]) -> None:
    """The whole value, the items of a list, and what stands behind a user."""
    told = [" of ".join([password, *names]) for password, names in passwords(name, value)]

    assert told == found


@pytest.mark.parametrize(
    ("name", "others", "is_name"),
    [
        ("MINIO_ACCESS_KEY", ["MINIO_SECRET_KEY"], True),
        ("AWS_ACCESS_KEY", ["AWS_SECRET_ACCESS_KEY"], True),
        ("R2_ACCESS_KEY", ["R2_SECRET"], True),
        ("STORAGE_S3_ACCESSKEY", ["STORAGE_S3_SECRETKEY"], True),
        ("s3.accessKey", ["s3.secretKey"], True),
        ("ACCESS_KEY", ["SECRET_KEY"], True),
        ("AZURE_ACCESS_KEY", ["MINIO_SECRET_KEY"], False),
        ("AWS_SECRET_ACCESS_KEY", ["AWS_SECRET_KEY", "AWS_SECRET_SECRET_KEY"], False),
        ("MINIO_SECRET_KEY", ["MINIO_ACCESS_KEY"], False),
        ("ACCESS_KEY_SEED", ["SECRET_KEY"], False),
    ],
)
def test_half_of_a_key_pair(name: str, others: list[str], is_name: bool) -> None:  # noqa: FBT001
    """A name beside its secret; a secret where it stands alone."""
    assert identifies(name, [name, *others]) is is_name


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["redis-server", "--requirepass", "redis"], ["redis"]),
        (["redis-server", "--requirepass=redis", "--masterauth", "x"], ["redis", "x"]),
        (["flower", "--basic_auth=admin:admin"], ["admin:admin", "admin:admin", "admin"]),
        (
            ["flower", "--basic-auth=a:b,admin:admin"],
            ["a:b", "a:b", "b", "admin:admin", "admin:admin", "admin"],
        ),
        (
            ["sh", "-c", 'app --tokens="x1,test,y2" --auth=plain,login'],
            ["x1", "x1", "test", "test", "y2", "y2"],
        ),
        (["app", "--options", "password=x,mode=test,fast", "--tags=a,test"], ["x"]),
        (["sh", "-c", "exec app --password 'changeme' --db postgres"], ["changeme"]),
        (["app", "--broker", "amqp://guest:guest@b"], ["guest"]),
        (["app", "--token-ttl", "60", "--password-file", "/run/secrets/x", "--password"], []),
        (["sh", "-c", "PASSWORD=x app"], ["x"]),
        ([], []),
    ],
)
def test_commands(words: list[str], found: list[str]) -> None:
    """Behind an option, in one word or in two, in an assignment, in a URL."""
    assert [password for password, _names in behind_options(words)] == found


@pytest.mark.parametrize(
    "word", ["required", "scram-sha-256", "SCRAM_SHA_512", "oauth2", "mTLS", "LDAP", "Off"]
)
def test_ways_to_log_in(word: str) -> None:
    """Words that say how, or whether one must; the same word is a password where the name says so."""
    assert not is_secret("X_AUTH", word)
    assert is_secret("X_PASSWORD", word) is (word != "Off")


def test_inside() -> None:
    """Only behind a name that says so."""
    text = 'a=b password=c "apiKey": "d" --db e --client-secret f'

    assert sorted(secret_inside(text)) == ["c", "d", "f"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SNMP_COMMUNITY", "k3y-of-ours"),
        ("LIBRENMS_SNMP_COMMUNITY", "banana"),
        ("SNMPD_rocommunity", "banana"),
        ("SNMP_RW_COMMUNITY", "banana"),
        ("PLEX_CLAIM", "claim-a1B2c3D4e5F6g7H8i9J0"),
        ("AUTH_PEPPER", "banana"),
        # Not the mark of a language model, nor a key on a keyboard.
        ("SPLUNK_TOKEN", "banana"),
        ("LAUNCHPAD_TOKEN", "banana"),
        ("BROW_KEY", "banana"),
        ("REGISTRY_CREDS", "ops:banana"),
        ("API_BEARER", "banana"),
        ("ACCESS_CODE", "banana"),
        ("DUO_SKEY", "banana"),
        ("WALLET_SEED", "banana"),
        ("STRING_SESSION", "1BVtsOKABu5dJ"),
        ("GANDI_PAT", "banana"),
        ("SONARR_API", "0123456789abcdef0123456789abcdef"),
        ("TELEGRAM_API_HASH", "0123456789abcdef0123456789abcdef"),
        ("ROBLOX_COOKIE", "_|WARNING-a1B2c3D4e5F6g7H8i9J0"),
        ("HOMEKIT_PIN", "031-45-154"),
        ("ADMIN_PIN", "48151623"),
        ("ADMIN_PIN", "2026-0101-77"),
        ("COUNTRY_ACCESS_CODE", "hunter2"),
        ("READ_COMMUNITY", "k3y-of-ours"),
        ("rocommunity", "banana"),
        ("SNMP_V2_READ_COMMUNITY", "banana"),
        ("SECRET_READ_COMMUNITY", "banana"),
        ("PEPPER", "k3y-of-ours"),
        ("CREDS", "ops:banana"),
        ("DB_CREDS", "hunter2"),
        ("EPS_BEARER", "a1B2c3D4e5F6"),
        ("PASSWORD_PEPPER", "banana"),
    ],
)
def test_name_without_the_usual_words(name: str, value: str) -> None:
    """What programs call their secrets otherwise."""
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COMMUNITY_EDITION", "true"),
        ("COMMUNITY_URL", "https://community.example.com"),
        ("SNMP_COMMUNITY_FILE", "/run/secrets/snmp"),
        ("CREDS_PATH", "/creds"),
        ("GOOGLE_CREDS", "/run/secrets/google.json"),
        ("JENKINS_CREDS_ID", "deploy"),
        ("AUTH_BEARER", "true"),
        ("TOKEN_TYPE", "bearer"),
        ("PEPPER_ENABLED", "false"),
        ("ACCESS_CODE_TTL", "60"),
        ("SUPPORTED_API", "v1"),
        ("BACKEND_API", "http://api:8080"),
        ("BACKEND_API", "https://api.example.com/v1/abcdef1234567890abcd"),
        ("SESSION_COOKIE", "sid"),
        ("COOKIE", "lax"),
        ("LED_PIN", "48151623"),
        ("ADMIN_PIN", "17"),
        ("STORE_PINCODE", "560001"),
        ("COUNTRY_CODE", "DE"),
        ("COUNTRY_ACCESS_CODE", "+4912"),
        ("INTERNATIONAL_ACCESS_CODE", "011"),
        ("REGION_ACCESS_CODE", "eu-west-1"),
        ("READ_COMMUNITY", "en-people-forum"),
        ("WRITE_COMMUNITY", "authors"),
        ("RO_COMMUNITY", "bucharest"),
        ("COMMUNITY", "en-people-forum"),
        ("PEPPER", "chipotle"),
        ("BELL_PEPPER", "red"),
        ("CREDS", "include"),
        ("FETCH_CREDS", "same-origin"),
        ("JENKINS_CREDS", "deploy"),
        ("GIT_CRED", "store"),
        ("CREDS", "https://vault.example.com"),
        ("EPS_BEARER", "default"),
        ("AUTH_BEARER", "required"),
        ("ADMIN_PIN", "2026-01-01"),
        ("ADMIN_PIN", "2026-1"),
        ("ACCESS_PIN", "31-12-2026"),
        ("REST_API", "v1beta2alpha3gamma4delta5"),
        ("REST_API", "Users2Orders3Invoices4Stock5"),
        ("SEARCH_API", "202601011200001234567"),
        ("CONSENT_COOKIE", "2026-01-01-banner-of-winter"),
        ("SEED", "48151623"),
    ],
)
def test_name_that_looks_like_one(name: str, value: str) -> None:
    """Other things of that name, and values that hold nothing."""
    assert not is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("SFTP_USERS", "app:banana:1001 ops:cherry", ["banana", "cherry"]),
        ("USERS", "one|banana|/home/one two|cherry|/home/two", ["banana", "cherry"]),
        ("USERS", "one|b4nana two|ch3rry", ["b4nana", "ch3rry"]),
        ("HTTP_USERS", "alice:hunter2,bob:writer", ["hunter2"]),
        ("BASIC_AUTH_USERS", "admin:$apr1$x$abc", ["$apr1$x$abc"]),
        ("PROXY_USERS", "alice:{SHA}abcdef", ["{SHA}abcdef"]),
        ("HTTP_USERS", "alice:banana:1001", ["banana"]),
        ("USER2", "ops;banana;1001", ["banana"]),
        ("CONCOURSE_ADD_LOCAL_USER", "ops:banana", ["banana"]),
        ("SMTP_RELAY_LOGIN", "ops:banana", ["banana"]),
        ("SFTP_USERS", "app::1001", []),
        ("USERS", "alice,bob", []),
        ("ADMIN_USERS", "alice:admin", []),
        ("USER", "1000:1000", []),
        ("HTTP_USER", "1000:1000", []),
        ("USERS", "User:alice", []),
        ("HTTP_USERS", "alice:reader,bob:writer", []),
        ("BASIC_AUTH_USERS", "admin|editor", []),
        ("MQTT_USERS", "sensor:publish", []),
        ("PROXY_ACCOUNTS", "alice:eu-west-1", []),
        ("USERS", "alice|reader bob|writer", []),
        ("USER", "alice;reader", []),
        ("SMTP_USER", "tenant:alice", []),
        ("SMTP_USER", "tenant:al1ce77", []),
        ("MQTT_USER", "app:sensor", []),
        ("MQTT_LOGIN", "vhost:sensor", []),
        ("RELAY_USER", "tenant:alice", []),
    ],
)
def test_accounts(name: str, value: str, found: list[str]) -> None:
    """Of programs that make them when they start; not who may do something, nor numbers of users."""
    assert [password for password, _names in accounts(name, value)] == found


@pytest.mark.parametrize(
    "image",
    [
        "delfer/alpine-ftp-server:latest",
        "atmoz/sftp",
        "ghcr.io/a/vsftpd:3",
        "dperson/samba",
        "x/webdav@sha256:0",
    ],
)
def test_accounts_of_an_image(image: str) -> None:
    """Any word behind a user is a password to what serves files."""
    assert [one for one, _names in accounts("USERS", "one|banana two|cherry", image)] == ["banana", "cherry"]
    assert not any(accounts("USERS", "one|banana two|cherry", "acme/draft-parsing:1"))
