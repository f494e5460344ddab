"""Who writes the configuration that it reads."""

from typing import Any

import pytest

from stackproof.stack import written_files
from stackproof.stack.service import Service


def writes(target: str, **raw: Any) -> bool:  # noqa: ANN401 - keys of a service
    """Whether a service writes there."""
    return written_files.writes(Service(name="web", raw=raw), target)


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("bitnami/redis-sentinel:7.4", "/opt/bitnami/redis-sentinel/etc/my.conf"),
        ("redis:7.4", "/etc/redis/sentinel-2.conf"),
        ("redis:7.4", "/data/nodes-6379.conf"),
        ("nginxproxy/nginx-proxy:1.6", "/etc/nginx/conf.d"),
        ("registry.example:5000/nginxproxy/docker-gen@sha256:00", "/etc/nginx/conf.d"),
        ("koenkk/zigbee2mqtt:2.1", "/app/data/configuration.yaml"),
        ("adguard/adguardhome:v0.107.55", "/opt/adguardhome/conf/AdGuardHome.yaml"),
        ("gitea/gitea:1.23", "/data/gitea/conf/app.ini"),
        ("codeberg.org/forgejo/forgejo:10", "/data/gitea/conf/app.ini"),
        ("authelia/authelia:4.38", "/config/users.yml"),
        ("ghcr.io/home-assistant/home-assistant:2025.1", "/config/automations.yaml"),
        ("ghcr.io/blakeblackshear/frigate:0.14.1", "/config/config.yml"),
        ("lscr.io/linuxserver/ddclient:3.11", "/config/ddclient.conf"),
        ("qbittorrentofficial/qbittorrent-nox:5.0", "/config/qBittorrent/config/qBittorrent.conf"),
        ("cassandra:5.0", "/etc/cassandra/cassandra.yaml"),
        ("couchdb:3.4", "/opt/couchdb/etc/local.d/docker.ini"),
        ("neo4j:5.26", "/var/lib/neo4j/conf/neo4j.conf"),
        ("docker.elastic.co/logstash/logstash:8.17.0", "/usr/share/logstash/config/logstash.yml"),
        ("osixia/openldap:1.5.0", "/container/service/slapd/assets/certs/ldap.crt"),
        ("itzg/minecraft-server:java21", "/data/server.properties"),
        ("rclone/rclone:1.69", "/config/rclone/rclone.conf"),
        ("mvance/unbound:1.22", "/opt/unbound/etc/unbound/root.key"),
        ("dock.mau.dev/mautrix/signal:v0.8", "/data/config.yaml"),
        ("crowdsecurity/crowdsec:v1.6", "/etc/crowdsec/local_api_credentials.yaml"),
        ("lissy93/dashy:3.1", "/app/user-data/conf.yml"),
        ("node:22", "/app/pnpm-lock.yaml"),
        ("goacme/lego:v4", "/lego/config.json"),
        ("jc21/nginx-proxy-manager:2", "/etc/proxy.conf"),
        ("registry.example/mirror/library/vault:1.13", "/vault/file/x.hcl"),
        ("ghcr.io/pymedusa/medusa:1.0", "/data/x.ini"),
        ("haugene/transmission-openvpn:5", "/config/settings.json"),
        ("itzg/mc-proxy:java21", "/config/velocity.toml"),
        ("marctv/minecraft-papermc-server:1.21", "/data/server.properties"),
    ],
)
def test_program_that_writes(image: str, target: str) -> None:
    """By the name of its image, or of the file."""
    assert writes(target, image=image)


@pytest.mark.parametrize(
    ("image", "target"),
    [
        ("redis:7.4", "/usr/local/etc/redis/redis.conf"),
        ("nginx:1.27", "/etc/nginx/conf.d"),
        ("authelia/authelia:4.38", "/config/configuration.yml"),
        ("ghcr.io/home-assistant/home-assistant:2025.1", "/config/configuration.yaml"),
        ("grafana/grafana:11.4.0", "/etc/grafana/grafana.ini"),
        ("eclipse-mosquitto:2.0", "/mosquitto/config/mosquitto.conf"),
        ("docker.elastic.co/logstash/logstash:8.17.0", "/usr/share/logstash/pipeline/main.conf"),
        ("crowdsecurity/crowdsec:v1.6", "/etc/crowdsec/acquis.yaml"),
        ("linuxserver/nginx:1.26", "/etc/ssl/private/key.pem"),
        ("klutchell/unbound:1.22", "/etc/unbound/unbound.conf"),
        ("ghcr.io/acme/web:1.4", "/etc/nginx/conf.d"),
        ("ghcr.io/vault/web:1.4@sha256:00", "/app/app.ini"),
        ("postgres:16.4", "/docker-entrypoint-initdb.d"),
        # Others of that name, and names with such a word within a word.
        ("evilcorp/paper:1.4", "/etc/app.conf"),
        ("swaggerapi/swagger-ui:v5", "/app/swagger.json"),
        ("vaultwarden/server:1.32", "/etc/app.conf"),
        ("ghcr.io/dani-garcia/vaultwarden:1.32", "/etc/app.conf"),
        ("medusajs/medusa:2", "/app/medusa-config.yml"),
        ("registry.example/acme-web:1.4", "/etc/app.conf"),
        ("acme/app:1.4", "/etc/app.conf"),
        ("jacobalberty/unifi:v8", "/etc/app.conf"),
        ("evilcorp/velocity-report:1.4", "/etc/app.conf"),
        ("evilcorp/manifiesto:1.4", "/etc/app.conf"),
        ("evilcorp/lego:1.4", "/etc/app.conf"),
        ("evilcorp/sentinel-api:1.4", "/etc/app.conf"),
        ("evilcorp/hiccups:1.4", "/etc/app.conf"),
    ],
)
def test_program_that_reads(image: str, target: str) -> None:
    """Another file of a program that writes one, and programs that write none."""
    assert not writes(target, image=image)


@pytest.mark.parametrize(
    ("command", "target", "written"),
    [
        (["redis-server", "/etc/redis/my.conf", "--sentinel"], "/etc/redis/my.conf", True),
        (["redis-sentinel", "/etc/redis/my.conf"], "/etc/redis/my.conf", True),
        (["valkey-sentinel", "/etc/my.conf"], "/etc/my.conf", True),
        (["redis-server", "/etc/redis/my.conf"], "/etc/redis/my.conf", False),
        (
            ["sh", "-c", "envsubst < /tmp/t > /etc/nginx/conf.d/default.conf && exec nginx"],
            "/etc/nginx/conf.d",
            True,
        ),
        (["sh", "-c", "sed -i s/a/b/ /etc/app/app.conf; app"], "/etc/app/app.conf", True),
        (["sh", "-c", "sed s/a/b/ /etc/app/app.conf; app"], "/etc/app/app.conf", False),
        (["sh", "-c", "chown -R app /etc/app && app"], "/etc/app/app.conf", True),
        (["sh", "-c", "openssl req -x509 -out /etc/ssl/own/a.pem && app"], "/etc/ssl/own", True),
        (["sh", "-c", "cp /seed /data && app -c /etc/app.conf"], "/etc/app.conf", False),
        (["app", "-c", "/etc/app/app.conf"], "/etc/app/app.conf", False),
        (["sh", "-c", "app -c /etc/app/app.conf 2>&1 >/dev/null"], "/etc/app/app.conf", False),
        (["sh", "-c", "rm -rf /srv/x && app"], "/srv.conf", False),
        (["sh", "-c", "find / -name x > /list"], "/etc/app/app.conf", False),
    ],
)
def test_command_that_writes(command: list[str], target: str, *, written: bool) -> None:
    """What the file itself says of its start."""
    assert writes(target, image="app:1.4", command=command) is written


@pytest.mark.parametrize(
    ("targets", "environment", "written"),
    [
        (["/etc/nginx/templates"], {}, True),
        (["/etc/nginx/templates/default.conf.template"], {}, True),
        (["/etc/nginx/templates"], {"NGINX_ENVSUBST_OUTPUT_DIR": "/etc/nginx/conf.d/made"}, True),
        (["/etc/nginx/templates"], {"NGINX_ENVSUBST_OUTPUT_DIR": "/tmp/made"}, False),  # noqa: S108 - a path
        (["/templates"], {}, False),
    ],
)
def test_folder_that_nginx_fills(targets: list[str], environment: dict[str, str], *, written: bool) -> None:
    """Its entrypoint makes configuration of templates."""
    volumes = [{"type": "bind", "source": "/srv/x", "target": target} for target in targets]
    raw = {"image": "nginx:1.27", "volumes": volumes, "environment": environment}

    assert writes("/etc/nginx/conf.d", **raw) is written
    assert not writes("/etc/nginx/nginx.conf", **raw)
