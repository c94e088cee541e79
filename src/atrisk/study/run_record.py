"""What a report was made from, to make it again: its input files, seeds and software."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from atrisk._version import __version__
from atrisk.errors import InputError
from atrisk.study.intake import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from atrisk.study.plan import Plan

__all__ = ["RUN_SCHEMA", "run_record", "template_paths"]

RUN_SCHEMA = "atrisk-provenance/1"

#: Names that a template would have in common with a file of the report.
_OF_REPORT = ("report.docx", "report.md", "report.txt")

#: The libraries whose version can change a number or how it is shown.
_LIBRARIES = (
    "formulaic",
    "great-tables",
    "jinja2",
    "matplotlib",
    "narwhals",
    "numpy",
    "plutoprint",
    "polars",
    "pydantic",
    "pyreadstat",
    "python-calamine",
    "python-docx",
    "scipy",
)


def run_record(plan: Plan) -> dict[str, Any]:
    """Describe what a plan reads and with what it is run.

    Returns
    -------
    dict
        ``schema``; ``inputs``: the role, name (relative to the study file) and SHA-256 of every
        file; ``seeds``: of the analyses with random numbers; ``software``: versions.
    """
    return {
        "schema": RUN_SCHEMA,
        "title": plan.info.title,
        "version": plan.info.version,
        "inputs": list(_inputs(plan)),
        "seeds": list(_seeds(plan)),
        "software": _software(),
    }


def template_paths(plan: Plan) -> list[Path]:
    """Find the texts that the report fills.

    Raises
    ------
    InputError
        there is no such file, it is no text that can be filled, or two have one name.
    """
    found: list[Path] = []
    for written in plan.report.templates:
        path = plan.path.parent / written
        if path.suffix not in {".md", ".txt", ".docx"}:
            raise InputError(
                f"{plan.path.name}, [report] templates: {written!r} is no text with fields; name"
                " .md, .txt or .docx files."
            )
        if not path.is_file():
            raise InputError(f"{plan.path.name}, [report] templates: there is no file {path}.")
        if path.name in {*_OF_REPORT, *(known.name for known in found)}:
            raise InputError(
                f"{plan.path.name}, [report] templates: the report's folder would hold two files"
                f" {path.name!r}. Give the template another name."
            )
        _check_text(path)
        found.append(path)
    return found


def _check_text(path: Path) -> None:
    """Refuse a text that is not UTF-8 before anything is computed."""
    if path.suffix == ".docx":
        return
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The template {path.name!r} is not UTF-8 at byte {error.start}; save it as UTF-8."
        ) from None
    except OSError as error:
        raise InputError(f"The template {path.name!r} cannot be read: {error.strerror}.") from None


#: Parts of an analysis that name a file of published patients or rates.
_PUBLISHED = ("reference", "rates")


def _inputs(plan: Plan) -> Iterator[dict[str, str]]:
    yield _file("study file", plan.path.name, plan.path)
    yield from _data_files(plan)
    for analysis in plan.analyses:
        for part in (analysis.asked, *(getattr(analysis.asked, k, None) for k in _PUBLISHED)):
            written = getattr(part, "file", None)
            if written is not None:
                yield _file(f"analysis {analysis.id}", written, plan.path.parent / written)
    for written, path in zip(plan.report.templates, template_paths(plan), strict=True):
        yield _file("template", written, path)


def _file(role: str, name: str, path: Path) -> dict[str, str]:
    return {"role": role, "name": str(name), "sha256": file_digest(path)}


def _data_files(plan: Plan) -> Iterator[dict[str, str]]:
    from atrisk.study.forms.dictionary import write_dictionary
    from atrisk.study.forms_source import FormsSource

    if not isinstance(plan.source, FormsSource):
        yield {"role": "data", "name": plan.source.file, "sha256": plan.source.digest}
        return
    forms = plan.source.request.study.forms
    if forms is None:
        return
    folder = plan.path.parent
    named = [("dictionary", forms.dictionary)]
    named += [("rules", written) for written in forms.rules]
    mappings = [forms.mapping, *(part.mapping for part in forms.centres)]
    named += [("mapping", written) for written in mappings if written is not None]
    for role, written in dict.fromkeys(named):
        path = folder / written
        if path.is_file():
            yield _file(role, written, path)
        else:
            packaged = hashlib.sha256(write_dictionary(plan.source.records.dictionary))
            yield {"role": role, "name": f"{written} (packaged)", "sha256": packaged.hexdigest()}
    known = {(file.name, file.sha256) for file in plan.source.records.files}
    for name, digest in sorted(known):
        yield {"role": "form", "name": name, "sha256": digest}


def _seeds(plan: Plan) -> Iterator[dict[str, Any]]:
    for analysis in plan.analyses:
        for key in ("validation", "calibration", "bootstrap"):
            seed = getattr(getattr(analysis.asked, key, None), "seed", None)
            if seed is not None:
                yield {"analysis": analysis.id, "of": key, "seed": seed}


def _software() -> dict[str, str]:
    found = {"atrisk": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
