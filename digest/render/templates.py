"""Finding, compiling and filling templates: built-in ones, replaced file by file by a publisher's own."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.config.values import nearest
from digest.errors import TemplateError
from digest.render import context
from digest.render.bidi import way
from digest.render.words import words


@lru_cache(maxsize=1)
def builtin_folder() -> Path:
    """The folder of the built-in templates: ``digest/_templates`` when installed, ``templates`` in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"


@lru_cache(maxsize=64)
def environment(template_dir: Path | None, language: str) -> ImmutableSandboxedEnvironment:
    """A sandboxed environment with the words of ``language``; changed files are read again."""
    folders = [template_dir, builtin_folder()] if template_dir else [builtin_folder()]
    made = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    speech = words(language)
    made.install_gettext_translations(speech.translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"joints": speech.joints, "way": way}
    return made


def fill(template_dir: Path | None, language: str, name: str, values: Mapping[str, Any]) -> str:
    """Render the template ``name``. Raises ``TemplateError`` with file and line."""
    try:
        return environment(template_dir, language).get_template(name).render(values)
    except TemplateSyntaxError as error:
        raise _problem(error, error.filename or error.name or name, error.lineno, values) from error
    except (
        JinjaError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
    ) as error:
        file, line = _where(error.__traceback__, name)
        raise _problem(error, file, line, values) from error


def _where(trace: TracebackType | None, name: str) -> tuple[str, int | None]:
    # Jinja rewrites its tracebacks so that the frames of templates carry their own files and lines.
    file, line = name, None
    while trace is not None:
        code = trace.tb_frame.f_code.co_filename
        if not code.endswith(".py") and Path(code).is_file():
            file, line = code, trace.tb_lineno
        trace = trace.tb_next
    return file, line


# What Jinja says of a name that is not there, alone or on one of our values.
_UNKNOWN = re.compile(r"^'(\w+)' is undefined$|has no attribute '(\w+)'$")


def _problem(error: Exception, file: str, line: int | None, names: Iterable[str]) -> TemplateError:
    where = f"{file}, line {line}" if line else file
    advice = "docs/context.md lists every name that templates can use."
    if unknown := _UNKNOWN.search(str(error)):
        near = nearest(unknown[1] or unknown[2], names if unknown[1] else _fields())
        advice = f"{near.capitalize()} {advice}" if near else advice
    return TemplateError(
        f"{where}: {str(error) or type(error).__name__}.", file=file, line=line, advice=advice
    )


def _fields() -> set[str]:
    """The names of everything that the values of a template have."""
    views = (view for _, view in inspect.getmembers(context, dataclasses.is_dataclass))
    return {field.name for view in views for field in dataclasses.fields(view)}
