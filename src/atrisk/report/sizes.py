"""How many patients each analysis, and each model of it, is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atrisk.report.models import model_words
from atrisk.report.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atrisk.report.values import Node, Number

__all__ = ["Size", "sizes"]


@dataclass(frozen=True, slots=True)
class Size:
    """The patients of an analysis or of one of its models; ``used`` is None if not shown."""

    analysis: str
    title: str
    shown: Number
    used: float | None
    whole: bool


def sizes(document: Node) -> Iterator[Size]:
    """Yield the size of each analysis in the order of the report.

    A model has a line of its own where it is of fewer patients than the analysis or than the other
    models; an analysis that counts no patients has none.

    Parameters
    ----------
    document
        the results document.
    """
    values, everybody = Values(document["values"]), document["population"]["rows_used"]
    for analysis in document["analyses"]:
        for title, key in _counted(analysis, values):
            used = values.raw(key)
            whole = used is not None and used >= everybody
            yield Size(analysis["id"], title, values.count(key), used, whole)


def _counted(analysis: Node, values: Values) -> Iterator[tuple[str, str]]:
    prefix = analysis["id"]
    title = str(analysis.get("title", prefix))
    own = f"{prefix}.{(analysis.get('overall') or {}).get('id', 'overall')}.n"
    keys = {model["id"]: f"{prefix}.{model['id']}.n" for model in analysis.get("models") or ()}
    models = [m for m in analysis.get("models") or () if _of_patients(values, keys[m["id"]])]
    if _of_patients(values, own):
        yield title, own
        models = [model for model in models if values.raw(keys[model["id"]]) != values.raw(own)]
    elif len({values.raw(keys[model["id"]]) for model in models}) == 1:
        yield title, keys[models[0]["id"]]
        return
    for model in models:
        yield f"{title}: {model_words(model)}", keys[model["id"]]


def _of_patients(values: Values, key: str) -> bool:
    return values.has(key) and values.entry(key)["unit"] == "patients"
