"""Passwords in commands: behind options, by their place, in statements."""

import shlex

import pytest

from stackproof.stack.command_passwords import behind_options, options

WORD = "hunter2x"
# After the manuals of these programs.
COMMANDS = (
    "rabbitmqctl add_user app hunter2x",
    "rabbitmqctl -n rabbit@x change_password app 'hunter2x'",
    "sh -c 'rabbitmq-server & rabbitmqctl await_startup && rabbitmqctl add_user app hunter2x; wait'",
    "/usr/bin/mc alias set s http://minio:9000 key hunter2x;",
    "mc config host add s http://minio:9000 key hunter2x --api S3v4",
    "mc alias set --api S3v4 s http://minio:9000 key hunter2x",
    "until (mc alias set s http://m:9000 key hunter2x) do sleep 1; done",
    "mysqladmin -u root password hunter2x",
    "htpasswd -b /f app hunter2x",
    "htpasswd -bc /f app hunter2x",
    "htpasswd -nb app hunter2x",
    "htpasswd -Bbn -C 10 app hunter2x",
    "htpasswd -c -b /f app hunter2x",
    "redis-cli CONFIG SET requirepass hunter2x",
    "redis-cli -h r config set masterauth hunter2x",
    "redis-cli AUTH hunter2x",
    "redis-cli auth app hunter2x",
    "redis-cli ACL SETUSER app on '>hunter2x' '~*' +@all",
    "redis-server --user 'app on >hunter2x ~* +@all'",
    "psql -c \"ALTER USER app WITH ENCRYPTED PASSWORD 'hunter2x'\"",
    "psql -c \"CREATE ROLE app LOGIN PASSWORD 'hunter2x';\"",
    "mysql -e \"CREATE USER 'app'@'%' IDENTIFIED BY 'hunter2x'\"",
    "mysql -e \"ALTER USER 'root'@'localhost' IDENTIFIED WITH caching_sha2_password BY 'hunter2x'\"",
    "mysql -e \"SET PASSWORD FOR 'root'@'localhost' = PASSWORD('hunter2x')\"",
    "cqlsh -e \"CREATE ROLE app WITH PASSWORD = 'hunter2x' AND LOGIN = true\"",
    "sqlcmd -Q \"CREATE LOGIN app WITH PASSWORD = N'hunter2x'\"",
    "influx -execute \"CREATE USER app WITH PASSWORD 'hunter2x'\"",
    "mysql -e 'GRANT ALL ON *.* TO app IDENTIFIED BY \"hunter2x\"' ",
    "mongosh --eval \"db.createUser({user: 'app', pwd: 'hunter2x', roles: []})\"",
    "mongo --eval \"db.auth('app', 'hunter2x')\"",
    "curl -u app:hunter2x http://x/",
    "curl --user app:hunter2x http://x/",
    "curl -fsS -U app:hunter2x http://x",
    "sshpass -p hunter2x ssh x",
    "sshpass -p'hunter2x' ssh x",
    "openssl rsa -passin pass:hunter2x -in k",
    "openssl pkcs12 -export -passout pass:hunter2x",
    "openssl req -passout 'pass:hunter2x'",
    "mosquitto_passwd -b /f app hunter2x",
    "mosquitto_passwd -c -b /f app hunter2x",
    "vault login hunter2x",
    "vault operator unseal hunter2x",
    "vault login -method=userpass username=app password=hunter2x",
    "docker login -u app -p hunter2x r",
    "docker login --username app --password hunter2x",
    "echo hunter2x | docker login -u app --password-stdin",
    "docker login -u a --password-stdin <<< 'hunter2x'",
    "aws configure set aws_secret_access_key hunter2x",
    "aws --profile x configure set default.aws_secret_access_key hunter2x",
    "kcadm.sh config credentials --server http://x --user admin --password hunter2x",
    "/opt/keycloak/bin/kcadm.sh set-password -r master --username a --new-password hunter2x",
    "kcadm.sh set-password -u a -p hunter2x",
    "smbpasswd -w hunter2x",
    "(echo 'hunter2x'; echo 'hunter2x') | smbpasswd -s -a app",
    "echo -e 'hunter2x\\nhunter2x' | smbpasswd -s -a app",
    "smbclient //x/y -U app%hunter2x",
    "net ads join -U app%hunter2x",
    "neo4j-admin dbms set-initial-password hunter2x",
    "neo4j-admin set-initial-password hunter2x",
    "cypher-shell -u neo4j -p hunter2x",
    "grafana cli admin reset-admin-password hunter2x",
    "grafana-cli admin reset-admin-password hunter2x",
    "etcdctl user add root:hunter2x",
    "etcdctl --user root:hunter2x get x",
    "ejabberdctl register a localhost hunter2x",
    "prosodyctl register a localhost hunter2x",
    "setup email add a@x.y hunter2x",
    "ngrok config add-authtoken hunter2x",
    "zip -P hunter2x x y",
    "7z a -phunter2x x.7z y",
    "ssh-keygen -t rsa -N hunter2x -f k",
    "keytool -genkey -storepass hunter2x",
    "ldapadd -x -D cn=a -w hunter2x",
    "slappasswd -s hunter2x",
    "composer config github-oauth.github.com hunter2x",
    "poetry config http-basic.x app hunter2x",
    "npm config set //r/:_authToken=hunter2x",
    "npm config set //r/:_authToken hunter2x",
    "echo 'root:hunter2x' | chpasswd",
    "echo hunter2x | sudo -S true",
    "sudo -u app env A=b mc alias set s http://x k hunter2x",
    "restic --password hunter2x",
    "tailscale up --authkey=hunter2x",
    "skopeo copy --src-creds app:hunter2x a b",
    "http -a app:hunter2x http://x",
    "wget --user a --password hunter2x http://x",
    "wget --http-password=hunter2x http://x",
    "PGPASSWORD=hunter2x psql",
    "export PGPASSWORD=hunter2x; psql",
    "mysql -phunter2x -e 'x'",
    "mysql --password='hunter2x'",
    "lftp -u app,hunter2x ftp://x",
    "kadmin.local -q 'addprinc -pw hunter2x app'",
    "elasticsearch-users useradd app -p hunter2x -r superuser",
    "clickhouse-client --password hunter2x",
    "influx setup --username a --password hunter2x --token hunter2xz",
    "gh auth login --with-token <<< hunter2x",
    "echo hunter2x | gh auth login --with-token",
    "git -c http.extraheader='Authorization: Basic hunter2x' clone x",
    "echo hunter2x | bin/elasticsearch-keystore add -x bootstrap.password",
    "kafka-storage.sh format --add-scram 'SCRAM-SHA-256=[name=admin,password=hunter2x]'",
    "rabbitmqadmin -u a -p hunter2x list",
    "filebrowser users add a hunter2x",
    "wpa_passphrase ssid hunter2x",
    "radtest bob hunter2x localhost 0 testing123",
)
# From a variable, a file, the keyboard; or another kind of argument.
NONE = (
    "rabbitmqctl add_user app $PW",
    'rabbitmqctl add_user app "$${PW}"',
    'rabbitmqctl add_user app "$(cat /run/secrets/x)"',
    "mc alias set s http://x $K $S",
    "mc alias list",
    "mc mb s/b",
    "redis-cli config get requirepass",
    "redis-cli config set maxmemory 100mb",
    "redis-cli auth $P",
    "mysqladmin ping -h localhost",
    "mysqladmin -u root -p$MYSQL_ROOT_PASSWORD ping",
    "htpasswd -c /f app",
    "htpasswd -b /f app $PW",
    "htpasswd -nbB app $${PW}",
    "mosquitto_passwd -U /f",
    "mosquitto_passwd -c /f app",
    "vault server -dev",
    "vault login -method=userpass username=app",
    "vault login -",
    "vault status",
    "docker login --password-stdin r",
    "aws configure set region eu-west-1",
    "aws s3 ls",
    "psql -c 'select 1'",
    'psql -v pw="$$PW" -c "ALTER USER app PASSWORD :\'pw\'"',
    "psql -c \"ALTER USER app PASSWORD '$PW'\"",
    "mysql -e \"IDENTIFIED BY '${PW}'\"",
    "openssl req -passin env:PW",
    "openssl rsa -passin file:/x",
    "curl -u $U:$P http://x",
    "curl -u app:$P http://x",
    "curl --user ${U}:${P} x",
    "sshpass -f /x ssh y",
    "sshpass -e ssh y",
    "setup email list",
    "grafana server",
    "neo4j-admin database dump neo4j",
    "ngrok http 80",
    "etcdctl user list",
    "zip -r x y",
    "ssh-keygen -N '' -f k",
    "echo hello | grep x",
    "echo $PW | docker login --password-stdin",
    "cat /x | docker login --password-stdin",
    "usermod -p '$6$abcdefgh$xxxxxxxx' app",
    "nmcli device",
    "net stop",
    "https://x.y/ -a b:c",
    "consul agent -dev",
    "npm config set registry http://x",
    "composer config repo.x y",
    "cargo build",
    "kafka --override x=y",
    "postgres -c shared_buffers=256MB",
    "gunicorn -u app:app",
    "mc admin info s",
    "http-server -a 0.0.0.0",
    "useradd -u 1000 app",
    "chown -R 1000:1000 /x",
    "redis-cli --user app ping",
    "cloudflared tunnel run",
    "mongosh --eval \"db.adminCommand('ping')\"",
    "smbclient -L x -N",
    "test -f /x && echo ok | tee /y",
    "celery -A app flower --basic_auth=$U:$P",
)
# What only a shell understands.
_OF_A_SHELL = "|;<(&"


def ways(command: str) -> list[list[str]]:
    """Return a command as one text and as a list, for a service, a health check and a hook."""
    parted = any(letter in command for letter in _OF_A_SHELL)
    words = ["sh", "-c", command] if parted else shlex.split(command)
    return [[command], words, ["CMD", *words], ["CMD-SHELL", command], ["-ec", command]]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_password_is_found_in_every_form(command: str) -> None:
    """By itself, whatever stands around it."""
    for words in ways(command):
        assert any(WORD in secret for _what, secret in options(words)), words


@pytest.mark.parametrize("command", NONE)
def test_what_is_no_password(command: str) -> None:
    """Nothing is found, in one text."""
    assert list(options([command])) == []


@pytest.mark.parametrize(
    ("words", "program", "what"),
    [
        (["alias", "set", "s", "http://s", "ops", WORD], "mc", "mc alias set ops"),
        (["login", WORD], "vault", "vault login"),
        (["-u", f"ops:{WORD}", "http://s"], "curl", "-u"),
        (
            ["configure", "set", "aws_secret_access_key", WORD],
            "aws-cli",
            "aws-cli configure set aws_secret_access_key",
        ),
        (["-u", f"ops;{WORD}", "-s", "share;/share"], "samba", "-u"),
    ],
)
def test_an_image_starts_a_program(words: list[str], program: str, what: str) -> None:
    """Whose words the command has, without its name."""
    assert list(options(words, program)) == [(what, WORD)]
    assert list(options(words)) == []


def test_the_user_goes_with_the_password() -> None:
    """So that a password that is the user's own name is known as weak."""
    assert list(behind_options(["rabbitmqctl", "add_user", "ops", "ops"])) == [("ops", ("ops",))]
