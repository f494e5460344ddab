"""The top level of a compose file."""

from stackproof.isolation.treatment import Case, Flag, Row, Treatment, passed, refused, resolved, row

ROWS: list[Row] = [
    *resolved("version name include.**"),
    *passed(
        "models models.*.name models.*.model models.*.context_size models.*.runtime_flags",
        "models.*.runtime_flags.[]",
    ),
    row(
        "models.*",
        Case(
            treatment=Treatment.PASSED,
            kind="with `--allow-host-access`",
            when=lambda _v, here: here.permits.host_access,
        ),
        Case(
            treatment=Treatment.DROPPED,
            kind="others",
            says="models of the model runner are left out",
        ),
    ),
    *refused(
        "holds containers that run to completion, which no Compose that is known here starts",
        "jobs.**",
        flag=Flag.KEY,
    ),
]
