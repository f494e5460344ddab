"""Names with values in code and settings."""

import time

import pytest

from stackproof.stack import hidden
from stackproof.stack.code_settings import named
from stackproof.stack.passwords import secret_inside

FOUND = (
    "gitlab_rails['initial_root_password'] = 'hunter2'",
    'gitlab_rails["smtp_password"]="hunter2"',
    "gitlab_rails['x'] = { 'aws_secret_access_key' => 'hunter2' }",
    "gitlab_rails['otp_key_base'] = 'hunter2'",
    "x = {:password => 'hunter2'}",
    'x = { secret: "hunter2", name: "y" }',
    "$CONFIG['dbpassword'] = 'hunter2';",
    "$cfg['Servers'][$i]['password'] = 'hunter2';",
    "$CONFIG = ['dbpassword' => 'hunter2'];",
    "$password = 'hunter2';",
    "define('DB_PASSWORD', 'hunter2');",
    "define( 'NONCE_KEY', \"hunter2\" );",
    "$settings['hash_salt'] = 'hunter2';",
    "SECRET_KEY = 'hunter2'",
    'SECRET_KEY = "hunter2"  # changed',
    "DATABASES = {'default': {'PASSWORD': 'hunter2'}}",
    "c['token'] = 'hunter2'",
    'os.environ["API_TOKEN"] = "hunter2"',
    'os.environ.setdefault("SECRET_KEY", "hunter2")',
    "process.env.API_TOKEN = 'hunter2'",
    'const x = {apiKey: "hunter2"}',
    '{"password": "hunter2"}',
    '{"db": {"api_key" : "hunter2"}}',
    'token := "hunter2"',
    "db:\n  password: hunter2\n",
    "db:\n  - password: 'hunter2'\n",
    "[db]\npassword = hunter2\n",
    '[db]\nuser = app\npassword = "hunter2"\n',
)
NONE = (
    "gitlab_rails['initial_root_password'] = File.read('/run/secrets/root')",
    "gitlab_rails['initial_root_password']=ENV['ROOT']",
    "gitlab_rails['smtp_password'] = \"#{ENV['SMTP']}\"",
    "# gitlab_rails['smtp_password'] = 'hunter2'",
    "x\n  // password: 'hunter2'\n",
    "gitlab_rails['smtp_authentication'] = 'login'",
    "nginx['ssl_certificate_key'] = '/etc/key.pem'",
    "define('DB_PASSWORD', getenv('DB_PASSWORD'));",
    "$password = getenv('PASSWORD');",
    "define('WP_DEBUG', 'x');",
    "SECRET_KEY = os.environ['SECRET_KEY']\nX = 1",
    "PASSWORD = settings.password\nX = 'y'",
    "{'primary_key': 'id', 'label_key': 'x', \"joinKey\": 'y'}",
    "if password == 'hunter2':",
    "[ \"$PASSWORD\" = 'hunter2' ]",
    "[ $PASSWORD = 'hunter2' ]",
    "ALTER USER app PASSWORD :'pw'",
    "let x = `${password}: 'y'`",
    "db:\n  password: !env PASSWORD\n  secret: *anchor\n  token: ${TOKEN}\n",
    'db:\n  password: "{{ password }}"\n',
    "const x = {\n  password: password,\n  token: getToken()\n}",
    "password: required",
)


@pytest.mark.parametrize("text", FOUND)
def test_found(text: str) -> None:
    """In Ruby, PHP, Python, JavaScript, JSON, Go, YAML and INI; and reports hide it."""
    assert "hunter2" in list(secret_inside(text))
    longer = text.replace("hunter2", "hunter2-of-ours")
    assert "hunter2-of-ours" in hidden.of_variable("CONFIG", longer)


@pytest.mark.parametrize("text", NONE)
def test_none(text: str) -> None:
    """What is read, compared, filled in or commented out."""
    assert list(secret_inside(text)) == []


def test_names() -> None:
    """Each with its value, once."""
    text = "a['x_token'] = 'b c' # d\na['x_token'] = 'b c'"
    assert list(named(text)) == [("x_token", "b c")]


def test_long_texts() -> None:
    """Whatever they are made of, they take no time."""
    for text in (
        "a" * 80_000 + "'\n",
        "a['b'] " * 10_000,
        "a='" * 20_000,
        "set" * 20_000 + "('",
        "a: " * 20_000 + '\n"',
    ):
        start = time.monotonic()
        list(named(text))
        assert time.monotonic() - start < 2
