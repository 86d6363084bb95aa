"""What editors are asked: whether to approve, where their desk is, who gets tests."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, SecretStr
from pydantic import model_validator as check
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from digest.config.theme import Settings
from digest.config.values import Address, Duration, SiteUrl, refusal


def _hashed(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().startswith("$argon2"):
        raise refusal("is no password hash", "make one: digest editor NAME")
    return secret


Editor = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
PasswordHash = Annotated[SecretStr, AfterValidator(_hashed)]


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
    url: SiteUrl = ""
    """Where editors open the desk, for the link in their mail. Beyond this machine it is https, behind a proxy that
    passes the Host header on, and editors sign in. Default: the desk on their own machine."""
    sign_in: dict[Editor, PasswordHash] = Field(default_factory=dict)
    """Who may sign in, by name, each with the line that `digest editor NAME` prints for a password. The names stand in
    the audit log."""

    @check(mode="after")
    def _named(self) -> DeskSettings:
        if beyond(self.url) and not self.sign_in:
            raise refusal(
                "url is beyond this machine, and nobody can sign in",
                "make a line for each editor: digest editor NAME",
            )
        return self


def beyond(url: str) -> bool:
    """Whether an address of the desk can be reached from other machines."""
    return bool(url) and urlsplit(url).hostname not in ("localhost", "127.0.0.1", "::1")
