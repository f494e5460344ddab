"""Passwords in commands: behind options, by their place, in statements."""

import gc
import shlex
import time
from typing import Any

import pytest

from stackproof.stack import hidden
from stackproof.stack.command_passwords import behind_options, options, program_of
from stackproof.stack.hashes import is_hashed
from stackproof.stack.redaction import Redactor
from stackproof.stack.shell_commands import commands

WORD = "hunter2x"
# After the manuals of these programs.
COMMANDS = (
    "useradd -m -p hunter2x app",
    "usermod -p 'hunter2x' app",
    "usermod --password hunter2x app",
    "useradd -p $(openssl passwd -1 hunter2x) app",
    'useradd -p $(perl -e \'print crypt("hunter2x", "salt")\') app',
    "echo hunter2x | passwd --stdin root",
    "echo hunter2x | passwd root --stdin",
    "printf 'hunter2x\\nhunter2x\\n' | passwd root",
    "echo -e 'hunter2x\\nhunter2x' | adduser app",
    "echo hunter2x | vncpasswd -f > /root/.vnc/passwd",
    "echo hunter2x | saslpasswd2 -p -c app",
    "echo hunter2x | htpasswd -i -c /f app",
    "echo hunter2x | openssl passwd -6 -stdin",
    "echo hunter2x | gpg --batch --passphrase-fd 0 -d x",
    "echo app:hunter2x | sudo chpasswd",
    "chpasswd <<< root:hunter2x",
    "passwd --stdin root <<< hunter2x",
    "chpasswd <<EOF\nroot:hunter2x\nEOF",
    "echo mysql-server mysql-server/root_password password hunter2x | debconf-set-selections",
    "debconf-set-selections <<< 'slapd slapd/password1 password hunter2x'",
    "echo 'machine example.com login me password hunter2x' > /root/.netrc",
    "consul agent -server -encrypt hunter2x",
    "nomad agent -encrypt=hunter2x",
    "erl -sname a -setcookie hunter2x",
    "iex --name a@b --cookie hunter2x -S mix",
    "vault server -dev -dev-root-token-id=hunter2x",
    "x11vnc -storepasswd hunter2x /root/.vnc/passwd",
    "sed -i 's/^password = .*/password = \"hunter2x\"/' /etc/app.ini",
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
    "mysql '-phunter2x' -e x",
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
    "useradd -m -p locked app",
    "useradd -m -p '*' app",
    'useradd -p "$PASSWORD" app',
    "usermod -p $(openssl passwd -1 $PASSWORD) app",
    "adduser --disabled-password --gecos '' app",
    "passwd -l root && cat /f | passwd --stdin root",
    'echo "$PASSWORD" | passwd --stdin root',
    "echo y | passwd -d root",
    "echo mysql-server mysql-server/root_password password '' | debconf-set-selections",
    "echo mysql-server mysql-server/root_password password $PASSWORD | debconf-set-selections",
    "gpg --batch --passphrase '' --gen-key",
    "openssl enc -d -encrypt x",
    "curl --cookie a=b http://x",
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
        assert any(WORD in one.secret for one in options(words)), words


@pytest.mark.parametrize("command", NONE)
def test_what_is_no_password(command: str) -> None:
    """Nothing is found, in one text."""
    assert list(options([command])) == []


@pytest.mark.parametrize(
    ("words", "program", "what"),
    [
        (["alias", "set", "s", "http://s", "ops", WORD], "mc", "mc alias set ops"),
        (["login", WORD], "vault", "vault login"),
        (["-u", f"ops:{WORD}", "http://s"], "curl", "curl -u ops"),
        (
            ["configure", "set", "aws_secret_access_key", WORD],
            "aws-cli",
            "aws-cli configure set aws_secret_access_key",
        ),
        (["-u", f"ops;{WORD}", "-s", "share;/share"], "samba", "samba -u ops"),
    ],
)
def test_an_image_starts_a_program(words: list[str], program: str, what: str) -> None:
    """Whose words the command has, without its name."""
    assert [(one.what, one.secret) for one in options(words, program)] == [(what, WORD)]
    assert list(options(words)) == []


def of_model(words: list[str], image: str = "app:1.4") -> list[tuple[str, frozenset[str]]]:
    """Return what is hidden of a service by where the words stand."""
    places: dict[str, dict[str, Any]] = {
        "command": {"command": words},
        "entrypoint": {"entrypoint": words},
        "health check": {"healthcheck": {"test": words}},
        "hook": {"post_start": [{"command": words}]},
        "anchor": {"x-hook": {"command": words}},
    }
    return [
        (place, hidden.of_model({"services": {"web": {"image": image, **keys}}}))
        for place, keys in places.items()
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_the_rule_finds_no_report_shows(command: str) -> None:
    """Wherever it stands, and in whatever form."""
    for words in ways(command):
        for place, found in of_model(words):
            shown = Redactor(found).text(f"ran {' '.join(words)} and failed")
            assert WORD not in shown, (place, words)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("minio/mc", ["alias", "set", "s", "http://s", "ops", "correcthorse"]),
        ("bitnami/minio-client:2025", ["alias", "set", "s", "http://s", "ops", "correcthorse"]),
        ("minio/mc:latest", ["alias set s http://s ops correcthorse"]),
        ("hashicorp/vault:1.19", ["login", "correcthorse"]),
        ("openbao/openbao", ["login", "correcthorse"]),
        ("registry.example:5000/hashicorp/vault@sha256:00", ["login", "correcthorse"]),
        ("curlimages/curl", ["-u", "ops:correcthorse", "http://s"]),
        ("alpine/httpie", ["-a", "ops:correcthorse", "http://s"]),
        ("docker:27", ["login", "-u", "ops", "-p", "correcthorse"]),
        ("dperson/samba", ["-u", "ops;correcthorse"]),
    ],
)
def test_a_program_that_the_image_starts(image: str, words: list[str]) -> None:
    """Its words have no name in front of them: found by the rule, hidden in reports."""
    service = {"image": image, "command": words}
    found = hidden.of_model({"services": {"web": service}})

    assert [one.secret for one in options(words, program_of(image))] == ["correcthorse"]
    assert "correcthorse" in found


@pytest.mark.parametrize(
    ("service", "program"),
    [
        ({"image": "minio/mc", "command": []}, "mc"),
        ({"image": "acme/tool", "entrypoint": ["/usr/local/bin/mc"]}, "mc"),
        ({"image": "acme/tool", "entrypoint": "mc --quiet"}, "mc"),
        ({"image": "acme/tool", "entrypoint": ["curl", "-f"]}, "curl"),
        ({"image": "hashicorp/vault", "entrypoint": ["docker-entrypoint.sh"]}, "vault"),
        ({"image": "hashicorp/vault", "entrypoint": None}, "vault"),
        ({"image": "hashicorp/vault", "entrypoint": []}, "vault"),
        ({"build": "."}, ""),
    ],
)
def test_the_program_that_gets_the_words(service: dict[str, Any], program: str) -> None:
    """By the entrypoint where that is one whose words are known, else by the image."""
    assert program_of(service.get("image", ""), service.get("entrypoint")) == program


def test_the_user_goes_with_the_password() -> None:
    """So that a password that is the user's own name is known as weak."""
    assert list(behind_options(["rabbitmqctl", "add_user", "ops", "ops"])) == [("ops", ("ops",))]


@pytest.mark.parametrize(
    ("command", "pair"),
    [
        ("docker login -u ops -p ops", ("ops", ("ops",))),
        ("mysqladmin -uroot -proot ping", ("root", ("root",))),
        ("wget --user=ops --password=ops http://s", ("ops", ("ops",))),
        ("curl -u ops:ops http://s", ("ops", ("ops",))),
        ("smbclient //x/y -U ops%ops", ("ops", ("ops",))),
        ("htpasswd -nb ops ops", ("ops", ("ops",))),
        ("echo ops:ops | chpasswd", ("ops", ("ops",))),
        ("redis-cli -a redis ping", ("redis", ())),
    ],
)
def test_who_logs_in_with_it(command: str, pair: tuple[str, tuple[str, ...]]) -> None:
    """Before it, beside it, or nowhere."""
    assert pair in list(behind_options([command]))


@pytest.mark.parametrize(
    "words",
    [
        ["docker login -u ops -p 'p;w&d|x y' r"],
        ['docker login -u ops -p "p;w&d|x y" r'],
        ["sshpass", "-p", "p;w&d|x y", "ssh", "h"],
        ["CMD", "redis-cli", "-a", "p;w&d|x y", "ping"],
        ["mysql -p'p;w&d|x y' -e x"],
        ["sh", "-c", "sshpass -p 'p;w&d|x y' ssh h"],
        ["curl -u 'ops:p;w&d|x y' http://s"],
        ["curl", "-u", "ops:p;w&d|x y", "http://s"],
        ["smbclient", "//x/y", "-U", "ops%p;w&d|x y"],
        ["openssl", "rsa", "-passin", "pass:p;w&d|x y"],
        ["rabbitmqctl", "add_user", "ops", "p;w&d|x y"],
    ],
)
def test_a_password_with_what_parts_words(words: list[str]) -> None:
    """In quotes, or as a word that no shell reads: found, and hidden as a whole."""
    assert [one.secret for one in options(words)] == ["p;w&d|x y"]
    assert "p;w&d|x y" in hidden.of_command(words)


# By program: options that take a word, and such that take none, before arguments with a password.
OPTIONS = (
    "htpasswd -b -n ops hunter2x",
    "htpasswd -n -b ops hunter2x",
    "htpasswd -nb ops hunter2x",
    "htpasswd -b -p /f ops hunter2x",
    "htpasswd -b -m /f ops hunter2x",
    "htpasswd -b -C 10 /f ops hunter2x",
    "htpasswd -BbC 10 /f ops hunter2x",
    "htpasswd -bnBC 10 ops hunter2x",
    "htpasswd -b -5 -r 9000 /f ops hunter2x",
    "rabbitmqctl -n r@x -p / add_user ops hunter2x",
    "rabbitmqctl -q --longnames -t 5 add_user ops hunter2x",
    "mc -C /c alias set s http://s ops hunter2x",
    "mc --json --debug alias set s http://s ops hunter2x",
    "redis-cli -h r -p 6380 -n 1 AUTH hunter2x",
    "redis-cli -c auth ops hunter2x",
    "mysqladmin -h db -u root -P 3307 password hunter2x",
    "mysqladmin -uroot -f password hunter2x",
    "mosquitto_passwd -H sha512 -b /f ops hunter2x",
    "mosquitto_passwd -c -b /f ops hunter2x",
    "vault login -address http://v -no-store hunter2x",
    "vault login -path=x hunter2x",
    "aws --region eu-west-1 configure set aws_secret_access_key hunter2x --profile x",
    "etcdctl --endpoints http://e user add ops:hunter2x",
    "consul acl set-agent-token -http-addr http://c default hunter2x",
    "grafana cli --homepath /g admin reset-admin-password hunter2x",
    "ejabberdctl --node n@x register a localhost hunter2x",
    "prosodyctl --config /c register a localhost hunter2x",
    "samba-tool user create -H ldap://x ops hunter2x",
    "setup -c mail email add a@x.y hunter2x",
    "filebrowser -d /d users add ops hunter2x --perm.admin",
    "radtest -x -t mschap bob hunter2x localhost 0 testing123",
    "nmcli -w 5 dev wifi connect s password hunter2x",
    "rclone --config /c obscure hunter2x",
    "cargo login --registry x hunter2x",
    "ngrok config add-authtoken --config /c hunter2x",
    "cloudflared --config /c service install hunter2x",
    "nuget setapikey -Source http://s hunter2x",
    "poetry -C /p config pypi-token.x hunter2x",
    "composer config -g -d /d github-oauth.github.com hunter2x",
    "npm --prefix /p config set -g //r/:_authToken hunter2x",
)


@pytest.mark.parametrize("command", OPTIONS)
def test_options_are_those_of_the_program(command: str) -> None:
    """`-n` takes a word of one, and is a switch of another."""
    assert WORD in [one.secret for one in options([command])]


# What makes a search begin anew again and again, and never end.
REPEATED = (
    "setuser a ",
    "--user a ",
    "set password ",
    "alter user a ",
    "alter user a password ",
    "identified with a ",
    "pwd: ",
    "db.auth('a' ",
    "echo hunter2 ",
    "echo -n ",
    "echo 'a' ;",
    "printf hunter2 | sudo ",
    "password  ",
    "--password-stdin <<< ",
    "x-a-",
    "x-x-",
    "authorization: ",
    "a=",
    "a=a,",
    "password=",
    "-a ",
    "--a-",
    "curl -u ",
    "curl -u=",
    "=",
    " ",
    "redis-cli -a ",
    "docker login ",
    "mysql -p ",
    "elasticsearch-users a",
    "openssl -pass pass:",
    "http://a:",
    "http://a:b",
    '"password":"',
    '"a" :',
    "rabbitmqctl add_user ",
    "htpasswd -b ",
    "-u ops ",
    "rclone config create a ",
    "redis-cli mset token a ",
    "--password='a;",
    '+a "',
    "a='",
    "$6$rounds=5000$",
    "ops:$2y$05$a,",
)


@pytest.mark.parametrize("text", REPEATED)
@pytest.mark.parametrize("before", ["", "password --password-stdin --user kinit curl -u "])
def test_four_times_as_much_takes_no_square_of_it(text: str, before: str) -> None:
    """A command comes from whoever wrote the file: nobody may stop a check by a long one."""

    def seconds(size: int) -> float:
        words = [f"{before}{text * (size // len(text))}"]
        commands.cache_clear()
        gc.disable()  # it looks through all that earlier tests left, more often for more words
        try:
            begun = time.process_time()
            list(options(words, "mc"))
            hidden.of_command(words, program="mc")
            is_hashed(words[0])
            return time.process_time() - begun
        finally:
            gc.enable()

    # Of four times as much the square is sixteen times, each time. A machine may be slow for one of two
    # measurements that follow each other, not in each of five pairs.
    assert any(seconds(16_000) < 8 * seconds(4_000) for _pair in range(5))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            f"docker login -u ops -p {WORD} && docker login -u app -p {WORD}2 registry.example",
            ["the value of -p of docker login for ops", "the value of -p of docker login for app"],
        ),
        (
            f"mysqladmin -uroot -p{WORD} ping || redis-cli -a {WORD}2 ping",
            ["the value of -a of redis-cli", "the value of -p of mysqladmin for root"],
        ),
        (f"curl -u ops:{WORD} http://s; curl http://s", ["the value of -u of curl for ops"]),
        (f"curl -u a1b2c3d4e5f6:{WORD} http://s", ["the value of -u of curl"]),
        (f"one --password {WORD}", ["the value of --password"]),
        (
            f"one --password {WORD} && two --password {WORD}2",
            ["the value of --password of one", "the value of --password of two"],
        ),
    ],
)
def test_several_behind_one_option(script: str, told: list[str]) -> None:
    """Each is told by who takes it and for whom, whatever stands before it."""
    assert [one.words for one in options([script])] == told
