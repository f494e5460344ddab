"""What has the word of a secret in its name: when it is one, and when it is about one."""

import pytest

from stackproof.stack import hidden
from stackproof.stack.harmless import is_harmless
from stackproof.stack.passwords import is_secret, may_be_secret

KEY = "a1b2c3d4e5f6" * 3
ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
HARMLESS = (
    # Amounts and ages, in every unit.
    ("TOKENS_PER_MINUTE", "90000"), ("TOKENS_PER_REQUEST", "4k"), ("CHUNK_TOKENS", "512"),
    ("CONTEXT_TOKENS", "8_192"),
    ("OVERLAP_TOKENS", "64"), ("PROMPT_TOKENS", "1,024"), ("TOKEN_BUDGET", "4000"), ("TOKEN_RATE", "5"),
    ("TOKEN_BUCKET", "5"), ("TOKEN_QUOTA", "5"), ("TOKEN_PRICE", "0.1"), ("TOKEN_SUPPLY", "1000"),
    ("TOKEN_VALIDITY", "3600"), ("TOKEN_DURATION", "1h"), ("TOKEN_LIFESPAN", "P30D"), ("TOKEN_LEEWAY", "30s"),
    ("TOKEN_GRACE", "PT15M"), ("SECRET_CACHE_TIME", "60"), ("TOKEN_VALID_MS", "5"), ("TOKEN_VALID_WEEKS",
    "2"),
    ("TOKEN_REFRESH_EVERY", "1h30m"), ("PASSWORD_KEPT", "90 days"), ("SALT_BYTES", "16"), ("SECRET_CHARS",
    "32"),
    ("PASSWORD_SALT", "10"),
    # Rules, and switches.
    ("PASSWORD_STRENGTH", "3"), ("PASSWORD_HISTORY", "5"), ("PASSWORD_COMPLEXITY", "high"),
    ("PASSWORD_REGEX", "^.{8,}$"),
    ("SECRET_ROTATION", "daily"), ("PASSWORD_LOGIN", "enabled"), ("ROTATE_SECRETS", "weekly"),
    ("SHOW_TOKENS", "never"),
    # Places.
    ("TOKEN_SERVICE_ADDR", "auth:8080"), ("TOKEN_ADDRESS", ADDRESS), ("TOKEN_SERVICE", "auth:8080"),
    ("PASSWORD_SERVER", "pw.example.com"), ("SECRET_PROXY", "10.0.0.1"), ("TOKEN_NODES", "[fd00::1]:8080"),
    ("PROXY_PASS", "backend:8080"), ("NGINX_PROXY_PASS", "http://backend:8080/api"), ("FASTCGI_PASS", "php"),
    ("K8S_SECRET_NAMESPACE", "shop"), ("TOKEN_SOURCE", "header"), ("TOKEN_COOKIE", "sid"),
    ("SECRET_TABLE", "secrets"),
    # Names of files, and of folders.
    ("GOOGLE_APPLICATION_CREDENTIALS", "config/sa.json"), ("FIREBASE_CREDENTIALS", "firebase.json"),
    ("GOOGLE_CREDENTIALS", "shop-1a2b3c4d5e6f.json"), ("SSH_KEY", "~/.ssh/id_rsa"), ("SSH_KEY", "~me/key"),
    ("HOST_KEY", "id_ed25519"), ("HOST_KEY", "keys/id_ecdsa_sk"), ("API_TOKEN", "secrets/token"),
    ("TLS_KEY", "ssl/server"), ("KUBE_CREDENTIALS", ".kube/config"), ("TLS_KEY", r"C:\tls\key"),
    ("AGE_KEY", "keys.txt"),
    ("PROJECT_PWD", "."), ("APP_PASSWORD", "~/password"),
    # Other things of that name.
    ("TOKEN_SYMBOL", "ETH"), ("TOKEN_DECIMALS", "18"), ("TOKEN_STANDARD", "erc20"), ("NATIVE_TOKEN", "ETH"),
    ("USDC_TOKEN", ADDRESS), ("PAD_TOKEN", "[PAD]"), ("EOS_TOKEN", "endoftext"), ("MASK_TOKEN", "[MASK]"),
    ("SALT_MASTER", "salt"), ("SALT_MINION", "web"), ("LOW_PASS", "5"), ("LOWPASS_FREQ", "5"),
    ("NUM_PASSES", "3"),
    ("SUDO_ASKPASS", "askpass"), ("SECRET_MANAGER_PROJECT", "shop"), ("KEY_VAULT", "shop"),
    ("PRIVATE_MODE", "members"),
    ("TRANSLATION_KEY", "greeting"), ("HOT_KEY", "F1"), ("MESSAGE_KEY", "id"), ("PSK_IDENTITY", "web"),
    ("WP_CACHE_KEY_SALT", "shop"),
)  # fmt: skip
SECRETS = (
    # Whose password or token it is, and which one of several.
    ("PASSWORD_ROOT", "90000"), ("PASSWORD_DB", "hunter2"), ("TOKEN_GITHUB", "hunter2"), ("PASSWORD_2",
    "hunter2"),
    ("TOKEN_SERVICE", "hunter2"), ("PASSWORD_SOURCE", "hunter"), ("TOKEN_SOURCE", "hunter2"),
    ("PROXY_PASS", "hunter2"),
    ("PASSWORD_SERVER", "hunter2"), ("SECRET_KEY_BASE", "hunter2"), ("SECRET_MANAGER_TOKEN", "hunter2"),
    ("KEY_VAULT_SECRET", "hunter2"), ("SALT_MASTER_KEY", "hunter2"), ("TOKEN_BUDGET_SECRET", "hunter2"),
    # Numbers, ages, addresses, names of files: of a password none is.
    ("MESSAGE_KEY", KEY), ("JF_JOIN_KEY", KEY), ("MAPS_API_KEY_ADDRESS", KEY),
    ("S3_SECRET_ACCESS_KEY_BUCKET", KEY),
    ("ENCRYPTION_KEY", f"{KEY}/keys/x"), ("MEMCACHED_PASS", "S3cr3tPw9"),
    ("MYSQL_PASSWORD_SECOND", "hunter2"),
    ("PASSWORD_TIME", "Tr0ub4dor9x"), ("DB_PASSWORD_STANDARD", "hunter2"), ("DB_PASSWORD_HISTORY", "hunter2"),
    ("API_TOKEN", "90000"), ("DB_PASSWORD", "12345678"), ("DB_PASSWORD", "1h"), ("DB_PASSWORD", "db:5432"),
    ("DB_PASSWORD", "hunter2.txt"), ("DB_PASSWORD", "secrets/db"), ("DB_PASSWORD", "daily"), ("ADMIN_PW",
    "id_rsa"),
    ("PASSWORD_SALT", "hunter2"), ("API_TOKENS", "hunter2"), ("PRIVATE_KEY", ADDRESS), ("API_TOKEN", "ETH"),
    ("API_TOKEN", "0x" + "5F" * 32), ("API_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"), ("BASIC_AUTH",
    "ops:8080"),
    # Other words for it.
    ("VAULT_DEV_ROOT_TOKEN_ID", "hunter2"), ("BAO_DEV_ROOT_TOKEN_ID", "hunter2"), ("APPROLE_SECRET_ID",
    "hunter2"),
    ("VAULT_SECRET_ID", "hunter2"), ("VAULT_ROLE_SECRET_ID", "hunter2"),
    ("RABBITMQ_ERLANG_COOKIE", "hunter2"), ("RELEASE_COOKIE", "hunter2"), ("EMQX_NODE__COOKIE", "hunter2"),
    ("RABBITMQ_ERL_COOKIE", "hunter2"), ("LIVEBOOK_COOKIE", "hunter2"), ("-setcookie", "hunter2"),
    ("XPACK_SECURITY_ENCRYPTIONKEY", "hunter2"), ("ENCRYPTIONKEY", "hunter2"), ("MASTERKEY", "hunter2"),
    ("JWTKEY", "hunter2"), ("ENCRYPTION_KEYS", "hunter2"), ("UNSEAL_KEYS", "hunter2"), ("OTP_KEY_BASE",
    "hunter2"),
    ("ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY", "hunter2"), ("LICENCEKEY", "hunter2"), ("SHAREDKEY", "hunter2"),
    ("DB_PW", "hunter2"), ("LDAP_BIND_PW", "hunter2"), ("SRCDS_PW", "hunter2"), ("SRCDS_RCONPW", "hunter2"),
    ("rootpw", "hunter2"), ("dbPw", "hunter2"), ("PW", "hunter2"), ("PW_ADMIN", "hunter2"), ("DB_PSWD",
    "hunter2"),
    ("PASSCODE", "hunter2"), ("PASSWORT", "hunter2"), ("WIFI_PSK", "hunter2"), ("ZBX_TLSPSK", "hunter2"),
    ("GITHUB_PAT", "hunter2"), ("MNEMONIC", "legal winner"), ("SEED_PHRASE", "legal winner"),
)  # fmt: skip
NO_NAMES = (
    "SESSION_COOKIE", "CSRF_COOKIE_NAME", "MONKEY", "GPIO_PWM", "PATH", "AWS_SECRET_ID", "PROXMOX_TOKEN_ID",
    "VAULT_ROLE_ID", "PRIMARY_KEY", "PW_LENGTH", "WIFI_PSK_FILE", "DISPATCH",
)  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_harmless(name: str, value: str) -> None:
    """No rule finds fault with it."""
    assert not is_secret(name, value)


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_secret(name: str, value: str) -> None:
    """What names, numbers and files have in common with what is harmless is not enough."""
    assert is_secret(name, value)
    assert may_be_secret(name, value)
    assert not is_harmless(name, value)


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_of_none(name: str) -> None:
    """Some of the letters alone say nothing."""
    assert not is_secret(name, "hunter2")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN_SOURCE", "some-header"), ("GOOGLE_CREDENTIALS", "shop-1a2b3c4d5e6f.json"),
    ("TOKEN_ADDRESS", ADDRESS),
        ("MYSQL_DSN", "app@tcp(db:3306)/app"), ("SENTRY_DSN", f"https://{'0a' * 16}@o1.ingest.example.com/1"),
        ("TOKEN_VALIDITY", "365 days"), ("PROXY_PASS", "backend:8080"),
    ],
)  # fmt: skip
def test_reports_hide_it_none_the_less(name: str, value: str) -> None:
    """By its name alone, as a variable and as an option, in one word and in two."""
    assert value in hidden.of_variable(name, value)
    option = f"--{name.lower()}"
    assert value in hidden.of_command([option, value])
    assert value in hidden.of_command([f"{option}={value}"])


def test_lists_are_hidden_by_their_parts() -> None:
    """Also where the whole is harmless."""
    assert hidden.of_variable("CHUNK_TOKENS", "512") == {"512"}
    assert {"a.json", "b.json"} <= hidden.of_variable("APP_CREDENTIALS", "a.json,b.json")
