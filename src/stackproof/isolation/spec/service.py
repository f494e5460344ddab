"""Keys of a service that concern the container alone, and hooks."""

from typing import Any

from stackproof.isolation import addresses, discovery, rights
from stackproof.isolation.finishing import finish_service
from stackproof.isolation.here import Here
from stackproof.isolation.spec import hosting, mounts, networking
from stackproof.isolation.treatment import (
    Case,
    Flag,
    Row,
    Treatment,
    dropped,
    passed,
    refused,
    resolved,
    row,
    with_key,
    with_value,
    written_out,
)

UNUSED = "keys that `docker compose up` does not use outside a swarm or a watch are left out"
DISCOVERED = "labels and variables by which others would take a sandbox for the live service are left out"
STALE = "a newer image is not asked for: the one that is on the engine, or is built, is proven"


def _asks_the_engine(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return discovery.finds_by_labels(here.model, here)


def _is_discovered(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return discovery.is_discovered_by(value, here) and not _asks_the_engine(value, here)


def _is_stale(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return str(value) not in ("never", "missing", "if_not_present", "build", "")


def _below_zero(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return str(value).strip().startswith("-")


def _has_limit(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    service = here.above()
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    return bool(service.get("mem_limit") or limits.get("memory"))


_TEXTS = "services.*.command services.*.entrypoint services.*.healthcheck.test"

ROWS: list[Row] = [
    row(
        "services.*",
        Case(
            treatment=Treatment.CHANGED,
            kind="a service: its image, `pull_policy`, labels, ports, network aliases and the cadence of its "
            "health check are the sandbox's",
            change=finish_service,
        ),
    ),
    *passed(
        "services services.*.attach services.*.domainname services.*.hostname services.*.image",
        "services.*.init services.*.platform services.*.stdin_open services.*.tty services.*.user",
        "services.*.working_dir",
        "services.*.group_add services.*.group_add.[] services.*.umask services.*.read_only",
        "services.*.restart services.*.stop_grace_period services.*.stop_signal services.*.storage_opt",
        "services.*.storage_opt.* services.*.shm_size services.*.pids_limit services.*.scale",
        "services.*.blkio_config services.*.blkio_config.weight",
        "services.*.blkio_config.device_read_bps services.*.blkio_config.device_read_bps.[]",
        "services.*.blkio_config.device_read_bps.[].path services.*.blkio_config.device_read_bps.[].rate",
        "services.*.blkio_config.device_read_iops services.*.blkio_config.device_read_iops.[]",
        "services.*.blkio_config.device_read_iops.[].path services.*.blkio_config.device_read_iops.[].rate",
        "services.*.blkio_config.device_write_bps services.*.blkio_config.device_write_bps.[]",
        "services.*.blkio_config.device_write_bps.[].path services.*.blkio_config.device_write_bps.[].rate",
        "services.*.blkio_config.device_write_iops services.*.blkio_config.device_write_iops.[]",
        "services.*.blkio_config.device_write_iops.[].path services.*.blkio_config.device_write_iops.[].rate",
        "services.*.blkio_config.weight_device services.*.blkio_config.weight_device.[]",
        "services.*.blkio_config.weight_device.[].path services.*.blkio_config.weight_device.[].weight",
        "services.*.cpu_count services.*.cpu_percent services.*.cpu_shares services.*.cpu_quota",
        "services.*.cpu_period services.*.cpu_rt_period services.*.cpu_rt_runtime services.*.cpus",
        "services.*.cpuset services.*.mem_limit services.*.mem_reservation services.*.mem_swappiness",
        "services.*.memswap_limit services.*.ulimits services.*.ulimits.* services.*.ulimits.*.soft",
        "services.*.ulimits.*.hard",
        "services.*.command.[] services.*.entrypoint.[] services.*.healthcheck.test.[]",
        "services.*.depends_on services.*.depends_on.* services.*.depends_on.*.condition",
        "services.*.depends_on.*.required services.*.depends_on.*.restart",
        "services.*.healthcheck services.*.healthcheck.disable services.*.healthcheck.timeout",
        "services.*.deploy services.*.deploy.replicas services.*.deploy.resources",
        "services.*.deploy.resources.limits services.*.deploy.resources.limits.cpus",
        "services.*.deploy.resources.limits.memory services.*.deploy.resources.limits.pids",
        "services.*.deploy.resources.reservations services.*.deploy.resources.reservations.cpus",
        "services.*.deploy.resources.reservations.memory services.*.deploy.restart_policy",
        "services.*.deploy.restart_policy.condition services.*.deploy.restart_policy.delay",
        "services.*.deploy.restart_policy.max_attempts services.*.deploy.restart_policy.window",
        "services.*.environment services.*.labels services.*.annotations",
    ),
    *addresses.follow(*_TEXTS.split()),
    row(
        "services.*.environment.*",
        Case(
            treatment=Treatment.DROPPED,
            kind="`VIRTUAL_HOST` and others by which proxies find a service",
            when=_is_discovered,
            says=DISCOVERED,
        ),
        *addresses.FOLLOWING,
    ),
    row(
        "services.*.labels.*",
        Case(
            treatment=Treatment.PASSED,
            kind="of a stack that has the engine's socket and asks for its own labels",
            when=_asks_the_engine,
        ),
        Case(treatment=Treatment.DROPPED, says=DISCOVERED),
    ),
    row(
        "services.*.annotations.*",
        Case(
            treatment=Treatment.PASSED,
            kind="a plain word, or `org.opencontainers.*`",
            when=rights.only_says,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="one on which a runtime or systemd acts",
            when=rights.acts,
            says="sets properties of the host through the runtime",
            subject=with_key,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.DROPPED,
            kind="others, on which a runtime might act",
            says="annotations on which a runtime might act are left out",
            subject=with_key,
        ),
    ),
    *(
        row(
            f"services.*.healthcheck.{key}",
            Case(
                treatment=Treatment.CHANGED,
                kind="any value: asked within 3 s where it is watched, else within 10 s, in the same window",
                change=lambda v, _h: v,
            ),
        )
        for key in ("interval", "retries", "start_period", "start_interval")
    ),
    row(
        "services.*.pull_policy",
        Case(
            treatment=Treatment.DROPPED,
            kind="`always`, `daily`, `weekly`, `every_...`",
            when=_is_stale,
            says=STALE,
            subject=with_value,
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="others: `never`, the images are there",
            change=lambda _v, _h: "never",
        ),
    ),
    *dropped(STALE, "services.*.pull_refresh_after"),
    *dropped(
        "fixed container names are kept as network aliases, so a name that is taken is not noticed",
        "services.*.container_name",
        subject=with_value,
    ),
    row(
        "services.*.oom_score_adj",
        Case(
            treatment=Treatment.DROPPED,
            kind="below zero",
            when=_below_zero,
            says="when memory runs out, the kernel ends a sandbox before what is live",
            subject=with_value,
        ),
        Case(treatment=Treatment.PASSED),
    ),
    row(
        "services.*.oom_kill_disable",
        Case(
            treatment=Treatment.PASSED,
            kind="not set, or beside a memory limit",
            when=lambda v, h: rights.is_false(v, h) or _has_limit(v, h),
        ),
        Case(
            treatment=Treatment.DROPPED,
            kind="set without a memory limit",
            says="when memory runs out, the kernel may end what takes it",
        ),
    ),
    *dropped(
        UNUSED,
        "services.*.develop.** services.*.deploy.mode services.*.deploy.endpoint_mode",
        "services.*.deploy.labels.**",
        "services.*.deploy.placement.** services.*.deploy.update_config.**",
        "services.*.deploy.rollback_config.**",
        "services.*.deploy.resources.reservations.generic_resources.**",
    ),
    *resolved(
        "services.*.profiles.** services.*.extends.** services.*.env_file.** services.*.label_file.**",
    ),
    *written_out(
        "services.*.annotations.[] services.*.environment.[] services.*.labels.[] services.*.depends_on.[]",
        "services.*.sysctls.[]",
    ),
    # -- hooks: `exec` into a container of the sandbox ----------------------------------------------------
    *(
        entry
        for hook in ("post_start", "pre_stop")
        for entry in (
            *passed(
                f"services.*.{hook} services.*.{hook}.[] services.*.{hook}.[].command.[]",
                f"services.*.{hook}.[].user services.*.{hook}.[].working_dir",
                f"services.*.{hook}.[].environment",
            ),
            *addresses.follow(f"services.*.{hook}.[].command", f"services.*.{hook}.[].environment.*"),
            *written_out(f"services.*.{hook}.[].environment.[]"),
            hosting.privileged(f"services.*.{hook}.[].privileged"),
        )
    ),
    *passed("services.*.pre_start services.*.pre_start.[] services.*.pre_start.[].per_replica"),
    *refused(
        "runs an image of its own, in a container that Compose gives no label of ours",
        "services.*.pre_start.[].image",
        flag=Flag.KEY,
        subject=with_value,
    ),
]

# A `pre_start` hook is a container: what holds for a service's holds for it, less what only a service has.
_FAMILIES_NOT_OF_HOOKS = (
    "build", "deploy", "depends_on", "develop", "expose", "extends", "external_links", "healthcheck", "links",
    "ports", "profiles", "provider", "pre_start", "post_start", "pre_stop", "restart", "scale", "attach",
    "container_name", "stdin_open", "tty",
)  # fmt: skip


def _of_hook(entry: Row) -> Row | None:
    parts = entry.path.split(".")
    if parts[:2] != ["services", "*"] or len(parts) < 3 or parts[2] in _FAMILIES_NOT_OF_HOOKS:  # noqa: PLR2004
        return None
    if entry.path == "services.*.image":
        return None
    return Row(path=".".join(["services", "*", "pre_start", "[]", *parts[2:]]), cases=entry.cases)


HOOK_ROWS: list[Row] = [
    found for entry in (*ROWS, *hosting.ROWS, *networking.ROWS, *mounts.ROWS) if (found := _of_hook(entry))
]
