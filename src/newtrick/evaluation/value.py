"""What is written as JSON: frozen values, all of whose numbers are finite."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value whose numbers are finite; what was not measured is absent from its JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_json(self) -> str:
        """One JSON document; fields that are None are left out."""
        return self.model_dump_json(exclude_none=True, indent=2)
