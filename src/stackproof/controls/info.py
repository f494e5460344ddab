"""What a reader of a report needs to know of a control."""

from pydantic import BaseModel, ConfigDict

from stackproof.controls.severity import Severity


class ControlInfo(BaseModel):
    """What a reader needs to know of a control."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )

    id: str
    title: str
    severity: Severity
    references: tuple[str, ...] = ()
    family: str = ""
    why: str = ""
    fix: str = ""
