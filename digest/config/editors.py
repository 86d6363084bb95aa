"""What editors are asked: whether to approve, where their desk is, who gets tests."""

from __future__ import annotations

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic import model_validator as check
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from digest.config.theme import Settings
from digest.config.values import Address, Duration, WebUrl


class ApprovalSettings(Settings):
    """Whether an editor has to approve each edition: none, required, or {auto_after: 20m}."""

    required: bool = False
    """Nothing is sent without an editor's approval; `approval: required` says the same."""
    auto_after: Duration | None = None
    """Without a word from the editors it is approved so long after they were written to."""

    @check(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return (
            {"none": {}, "required": {"required": True}}.get(value, value)
            if isinstance(value, str)
            else value
        )

    @property
    def asked(self) -> bool:
        """Whether editors are asked at all."""
        return self.required or self.auto_after is not None

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Either form, for editors."""
        full = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"enum": ["none", "required"]}, full]}


class DeskSettings(Settings):
    """The editors' desk: `digest preview`."""

    editors: tuple[Address, ...] = ()
    """Who gets a mail when an edition waits for approval."""
    test_to: tuple[Address, ...] = ()
    """Where "Send me a test" may send."""
    url: WebUrl = ""
    """Where editors open the desk, for the link in their mail. Default: the desk on their own machine."""
