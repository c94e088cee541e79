"""Measurable residual disease (MRD): the call, with the method and the threshold it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atrisk.errors import InputError, listed, nearest
from atrisk.leukaemia.facts import load

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["METHODS", "RESULTS", "RULES", "STATUSES", "Mrd", "classify", "classify_all"]

RULES: Final = ("reported", "ino-vate", "eln-2024", "eln-2024-variant-2")
METHODS: Final = ("flow", "BCR::ABL1 PCR", "IG/TR PCR", "NGS")
#: What a laboratory reports, in the order of its codes.
RESULTS: Final = ("negative", "positive", "positive below quantification", "not evaluable")
#: How MRD is called, in the order of the codes.
STATUSES: Final = (*RESULTS, "negative, insufficient sensitivity", "unknown")
_NEGATIVE, _POSITIVE, _BELOW, _NOT_EVALUABLE, _INSENSITIVE, _UNKNOWN = range(6)


@dataclass(frozen=True, slots=True)
class Mrd:
    """One result of MRD as it was called.

    Attributes
    ----------
    status
        one of `STATUSES`.
    method
        how it was measured, one of `METHODS`; None if not recorded.
    threshold
        the value, %, below which a quantified result is called negative; None where the
        laboratory's own call is kept.
    sensitivity
        limit of detection of the assay, %.
    value
        the quantified result, %.
    response
        the European LeukemiaNet's word for it; "" under other rules, or where it has none.
    rules, source
        the rules, and where they were published.
    notes
        what to know about the call.
    """

    status: str
    method: str | None
    threshold: float | None
    sensitivity: float | None
    value: float | None
    response: str
    rules: str
    source: str
    notes: tuple[str, ...]


def classify(
    result: str | None,
    *,
    value: float | None = None,
    sensitivity: float | None = None,
    method: str | None = None,
    rules: str = "reported",
    threshold: float | None = None,
    needed_sensitivity: float | None = None,
) -> Mrd:
    """Call one result of MRD.

    Parameters
    ----------
    result
        one of `RESULTS`; None if not recorded.
    value, sensitivity
        the quantified result and the assay's limit of detection, %.
    method
        one of `METHODS`.
    rules
        one of `RULES`.
    threshold
        %: a quantified result below it is negative, and a negative one needs an assay that sees
        this much. It takes the place of the rules' own.
    needed_sensitivity
        %: a negative result of an assay that cannot see this much is not called negative.

    Returns
    -------
    Mrd
        the call, with method and threshold.

    Raises
    ------
    InputError
        if a name is not known or a number is impossible.

    Examples
    --------
    >>> classify("positive", value=0.005, method="flow", rules="ino-vate").status
    'negative'
    >>> classify("negative", sensitivity=0.1, rules="ino-vate").status
    'negative, insufficient sensitivity'
    """
    _known(result, RESULTS, "result of MRD")
    _known(method, METHODS, "method of MRD")
    code = -1 if result is None else RESULTS.index(result)
    number = np.nan if value is None else value
    limit = np.nan if sensitivity is None else sensitivity
    options = {"rules": rules, "threshold": threshold, "needed_sensitivity": needed_sensitivity}
    status = STATUSES[classify_all([code], [number], [limit], **options)[0]]  # type: ignore[arg-type]
    facts = load("mrd")[rules]
    used = facts.get("negative_below") if threshold is None else threshold
    return Mrd(
        status=status,
        method=method,
        threshold=used,
        sensitivity=sensitivity,
        value=value,
        response=_response(facts, status, result, value),
        rules=rules,
        source=facts["source"],
        notes=(
            *facts["notes"],
            *_given(threshold, needed_sensitivity),
            *_remarks(facts, code, value, sensitivity, method, used, status),
        ),
    )


def classify_all(
    result: ArrayLike,
    value: ArrayLike,
    sensitivity: ArrayLike,
    *,
    rules: str = "reported",
    threshold: float | None = None,
    needed_sensitivity: float | None = None,
) -> NDArray[np.int8]:
    """Call many results of MRD; the options are those of `classify`.

    Parameters
    ----------
    result
        shape (n,): positions in `RESULTS`, -1 where not recorded.
    value, sensitivity
        shape (n,), %: NaN where not recorded.

    Returns
    -------
    ndarray
        shape (n,), int8: positions in `STATUSES`.

    Examples
    --------
    >>> nan = float("nan")
    >>> classify_all([0, 1, -1], [nan, 0.01, nan], [0.01, 0.001, nan], rules="ino-vate")
    array([0, 1, 5], dtype=int8)
    """
    _known(rules, RULES, "rules of MRD")
    codes = np.asarray(result, dtype=np.int64)
    if ((codes < -1) | (codes >= len(RESULTS))).any():
        raise InputError(f"results of MRD must be -1 or a position in {listed(RESULTS)}.")
    values = _percent("value", value)
    limits = _percent("sensitivity", sensitivity)
    facts = load("mrd")[rules]
    below = facts.get("negative_below") if threshold is None else threshold
    needed = _needed(facts, threshold, needed_sensitivity)
    return _status(codes, values, limits, below, needed)


def _needed(
    facts: dict[str, Any], threshold: float | None, needed_sensitivity: float | None
) -> float | None:
    for given in (needed_sensitivity, threshold):
        if given is not None:
            return float(_percent("threshold", given))
    return facts.get("sensitivity")


def _status(
    codes: NDArray[np.int64],
    values: NDArray[np.float64],
    limits: NDArray[np.float64],
    below: float | None,
    needed: float | None,
) -> NDArray[np.int8]:
    status = np.where(codes < 0, _UNKNOWN, codes).astype(np.int8)
    if below is not None:
        judged = (codes == _POSITIVE) | (codes < 0)
        status[judged & (values >= below)] = _POSITIVE
        # A value of 0 is none detected, whose meaning rests on the sensitivity.
        status[judged & (values < below)] = _NEGATIVE
    if needed is not None:
        seen_none = (status == _NEGATIVE) & ~(values > 0)
        status[seen_none & (limits > needed)] = _INSENSITIVE
        status[seen_none & np.isnan(limits)] = _UNKNOWN
    # A value beside "negative" contradicts it, unless the threshold calls that value negative.
    agree = np.zeros_like(values, dtype=np.bool_) if below is None else values < below
    status[(codes == _NEGATIVE) & (values > 0) & ~agree] = _UNKNOWN
    return status


def _percent(name: str, values: ArrayLike) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    wrong = (numbers < 0) | (numbers > 100)
    if wrong.any():
        raise InputError(
            f"{name} of MRD is {listed(numbers[wrong])}: it must be between 0 and 100, in %."
        )
    return numbers


def _known(given: str | None, existing: tuple[str, ...], what: str) -> None:
    if given is not None and given not in existing:
        raise InputError(
            f"no {what} named {given!r}.{nearest(given, existing)} There are: {listed(existing)}."
        )


def _given(threshold: float | None, needed_sensitivity: float | None) -> tuple[str, ...]:
    said = {"threshold": threshold, "needed sensitivity": needed_sensitivity}
    return tuple(
        f"{name} of {number:g}% as given by the user, no source"
        for name, number in said.items()
        if number is not None
    )


def _remarks(
    facts: dict[str, Any],
    code: int,
    value: float | None,
    sensitivity: float | None,
    method: str | None,
    threshold: float | None,
    status: str,
) -> tuple[str, ...]:
    remarks = []
    if code == _NEGATIVE and value and status == STATUSES[_UNKNOWN]:
        remarks.append(f"reported negative with a value of {value:g}%: not called")
    elif code == _NEGATIVE and sensitivity is None and not value:
        known = "not called" if status == STATUSES[_UNKNOWN] else "as the laboratory called it"
        remarks.append(f"negative, and the sensitivity of the assay is not recorded: {known}")
    if code == _POSITIVE and value is None and threshold is not None:
        remarks.append(f"positive without a value: whether below {threshold:g}% is not known")
    wanted = facts.get("method")
    if method is not None and wanted is not None and method != wanted:
        remarks.append(f"measured by {method}; the rules are for {wanted}")
    return tuple(remarks)


def _response(facts: dict[str, Any], status: str, result: str | None, value: float | None) -> str:
    """Give the European LeukemiaNet's word, or nothing where it has none."""
    if "failure_above" in facts:
        return _variant_1(facts, status, result, value)
    if "persistence" not in facts:
        return ""
    if status == result == STATUSES[_NEGATIVE]:
        return "MRD complete response"
    return "MRD persistence" if result == STATUSES[_POSITIVE] and value else ""


def _variant_1(facts: dict[str, Any], status: str, result: str | None, value: float | None) -> str:
    """Give the word of variant 1; at exactly the level of failure there is none."""
    if status == result == STATUSES[_NEGATIVE]:
        return "MRD complete response"
    if status in {STATUSES[_INSENSITIVE], STATUSES[_BELOW]}:
        return "MRD other"
    if result != STATUSES[_POSITIVE] or value is None or value == facts["failure_above"]:
        return ""
    return "MRD failure" if value > facts["failure_above"] else "MRD other"
