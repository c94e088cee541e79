"""Whether the label lets the next dose of inotuzumab ozogamicin be given.

Only rules that were read in the label are here. How long an interruption may last within a cycle,
and what is then omitted or reduced, is not: its table could not be confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from atrisk.leukaemia.facts import load

__all__ = ["Action", "Check", "check_cycle", "check_dose", "check_start"]

Action = Literal["give", "hold", "discontinue", "cannot say"]

# From the gravest: the action of a check is the gravest of its reasons.
_ORDER: tuple[Action, ...] = ("discontinue", "hold", "cannot say", "give")


@dataclass(frozen=True, slots=True)
class Check:
    """What the label says.

    Attributes
    ----------
    action
        ``give``: no rule read here speaks against it.
    reasons
        each rule that does, in words, with the values.
    missing
        what was not recorded and is needed.
    warnings
        what the label warns of, and does not forbid.
    source
        the label's text.
    """

    action: Action
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    source: str


def _check(
    found: list[tuple[Action, str]], missing: list[str], source: str, *warnings: str
) -> Check:
    actions: list[Action] = [action for action, _ in found]
    if missing:
        actions.append("cannot say")
    action = next((grave for grave in _ORDER if grave in actions), _ORDER[-1])
    return Check(action, tuple(why for _, why in found), tuple(missing), warnings, source)


def _liver(
    bilirubin_xuln: float | None, transaminases_xuln: float | None
) -> tuple[list[str], list[str]]:
    """List what is above the label's limits, and what is not recorded."""
    facts = load("ino-label")["other"]
    above, missing = [], []
    for name, value, key in (
        ("bilirubin", bilirubin_xuln, "bilirubin_xuln"),
        ("AST/ALT", transaminases_xuln, "transaminases_xuln"),
    ):
        if value is None:
            missing.append(name)
        elif value > facts[key]:
            above.append(f"{name} {value:g} x ULN is above {facts[key]:g} x ULN")
    return above, missing


def check_start(
    *,
    cd22_percent: float | None,
    peripheral_blasts_per_ul: float | None,
    bilirubin_xuln: float | None,
    transaminases_xuln: float | None,
    prior_sos: bool = False,
    serious_liver_disease: bool = False,
) -> Check:
    """Check what the label asks before the first dose.

    Parameters
    ----------
    cd22_percent
        CD22-positive blasts, %: above 0 is positive.
    peripheral_blasts_per_ul
        at most 10,000 after cytoreduction.
    bilirubin_xuln, transaminases_xuln
        multiples of the upper limit of normal; of AST and ALT the higher.
    prior_sos, serious_liver_disease
        a warning of the US label.

    Returns
    -------
    Check
        ``hold`` where a limit is passed.

    Examples
    --------
    >>> check_start(cd22_percent=90, peripheral_blasts_per_ul=12000,
    ...             bilirubin_xuln=1.5, transaminases_xuln=2.5).reasons
    ('12000 peripheral blasts per microlitre are more than 10000: cytoreduction first',)
    """
    facts = load("ino-label")["start"]
    above, missing = _liver(bilirubin_xuln, transaminases_xuln)
    found: list[tuple[Action, str]] = [("hold", why) for why in above]
    if cd22_percent is None:
        missing.append("CD22")
    elif cd22_percent <= 0:
        found.append(("hold", "no blast is CD22-positive: the label's indication is not met"))
    most = facts["peripheral_blasts_per_ul"]
    if peripheral_blasts_per_ul is None:
        missing.append("peripheral blasts")
    elif peripheral_blasts_per_ul > most:
        text = f"{peripheral_blasts_per_ul:g} peripheral blasts per microlitre are more than {most}"
        found.append(("hold", f"{text}: cytoreduction first"))
    flags = {"prior SOS/VOD": prior_sos, "serious liver disease": serious_liver_disease}
    warnings = [f"{name}: higher risk of SOS/VOD" for name, there in flags.items() if there]
    return _check(found, missing, facts["source"], *warnings)


def check_cycle(
    *,
    anc: float | None,
    platelets: float | None,
    anc_before_ino: float | None,
    platelets_before_ino: float | None,
    anc_before_cycle: float | None = None,
    platelets_before_cycle: float | None = None,
    due_to_disease: bool = False,
    days_low: float | None = None,
    suspected_ino: bool = False,
) -> Check:
    """Check the blood counts at the start of a later cycle.

    Parameters
    ----------
    anc, platelets
        now, 1e9/L; platelets without transfusion.
    anc_before_ino, platelets_before_ino
        before the first dose.
    anc_before_cycle, platelets_before_cycle
        the baseline of the previous cycle: recovery to it is enough where counts were low from the
        start.
    due_to_disease
        stable or improved disease in the latest marrow, and the cytopenia judged due to it.
    days_low, suspected_ino
        the US label discontinues when counts stay low for more than 28 days and INO is suspected.

    Returns
    -------
    Check
        ``hold`` until the counts recover.

    Examples
    --------
    >>> check_cycle(anc=1.0, platelets=49, anc_before_ino=2, platelets_before_ino=80).action
    'hold'
    """
    facts = load("ino-label")["haematological"]
    counts = (
        ("ANC", anc, anc_before_ino, anc_before_cycle, facts["anc"]),
        ("platelets", platelets, platelets_before_ino, platelets_before_cycle, facts["platelets"]),
    )
    missing = [f"{name} now" for name, now, *_ in counts if now is None]
    low = [(name, now, limit) for name, now, *_, limit in counts if now is not None and now < limit]
    if not low:
        return _check([], missing, facts["source"])
    missing += [f"{name} before INO" for name, _, start, *_ in counts if start is None]
    started_low = [start is not None and start < limit for *_, start, _, limit in counts]
    back = [now is not None and base is not None and now >= base for _, now, _, base, _ in counts]
    if any(started_low) and (due_to_disease or all(back)):
        return _check([], missing, facts["source"])
    words = [f"{name} {now:g} is below {limit:g} x 1e9/L" for name, now, limit in low]
    found: list[tuple[Action, str]] = [("hold", text) for text in words]
    most = facts["us_discontinue_after_days"]
    if suspected_ino and days_low is not None and days_low > most and not any(started_low):
        text = f"counts low for {days_low:g} days, more than {most}, and INO suspected (US label)"
        found.append(("discontinue", text))
    return _check(found, missing, facts["source"])


def check_dose(
    *,
    bilirubin_xuln: float | None,
    transaminases_xuln: float | None,
    sos: bool = False,
    severe_liver_toxicity: bool = False,
    gilbert_or_haemolysis: bool = False,
    infusion_reaction: Literal["none", "present", "severe"] = "none",
    other_toxicity_grade: int = 0,
) -> Check:
    """Check non-haematological toxicity before any dose. Low counts do not hold days 8 and 15.

    Parameters
    ----------
    bilirubin_xuln, transaminases_xuln
        multiples of the upper limit of normal; of AST and ALT the higher. Either alone holds the
        dose: the label asks for both to recover before each dose.
    sos, severe_liver_toxicity
        discontinue for good.
    gilbert_or_haemolysis
        explains the liver values, so they do not hold the dose.
    infusion_reaction
        ``severe`` is severe or life-threatening.
    other_toxicity_grade
        grade of another non-haematological toxicity related to INO; from 2 on the dose is held to
        grade 1.

    Returns
    -------
    Check
        the gravest action, with every reason.

    Examples
    --------
    >>> check_dose(bilirubin_xuln=1.5, transaminases_xuln=2.6).reasons
    ('AST/ALT 2.6 x ULN is above 2.5 x ULN',)
    """
    facts = load("ino-label")["other"]
    above, missing = _liver(bilirubin_xuln, transaminases_xuln)
    if gilbert_or_haemolysis:
        above, missing = [], []
    found: list[tuple[Action, str]] = [("hold", why) for why in above]
    if sos or severe_liver_toxicity:
        found.append(("discontinue", "SOS/VOD" if sos else "other severe liver toxicity"))
    if infusion_reaction != "none":
        severe = infusion_reaction == "severe"
        text = "severe or life-threatening infusion reaction" if severe else "infusion reaction"
        found.append(("discontinue" if severe else "hold", text))
    if other_toxicity_grade >= facts["toxicity_grade"]:
        text = f"toxicity of grade {other_toxicity_grade}: until grade {facts['resume_at_grade']}"
        found.append(("hold", text))
    return _check(found, missing, facts["source"])
