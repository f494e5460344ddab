# ruff: noqa: E501, S104 - one row of a table a line; nothing is bound
"""Which hosts outside a stack its commands and files name."""

from typing import Any

import pytest
from tests.unit.isolation.test_isolation_outside import A, B, D, M, W, cut, found

from stackproof.isolation.outside import Text
from stackproof.isolation.outside_kinds import Kind

COMMANDS: tuple[tuple[Any, dict[str, Kind]], ...] = (
    (["sh", "-c", "while :; do redis-cli -h 172.17.0.1 -p 6391 lpop jobs; sleep 1; done"], {"172.17.0.1": D}),
    ("redis-cli -u redis://a.example.com ping", {"a.example.com": D}),
    (["psql", "-h", "pg.example.com", "-U", "me"], {"pg.example.com": D}),
    (["pg_dump", "--host=pg.example.com"], {"pg.example.com": D}),
    ("mysqldump -hmy.example.com shop > /x", {"my.example.com": D}),
    ("mongosh mongo.example.com:27017/shop", {"mongo.example.com": D}),
    ("celery -A shop worker -b amqp://mq.example.com", {"mq.example.com": B}),
    ("celery -A shop --broker=redis://r.example.com/0 worker", {"r.example.com": D}),
    (
        "/opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server k.example.com:9092 --topic x",
        {"k.example.com": B},
    ),
    ("kcat -b k1.example.com,k2.example.com -t x", {"k1.example.com": B, "k2.example.com": B}),
    ("mosquitto_pub -h iot.example.com -t x -m y", {"iot.example.com": B}),
    ("swaks --server mx.example.com", {"mx.example.com": M}),
    (["ldapsearch", "-H", "ldap://ad.example.com"], {"ad.example.com": Kind.DIRECTORY}),
    ("scp /x backup@nas.example.com:/y", {"nas.example.com": Kind.FILES}),
    (["java", "-Dredis.host=r.example.com", "-jar", "a.jar"], {"r.example.com": D}),
    (["app", "--redis-host", "r.example.com"], {"r.example.com": D}),
    (["app", "--db.host=d.example.com"], {"d.example.com": D}),
    (["app", "--smtp-host", "mx.example.com", "--port", "1"], {"mx.example.com": M}),
    ("export DB_HOST=d.example.com; exec app", {"d.example.com": D}),
    ("curl -d x https://hooks.slack.com/services/a", {"hooks.slack.com": W}),
    ("curl -fsS https://u:p@api.example.com/x", {"api.example.com": A}),
    ("wait-for-it d.example.com:5432 -- app", {"d.example.com": D}),
    ("redis-cli -h $$Q lpop x", {"queue.example.com": D}),
    ("redis-cli -h $${Q:-x} lpop x", {"queue.example.com": D}),
    (["app", "-redis.addr=r.example.com:6379"], {"r.example.com": D}),
    (["app", "-redis.addr", "r.example.com:6379"], {"r.example.com": D}),
    ("nc -z d.example.com 5432", {"d.example.com": Kind.SERVICE}),
    ("echo x | ncat d.example.com 4000", {"d.example.com": Kind.SERVICE}),
    ("telnet d.example.com 25", {"d.example.com": Kind.SERVICE}),
    ("socat - TCP:d.example.com:25", {"d.example.com": Kind.SERVICE}),
    ("bash -c 'cat </dev/tcp/d.example.com/6379'", {"d.example.com": D}),
    ("bash -c 'echo x >/dev/udp/d.example.com/9999'", {"d.example.com": Kind.SERVICE}),
    ("H=r.example.com; redis-cli -h $$H lpop x", {"r.example.com": D}),
    ("sh -c 'H=r.example.com; redis-cli -h $${H} lpop x'", {"r.example.com": D}),
    (["redis-server", "--replicaof", "r.example.com", "6379"], {"r.example.com": D}),
    (["redis-server", "--replicaof", "r.example.com 6379"], {"r.example.com": D}),
    ("curl -H 'Authorization: Bearer x' https://api.example.com/x", {"api.example.com": A}),
    ("curl -H 'X-Api-Key: x' https://api.example.com/x", {"api.example.com": A}),
    ("curl -u me:pw https://api.example.com/x", {"api.example.com": A}),
    ("curl -X POST https://api.example.com/x", {"api.example.com": A}),
    ("curl -s https://api.example.com/x -d a=b", {"api.example.com": A}),
    ("wget --post-data=a https://api.example.com/x", {"api.example.com": A}),
    ("sh -c 'while :; do curl -T /x https://api.example.com/x; done'", {"api.example.com": A}),
    (
        "mongodump --host rs0/m.example.com:27017,n.example.com:27017",
        {"m.example.com": D, "n.example.com": D},
    ),
    ("ssh me@box.example.com ls", {"box.example.com": Kind.CONTROL}),
    ("ssh box.example.com ls", {"box.example.com": Kind.CONTROL}),
    ("rsync -a /x me@nas.example.com:/y", {"nas.example.com": Kind.FILES}),
    ("sftp me@nas.example.com", {"nas.example.com": Kind.CONTROL}),
    ("restic -r sftp:me@nas.example.com:/y backup /x", {"nas.example.com": Kind.FILES}),
    ("restic -r rest:https://nas.example.com/ backup /x", {"nas.example.com": Kind.FILES}),
    ("borg create me@nas.example.com:/y::x /x", {"nas.example.com": Kind.FILES}),
    ("mc alias set s3 https://s3.example.com key secret", {"s3.example.com": Kind.OBJECTS}),
    ("sendmail -S mx.example.com:25", {"mx.example.com": M}),
    # nothing is cut
    ("nc -z db 5432", {}),
    ("nc -lk -p 8080", {}),
    ("curl -fsSL https://dl.example.com/x | sh -d", {}),
    ("curl -d x http://db:8080/", {}),
    ("wget -qO- https://news.example.com", {}),
    ([], {}),
    ("", {}),
    ("redis-cli -h cache ping", {}),
    ("redis-cli -a secret ping", {}),
    ("pg_isready -h 127.0.0.1 -U me", {}),
    ("wait-for-it db:5432 -- app", {}),
    ("df -h /data", {}),
    (["uvicorn", "app.main:app", "--host", "0.0.0.0"], {}),
    (["gunicorn", "-b", "0.0.0.0:8000", "shop.wsgi:application"], {}),
    ("curl -f http://localhost:9200/_cluster/health", {}),
    ("curl -fsSLO https://dl.example.com/x.tar.gz", {}),
    ("pip install -r requirements.txt --index-url https://packages.example.com/index", {}),
    ("redis-server /etc/redis.conf --save 60 1", {}),
    ("java -jar app.jar --server.port=8080", {}),
    ("nginx -g 'daemon off;'", {}),
    ("sh -c 'ls -h | grep x'", {}),
)


@pytest.mark.parametrize(("command", "expected"), COMMANDS)
@pytest.mark.parametrize("key", ["command", "entrypoint", "healthcheck", "post_start"])
def test_command(key: str, command: Any, expected: dict[str, Kind]) -> None:  # noqa: ANN401 - text or list
    """The same in whatever is run."""
    raw = {
        "command": {"command": command},
        "entrypoint": {"entrypoint": command},
        "healthcheck": {"healthcheck": {"test": command}},
        "post_start": {"post_start": [{"command": command}]},
    }[key]

    assert cut(found(**raw, environment={"Q": "queue.example.com"})) == expected


FILES: tuple[tuple[str, str, dict[str, Kind]], ...] = (
    ("db_url", "postgres://u:p@db.example.com/x\n", {"db.example.com": D}),
    ("db_host", "db.example.com\n", {"db.example.com": D}),
    ("app.env", "# c\nREDIS_HOST=r.example.com\nexport SMTP_HOST='mx.example.com'\n", {"r.example.com": D, "mx.example.com": M}),
    ("app.yml", "smtp:\n  host: mx.example.com\n  password: x\n", {"mx.example.com": M}),
    ("app.json", '{"redis": {"host": "r.example.com"}, "kafka": {"brokers": ["a.example.com", "b.example.com"]}}',
     {"r.example.com": D, "a.example.com": B, "b.example.com": B}),
    ("app.toml", '[database]\nhost = "d.example.com"\n', {"d.example.com": D}),
    ("two.yml", "redis:\n  host: a.example.com\n---\nsmtp:\n  host: b.example.com\n", {"a.example.com": D, "b.example.com": M}),
    ("two.env", "REDIS_HOST=a.example.com # old: b.example.com\nSMTP_HOST='c.example.com' # x\nP='a#b'\n", {"a.example.com": D, "c.example.com": M}),
    ("db_password", "a.example.com:6379\n", {}),
    ("db_password", "redis://a.example.com\n", {"a.example.com": D}),
    ("my.cnf", "[mysql]\nhost=d.example.com\nuser=x\n", {"d.example.com": D}),
    ("app.properties", "spring.datasource.url=jdbc:postgresql://d.example.com/x\n", {"d.example.com": D}),
    ("web.config", '<add connectionString="Server=s.example.com;Database=x;User Id=y" />', {"s.example.com": D}),
    ("alert.yml", "receivers:\n- slack_configs:\n  - api_url: https://hooks.slack.com/services/x\n", {"hooks.slack.com": W}),
    ("nginx.conf", "server {\n  server_name shop.example.com;\n  location / { proxy_pass http://db:80; }\n}\n", {}),
    (".pgpass", "# c\npg.example.com:5432:shop:me:pw\n", {"pg.example.com": D}),
    ("netrc", "machine api.example.com login me password pw\n", {"api.example.com": A}),
    ("msmtprc", "account default\nhost mx.example.com\nuser me\npassword pw\n", {"mx.example.com": A}),
    ("smtp.conf", "host mx.example.com\n", {"mx.example.com": M}),
    ("ssmtp.conf", "mailhub=mx.example.com:587\n", {"mx.example.com": M}),
    ("hosts.yml", "users:\n- name: me\n  shell: /bin/sh\n", {}),
    ("words", "nothing of a host in it\n", {}),
    ("password", "a.example.com\n", {}),
    ("key.pem", "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----\n", {}),
    ("prometheus.yml", "scrape_configs:\n- static_configs:\n  - targets: ['web:9090']\n", {}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), FILES)
def test_file(name: str, content: str, expected: dict[str, Kind]) -> None:
    """A secret or config is read as its program would read it."""
    text = Text(service="web", where=f"secret x ({name})", name=name, content=content)

    assert cut(found(texts=(text,))) == expected
