"""Intensity of conditioning: where the definitions agree, and where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.leukaemia.conditioning import Dose
from atrisk.leukaemia.facts import load
from atrisk.leukaemia.intensity import intensity

BACIGALUPO = "Bacigalupo et al., Biol Blood Marrow Transplant 2009;15:1628"
UPTODATE = "medilib.ir/uptodate/show/90901"
NOTES = "notes on Bacigalupo 2009"

FLU = Dose("Flu", 150.0, "mg/m2", -6)
CY = Dose("Cy", 120.0, "mg/kg IV", -3)
ATG = Dose("ATG", 10.0, "mg/kg IV", -3)


def tbi(dose: float, fractions: str = "fractionated") -> Dose:
    return Dose("TBI", dose, f"Gy {fractions}".strip(), -1)


def bu(dose: float, route: str = "PO") -> Dose:
    return Dose("Bu", dose, f"mg/kg {route}", -5)


def mel(dose: float) -> Dose:
    return Dose("Mel", dose, "mg/m2", -2)


@pytest.mark.parametrize(
    ("doses", "call", "source"),
    [
        # TBI
        ([tbi(4.99, "single"), FLU], "RIC", f"{BACIGALUPO}: below 5 Gy single"),
        ([tbi(5.0, "single"), FLU], "cannot say", "exactly 5 Gy single: >=5 and <=5"),
        ([tbi(5.01, "single"), FLU], "MAC", f"{BACIGALUPO}: >=5 Gy single"),
        ([tbi(7.99), FLU], "RIC", f"{BACIGALUPO}: below 8 Gy fractionated"),
        ([tbi(8.0), FLU], "cannot say", "exactly 8 Gy fractionated: >=8 and <=8"),
        ([tbi(8.01), FLU], "MAC", f"{BACIGALUPO}: >=8 Gy fractionated"),
        ([tbi(6.0, ""), FLU], "cannot say", "6 Gy: depends on the fractions"),
        ([tbi(4.0, ""), FLU], "RIC", "4 Gy: below both"),
        ([tbi(9.0, ""), FLU], "MAC", "9 Gy: above both"),
        ([tbi(2.0, "single")], "NMA", f"{BACIGALUPO}: TBI <=2 Gy"),
        ([tbi(2.0, "single"), FLU], "NMA", f"{BACIGALUPO}: with a purine analogue"),
        ([tbi(2.0, "single"), FLU, ATG], "NMA", BACIGALUPO),
        ([tbi(2.01, "single"), FLU], "RIC", f"{BACIGALUPO}: above 2 Gy"),
        ([tbi(2.0, "single"), FLU, CY], "cannot say", "no definition names the three together"),
        ([tbi(12.0), CY], "MAC", f"{UPTODATE}: Cy/TBI 12-14 Gy"),
        # busulfan by mouth
        ([bu(7.99), FLU], "RIC", f"{BACIGALUPO}: below 8 mg/kg"),
        ([bu(8.0), FLU], "cannot say", ">8 in one copy, >=8 in another; <=9 is reduced"),
        ([bu(8.5), FLU], "cannot say", ">8 is MAC, <=9 is reduced"),
        ([bu(9.0), FLU], "cannot say", ">8 is MAC, <=9 is reduced"),
        ([bu(9.01), FLU], "MAC", BACIGALUPO),
        ([bu(16.0), CY], "MAC", BACIGALUPO),
        # busulfan IV: 0.8 of the oral dose
        ([bu(6.39, "IV"), FLU], "RIC", UPTODATE),
        ([bu(6.4, "IV"), FLU], "cannot say", UPTODATE),
        ([bu(7.2, "IV"), FLU], "cannot say", UPTODATE),
        ([bu(7.21, "IV"), FLU], "MAC", UPTODATE),
        ([bu(12.8, "IV"), FLU], "MAC", f"{UPTODATE}: Flu/Bu4"),
        ([bu(12.8, "IV"), CY], "MAC", f"{UPTODATE}: Bu4/Cy"),
        # melphalan
        ([mel(140.0), FLU], "RIC", f"{NOTES}: <=140 mg/m2"),
        ([mel(141.0), FLU], "cannot say", "141-150: in neither definition"),
        ([mel(150.0), FLU], "cannot say", "141-150: in neither definition"),
        ([mel(180.0), FLU], "cannot say", ">150 is not confirmed"),
        ([mel(200.0), FLU], "MAC", f"{UPTODATE}: high-dose melphalan"),
        # fludarabine and cyclophosphamide
        ([FLU, CY], "NMA", f"{BACIGALUPO}: Flu+Cy"),
        ([FLU, CY, ATG], "NMA", f"{BACIGALUPO}: Flu+Cy with ATG"),
        ([CY, ATG], "cannot say", "named by no definition"),
        # agents without a confirmed threshold, alone and beside one that decides
        (
            [Dose("TT", 10.0, "mg/kg IV", -7), mel(140.0)],
            "cannot say",
            "thiotepa >=10: unconfirmed",
        ),
        ([Dose("TT", 10.0, "mg/kg IV", -7), bu(9.6, "IV"), FLU], "MAC", "by busulfan"),
        ([Dose("Treo", 30.0, "g/m2", -6), FLU], "cannot say", "treosulfan: no definition read"),
        ([Dose("BCNU", 300.0, "mg/m2", -6), mel(140.0)], "cannot say", "carmustine: none read"),
        # missing
        ([Dose("Bu", None, "mg/kg IV", -5), FLU], "cannot say", "no dose"),
        ([Dose("Bu", 12.8, None, -5), FLU], "cannot say", "no unit"),
        ([Dose("Bu", 520.0, "mg/m2", -5), FLU], "cannot say", "no rule in this unit"),
        ([Dose("Bu", None, "mg/kg IV", -5), tbi(12.0)], "MAC", "by TBI"),
        ([Dose("other", 1.0, "mg/m2", -5), mel(140.0)], "cannot say", "not a known agent"),
        ([], "cannot say", "nothing recorded"),
        # what does not count
        ([bu(12.8, "IV"), Dose("Cy", 100.0, "mg/kg IV", 3)], "MAC", BACIGALUPO),
        ([FLU, Dose("Cy", 100.0, "mg/kg IV", 3)], "cannot say", "only fludarabine is left"),
        ([tbi(2.0), FLU, Dose("Cy", 100.0, "mg/kg IV", 3)], "NMA", BACIGALUPO),
        ([tbi(2.0), FLU, Dose("Cy", 100.0, "mg/kg IV")], "cannot say", "Cy before or after?"),
        ([mel(140.0), FLU, Dose("Cy", 100.0, "mg/kg IV")], "RIC", "before or after is the same"),
        ([mel(140.0), Dose("TT", 0.0, "mg/kg IV", -5)], "RIC", "dose 0"),
        ([FLU, Dose("Cy", 100.0, "mg/kg IV")], "cannot say", "Cy before or after?"),
        ([mel(140.0), Dose("Bu", 12.8, "mg/kg IV", -5, given=False)], "RIC", "planned"),
        ([Dose("TBI", 2.0, "Gy single", 0), FLU], "NMA", "TBI on day 0"),
    ],
)
def test_boundaries(doses: list[Dose], call: str, source: str) -> None:
    assert intensity(doses).call == call, source


def test_a_conflict_gives_both_readings_with_their_sources() -> None:
    found = intensity([bu(8.5), FLU])
    assert found.reason == (
        "definitions conflict for busulfan 8.5 mg/kg PO: MAC by >= 8 mg/kg PO, RIC by <= 9 mg/kg PO"
    )
    assert [(r.call, r.agent, r.dose) for r in found.readings] == [
        ("MAC", "busulfan", 8.5),
        ("RIC", "busulfan", 8.5),
    ]
    assert "Bacigalupo" in found.readings[0].source
    assert len({reading.source for reading in found.readings}) == 2


def test_cyclophosphamide_without_a_day_gives_both_calls() -> None:
    found = intensity([FLU, Dose("Cy", 100.0, "mg/kg IV")])
    assert found.reason == (
        "cyclophosphamide has no day: NMA if it was given before the transplant,"
        " cannot say if after"
    )


def test_doses_of_one_agent_add_up() -> None:
    halves = [bu(4.8, "IV"), bu(4.8, "IV"), FLU]
    assert intensity(halves).call == "MAC"
    assert intensity(halves).reason == "by busulfan 9.6 mg/kg IV"
    assert intensity([bu(4.8, "IV"), Dose("Bu", None, "mg/kg IV", -4), FLU]).call == "cannot say"


def test_doses_in_two_units_do_not_add_up() -> None:
    found = intensity([bu(6.0, "IV"), bu(4.0, "PO"), FLU])
    assert (found.call, found.reason) == (
        "cannot say",
        "the doses of busulfan have different units and cannot be added",
    )


@pytest.mark.parametrize(
    ("dose", "message"),
    [
        (Dose("Bu", 12.8, "mg/kg i.v."), "the unit of 'Bu' is 'mg/kg i.v.'.*Did you mean"),
        (Dose("Bu", -1.0, "mg/kg IV"), "the dose of 'Bu' is -1.0"),
    ],
)
def test_mistakes_are_named(dose: Dose, message: str) -> None:
    with pytest.raises(InputError, match=message):
        intensity([dose])


a_dose = st.sampled_from(
    [
        FLU,
        CY,
        ATG,
        tbi(2.0),
        tbi(4.0),
        tbi(12.0),
        bu(6.0),
        bu(8.5),
        bu(16.0),
        mel(100.0),
        mel(145.0),
    ]
)


@given(st.lists(a_dose, max_size=4, unique_by=lambda one: one.agent), st.randoms())
def test_the_order_of_agents_does_not_matter(doses: list[Dose], random) -> None:
    shuffled = list(doses)
    random.shuffle(shuffled)
    assert intensity(shuffled).call == intensity(doses).call


@given(st.lists(a_dose, max_size=4, unique_by=lambda one: one.agent), a_dose)
def test_an_agent_more_never_lowers_myeloablative(doses: list[Dose], more: Dose) -> None:
    if intensity(doses).call == "MAC" and more.agent not in {one.agent for one in doses}:
        assert intensity([*doses, more]).call == "MAC"


def test_every_rule_has_its_sources() -> None:
    facts = load("conditioning-intensity")
    named = {row[name] for row in facts["rules"] for name in ("mac_source", "ric_source")}
    assert named <= set(facts["sources"])
