"""Models whose JSON Schema says of each field what the text under it says."""

import ast
import inspect
from itertools import pairwise
from textwrap import dedent
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Described(BaseModel):
    """A model whose fields are described when its schema is asked for.

    pydantic's own `use_attribute_docstrings` reads and parses the source of each model at every start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema with a description of each field that has one."""
        found = handler(core_schema)
        fields = handler.resolve_ref_schema(found).get("properties", {})
        texts = _texts(cls)
        for name, field in cls.model_fields.items():
            if name in texts:
                fields[field.alias or name]["description"] = texts[name]
        return found


def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Return the text under each field of a model, as its source has it."""
    (statement,) = ast.parse(dedent(inspect.getsource(model))).body
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(statement.body if isinstance(statement, ast.ClassDef) else ())
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
