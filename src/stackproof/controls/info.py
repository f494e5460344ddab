"""What a reader of a report needs to know of a control."""

from pydantic import ConfigDict

from stackproof.controls.described import Described
from stackproof.controls.severity import Severity


class ControlInfo(Described):
    """What a reader needs to know of a control."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    title: str
    severity: Severity
    references: tuple[str, ...] = ()
    family: str = ""
    why: str = ""
    fix: str = ""
    documentation: str = ""
    """The address of its page; empty where none is known, and for a team's own."""
