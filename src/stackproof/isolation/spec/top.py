"""The top level of a compose file."""

from stackproof.isolation.treatment import Flag, Row, dropped, passed, refused, resolved

ROWS: list[Row] = [
    *resolved("version name include.**"),
    *passed("models"),
    *dropped(
        "models of the model runner are left out",
        "models.*.name models.*.model models.*.context_size models.*.runtime_flags.**",
    ),
    *dropped("models of the model runner are left out", "models.*"),
    *refused(
        "holds containers that run to completion, which no Compose that is known here starts",
        "jobs.**",
        flag=Flag.KEY,
    ),
]
