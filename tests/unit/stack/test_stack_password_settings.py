"""Passwords as settings of programs, as one word with what parts words, and in two keys of a service."""

import shlex
from typing import Any

import pytest

from stackproof.stack import hidden
from stackproof.stack.command_passwords import behind_options, options, program_of
from stackproof.stack.redaction import Redactor
from stackproof.stack.service import Service

WORD = "hunter2x"
RANDOM = "c2VjcmV0LWtleS12YWx1ZS1oZXJlCg0"
# Names with values, each a word, wherever they stand; names with values within a value; after the manuals.
SETTINGS = (
    "rclone config create s3 s3 provider AWS access_key_id AKIA secret_access_key hunter2x",
    "rclone config create s3 s3 secret_access_key hunter2x env_auth false",
    "rclone --config /c config create w webdav url http://w user ops pass hunter2x --non-interactive",
    "rclone config create w webdav --obscure pass hunter2x",
    "rclone config update s3 secret_access_key hunter2x",
    "rclone config password w pass hunter2x",
    "rclone config create s3 s3 secret_access_key=hunter2x",
    "rclone config create box box client_secret hunter2x",
    "rclone config create az azureblob account ops key hunter2x/c2VjcmV0LWtleS12YWx1ZS1oZXJlCg0==",
    "git config --global user.password hunter2x",
    "yarn config set npmAuthToken hunter2x",
    "pip config set global.password hunter2x",
    "pulumi config set --secret dbPassword hunter2x",
    "wp config set DB_PASSWORD hunter2x --path=/w",
    "drush config:set smtp.settings smtp_password hunter2x",
    "magento config:set payment/gate/password hunter2x",
    "php bin/magento config:set payment/gate/password hunter2x",
    "php occ config:system:set dbpassword --value=hunter2x",
    "php /var/www/occ config:system:set redis password --value hunter2x",
    "occ config:app:set mail smtp_password --value=hunter2x --type=string",
    "nmcli connection modify w wifi-sec.psk hunter2x",
    "nmcli con add type wifi ssid w 802-1x.password hunter2x",
    "consul kv put app/db/password hunter2x",
    "etcdctl put /app/password hunter2x",
    "redis-cli set api_token hunter2x",
    "redis-cli -h r mset mode x api_token hunter2x",
    "redis-cli hset app mode x password hunter2x",
    "crudini --set /etc/nova.conf database password hunter2x",
    "bundle config set gems.example.com ops:hunter2x",
    "bundle config gems.example.com ops:hunter2x",
    "mosquitto_ctrl -h m dynsec setClientPassword ops hunter2x",
    "wpa_cli -i wlan0 set_network 0 psk hunter2x",
    "openssl passwd -6 -salt abc hunter2x",
    "mkpasswd -m sha-512 hunter2x",
    "pihole setpassword hunter2x",
    "pihole -a -p hunter2x",
    "add-user.sh admin hunter2x",
    "flask mailu admin ops example.com hunter2x",
    "sqlplus -s ops/hunter2x@db",
    "sqlplus ops/hunter2x @/opt/x.sql",
    "sqlplus -L -S 'sys/hunter2x as sysdba' @/opt/x.sql",
    "rman target ops/hunter2x@db",
    "rman target / catalog ops/hunter2x@cat",
    "rman TARGET=ops/hunter2x@db cmdfile=backup/full.rman",
    "expdp ops/hunter2x@db directory=dump dumpfile=x.dmp",
    "expdp dumpfile=x.dmp userid=ops/hunter2x",
    "sqlldr ops/hunter2x control=ctl/load.ctl",
    "sqlldr control=ctl/load.ctl userid=ops/hunter2x@db",
    "exp ops/hunter2x@db file=dump/x.dmp",
    "imp file=dump/x.dmp userid=ops/hunter2x",
    "bundle config --global https://gems.example.com ops:hunter2x",
    "bundle config set --local http://localhost:9292 ops:hunter2x",
    "kubectl create secret generic s --from-literal=password=hunter2x",
    "helm install --set=auth.password=hunter2x x",
    "docker run --env=API_TOKEN=hunter2x x",
    "docker build --build-arg=NPM_TOKEN=hunter2x .",
    "docker build --build-arg NPM_TOKEN=hunter2x .",
    "tool --config=db.password=hunter2x",
    "curl --url=http://x/?mode=a&api_key=hunter2x",
    "terraform apply -var=db_password=hunter2x",
    "srcds_run -game csgo +rcon_password hunter2x +map de_dust",
    "xfreerdp /u:ops /p:hunter2x /v:host",
    "caddy hash-password --plaintext hunter2x",
    "ttyd -c ops:hunter2x bash",
    "transmission-remote -n ops:hunter2x -l",
    "miniserve --auth ops:hunter2x /srv",
    "register_new_matrix_user -u ops -p hunter2x http://s",
    "murmurd -supw hunter2x",
)
NO_SETTINGS = (
    "rclone config create s3 s3 provider AWS env_auth true region eu-west-1",
    "rclone config create s3 s3 secret_access_key $SECRET",
    "rclone config create s3 s3 secret_access_key ${SECRET}",
    'rclone config create s3 s3 secret_access_key "$(cat /run/secrets/s3)"',
    "rclone config create crypt crypt password_file /run/secrets/s3",
    "rclone config create gcs gcs service_account_file /run/secrets/gcs",
    "rclone config create az azureblob account ops key short",
    "rclone config show s3",
    "rclone sync /secret_access_key remote:password",
    "git config --global credential.helper store",
    "git config --global user.name password",
    "git log --grep password secret",
    "wp option update blogname secret",
    "wp config set DB_PASSWORD $DB_PASSWORD",
    "occ config:system:set trusted_domains 1 --value=shop.example.com",
    "occ config:system:set passwordsalt --value=$SALT",
    "redis-cli set page home",
    "redis-cli get api_token",
    "etcdctl get /app/password",
    "consul kv get app/db/password",
    "nmcli con mod w wifi-sec.key-mgmt wpa-psk",
    "crudini --get /etc/nova.conf database password",
    "grep password hunter2x",
    "echo password required",
    "test -f password -o secret",
    "openssl passwd -6 -stdin",
    "mkpasswd -m sha-512 -s",
    "sqlplus / as sysdba",
    "sqlplus ops@db",
    "sqlplus -L -S / as sysdba @/opt/healthcheck.sql",
    "sqlplus /nolog @/opt/x.sql",
    "sqlplus @opt/x.sql",
    "sqlplus -S / as sysdba @opt/check.sql reports/day",
    "sqlplus ops@db:1521/XEPDB1",
    "sqlplus ops@//db:1521/XEPDB1",
    'sqlplus ops/"$PW"@db',
    'sqlplus "$ORACLE_USER/$PW@db" @/opt/x.sql',
    "sqlplus ops/$PW @sql/setup.sql app/data",
    "rman target / cmdfile backup/full.rman",
    "rman target / @backup/full.rman",
    "expdp parfile=cfg/nightly.par",
    "impdp / dumpfile=dump/nightly.dmp",
    "sqlldr control=ctl/load.ctl",
    "imp backup/dump.dmp",
    "exp report/nightly.dmp",
    "exp /data/dump",
    "bundle config set without development:test",
    "bundle config --local without development:test",
    "bundle config set --global mirror.https://rubygems.org http://gems:9292",
    'bundle config set gems.example.com ops:"$PW"',
    'etcdctl user add root:"$PW"',
    "etcdctl user add @root:password",
    "php artisan serve",
    "kubectl create secret generic s --from-file=password=/run/secrets/x",
    "docker build --build-arg=HTTP_PROXY=http://proxy:3128 .",
    "date +%s",
    """sh -c '[ -n "$API_TOKEN" ] || { echo token "is not set"; exit 1; }'""",
    """sh -c 'grep -q password "/etc/my app.conf"'""",
    'read -p password "Enter it now"',
    'read -rsp password "Enter it; now"',
    'log_secret "loaded from vault"',
    "log-token 'is not; set'",
    "kubectl get secret 'a b'",
    'git config credential.helper "store --file /x"',
    "vault kv get -field password 'secret/my app'",
    'printf "%s" token "of the shop"',
    """sh -c 'php occ config:system:set redis password --value="$REDIS_PASSWORD"'""",
    """sh -c 'php occ config:system:set redis password --value "$REDIS_PASSWORD"'""",
    'occ config:app:set mail smtp_password --value="${SMTP}" --type=string',
    "srcds_run +map de_dust",
    "xfreerdp /u:ops /v:host",
    "caddy hash-password",
    "add-user.sh --help x",
    "htpasswd -b /f ops $2y$05$wqfHEhqzZbXNRO0Bkn6nuOBbJdxcJR8QO2QLcOEkJvNqTJpn8WZWq",
)


@pytest.mark.parametrize("command", SETTINGS)
def test_setting(command: str) -> None:
    """Found by the rule as one text, as words, through a shell, and hidden in reports."""
    for words in (
        [command],
        shlex.split(command),
        ["sh", "-c", f"sleep 1; {command}"],
        ["CMD-SHELL", command],
    ):
        assert any(WORD in one.secret for one in options(words)), words
        assert WORD not in Redactor(frozenset(hidden.of_command(words))).text(f"ran {' '.join(words)}")


@pytest.mark.parametrize("command", NO_SETTINGS)
def test_no_setting(command: str) -> None:
    """From a variable, a file, the keyboard; or no secret, or no setting."""
    assert list(options([command])) == []


@pytest.mark.parametrize("word", ["p;w&d|x y", "a b c", "x, y; z", "correct horse battery", "it's;here"])
@pytest.mark.parametrize(
    "words",
    [
        ["mysqladmin", "--password={}", "ping"],
        ["redis-server", "--requirepass", "{}"],
        ["redis-server", "--requirepass", "{}", "--port", "6380"],
        ["env", "API_TOKEN={}", "app"],
        ["app", "+rcon_password", "{}"],
        ["java", "-Dspring.datasource.password={}", "-jar", "a.jar"],
        ["CMD", "app", "--api-token", "{}"],
    ],
)
def test_one_word_with_what_parts_words(words: list[str], word: str) -> None:
    """No shell reads it: the whole of it is the secret."""
    given = [one.format(word) for one in words]
    assert [one.secret for one in options(given)] == [word]
    assert word in hidden.of_command(given)


@pytest.mark.parametrize(
    "script",
    [
        "mysql --password='p;w&d|x y' -e x",
        'redis-server --requirepass "p;w&d|x y"',
        "PASSWORD='p;w&d|x y' app",
        "export API_TOKEN='p;w&d|x y'; app",
    ],
)
def test_quotes_within_a_script(script: str) -> None:
    """What a shell takes for one word is one."""
    for words in ([script], ["sh", "-c", script], ["CMD-SHELL", script]):
        assert [one.secret for one in options(words)] == ["p;w&d|x y"]


@pytest.mark.parametrize(
    "script",
    [
        "game +rcon_password 'p;w&d|x y' +map z",
        "(game --api-token 'p;w&d|x y')",
        "game -token 'p;w&d|x y'",
        "game --shop.password 'p;w&d|x y'",
        "php occ config:system:set dbpassword --value='p;w&d|x y'",
    ],
)
def test_quotes_behind_an_option(script: str) -> None:
    """With one dash, with two, with a plus sign."""
    assert {one.secret for one in options([script])} == {"p;w&d|x y"}


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("sqlplus ops/hunter2x@db", "sqlplus ops"),
        ("sqlldr control=x.ctl userid=ops/hunter2x", "sqlldr ops"),
        ("rman target=ops/hunter2x@db", "rman ops"),
        ("rman target ops/hunter2x@db", "rman target ops"),
        ("bundle config gems.example.com ops:hunter2x", "bundle config gems.example.com ops"),
    ],
)
def test_a_login_in_one_word(command: str, what: str) -> None:
    """It is told by who logs in, and never with the password."""
    assert [(one.what, one.names, one.secret) for one in options([command])] == [(what, ("ops",), WORD)]


def test_script_behind_a_name() -> None:
    """It ends where a shell would end it."""
    assert [one.secret for one in options(["sh", "-c", "PASSWORD=hunter2x; app --mode x"])] == [WORD]


# What begins in the entrypoint and ends in the command.
SPLIT = (
    ("rclone config create s3 s3", "secret_access_key hunter2x"),
    ("rclone", "config create s3 s3 secret_access_key hunter2x"),
    ("rclone config create s3 s3 secret_access_key", "hunter2x"),
    ("redis-server --requirepass", "hunter2x"),
    ("redis-server", "--requirepass hunter2x"),
    ("tini -- redis-server --requirepass", "hunter2x --port 6380"),
    ("mysqladmin -u root", "password hunter2x"),
    ("mysqladmin", "-u root -phunter2x ping"),
    ("htpasswd -nb ops", "hunter2x"),
    ("sshpass -p", "hunter2x ssh h"),
    ("curl -u", "ops:hunter2x http://s"),
    ("rabbitmqctl add_user", "ops hunter2x"),
    ("docker login -u ops", "-p hunter2x"),
    ("env", "API_TOKEN=hunter2x app"),
    ("sh -c", "'redis-server --requirepass hunter2x'"),
    ("/bin/bash -ec", "'rclone config create s3 s3 secret_access_key hunter2x; exec app'"),
    ('sh -c \'exec "$0" "$@"\'', "redis-server --requirepass hunter2x"),
    ("psql -c", "\"ALTER USER ops PASSWORD 'hunter2x'\""),
)


@pytest.mark.parametrize(("entrypoint", "command"), SPLIT)
@pytest.mark.parametrize("as_text", [False, True])
def test_one_line_in_two_keys(entrypoint: str, command: str, *, as_text: bool) -> None:
    """The rule finds it in the command, and no report shows it."""
    before, words = shlex.split(entrypoint), shlex.split(command)
    found = list(options(words, program_of("app:1", before), before))
    assert any(WORD in one.secret for one in found)
    assert any(WORD in secret for secret, _ in behind_options(words, "", before))

    written: dict[str, Any] = {"image": "app:1", "entrypoint": before, "command": words}
    if as_text:
        written |= {"entrypoint": entrypoint, "command": command}
    hides = Redactor(hidden.of_model({"services": {"web": written}}))
    assert WORD not in hides.text(f"ran {entrypoint} {command}")


@pytest.mark.parametrize(
    ("entrypoint", "command"),
    [
        ("redis-server --requirepass $$PW", "hunter2x"),
        ("redis-server --requirepass", "$PW"),
        ("docker-entrypoint.sh", "postgres -c shared_buffers=1GB"),
        ("rclone config create s3 s3", "env_auth true"),
        ("app --password-file", "/run/secrets/x"),
        ("app --no-password", "serve"),
        ("htpasswd -nb ops", ""),
    ],
)
def test_two_keys_without_a_password(entrypoint: str, command: str) -> None:
    """They are no more together than each is alone."""
    assert list(options(shlex.split(command), "", shlex.split(entrypoint))) == []


def test_what_the_entrypoint_has_is_told_once() -> None:
    """It is a finding there, and none in the command."""
    before = ["redis-server", "--requirepass", WORD]
    assert list(options(["--port", "6380"], "redis-server", before)) == []
    assert list(behind_options(["--port", "6380"], "redis-server", before)) == []


@pytest.mark.parametrize(
    ("entrypoint", "command", "told"),
    [
        ("redis-server --requirepass hunter2x", "--masterauth hunter2x", ["--masterauth"]),
        ("redis-server --requirepass hunter2x", "--requirepass hunter2x", []),
        (
            "env A_TOKEN=hunter2x",
            "app --api-key hunter2x --db-password hunter2x",
            ["--api-key", "--db-password"],
        ),
        ("redis-cli -a hunter2x", "config set requirepass hunter2x", ["redis-cli config set requirepass"]),
    ],
)
def test_one_password_behind_two_options(entrypoint: str, command: str, told: list[str]) -> None:
    """Who mends one has the other left."""
    words, before = shlex.split(command), shlex.split(entrypoint)
    program = program_of("app:1", before)
    assert [one.what for one in options(words, program, before)] == told
    assert WORD in [secret for secret, _names in behind_options(words, program, before)]


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ({"entrypoint": ["a"]}, ("entrypoint",)),
        ({"command": ["a"]}, ("command",)),
        ({"healthcheck": {"test": ["CMD", "a"]}}, ("healthcheck", "test")),
        ({"pre_start": [{"command": ["a"]}]}, ("pre_start", 0, "command")),
        ({"post_start": [{"command": ["a"]}]}, ("post_start", 0, "command")),
        ({"pre_stop": [{"user": "0"}, {"command": ["a"]}]}, ("pre_stop", 1, "command")),
        (
            {"develop": {"watch": [{"path": "."}, {"exec": {"command": ["a"]}}]}},
            ("develop", "watch", 1, "exec", "command"),
        ),
    ],
)
def test_where_a_service_says_what_is_run(raw: dict[str, Any], at: tuple[str | int, ...]) -> None:
    """All of Compose's keys for it."""
    assert list(Service(name="web", raw=raw).command_lines) == [at]
