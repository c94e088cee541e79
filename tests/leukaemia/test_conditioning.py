"""Agents, regimens and double alkylators, with the traps of their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.errors import InputError
from atrisk.leukaemia.conditioning import (
    Dose,
    agent,
    agents,
    alkylators,
    regimen,
    regimen_alkylators,
)
from atrisk.leukaemia.facts import load

ATC = "WHO ATC, group L01A"
GIGLIO = "Giglio et al., Front Oncol 2022;12:933317"
KAYSER_2022 = "Kayser et al., Haematologica 2022: treosulfan, fludarabine and thiotepa"


@pytest.mark.parametrize(
    "name",
    [
        "busulfan",
        "treosulfan",
        "melphalan",
        "thiotepa",
        "cyclophosphamide",
        "ifosfamide",
        "bendamustine",
        "carmustine",
        "lomustine",
        "dacarbazine",
        "chlorambucil",
        "mechlorethamine",
    ],
)
def test_alkylators(name: str) -> None:
    found = agent(name)
    assert found is not None
    assert found.alkylator is True, ATC


@pytest.mark.parametrize(
    "name",
    [
        "fludarabine",
        "clofarabine",
        "cladribine",
        "pentostatin",
        "cytarabine",
        "etoposide",
        "amsacrine",
        "tbi",
        "tli",
        "tmli",
        "atg",
        "alemtuzumab",
        "rituximab",
        "inotuzumab",
        "cisplatin",
    ],
)
def test_no_alkylators(name: str) -> None:
    found = agent(name)
    assert found is not None
    assert found.alkylator is False, ATC


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Bu", "busulfan"),
        ("BUX", "busulfan"),
        ("Busulphan", "busulfan"),
        ("Treo", "treosulfan"),
        ("TT", "thiotepa"),
        ("TTP", "thiotepa"),
        ("TEPA", "thiotepa"),
        ("Mel", "melphalan"),
        ("L-PAM", "melphalan"),
        ("l pam", "melphalan"),
        ("CY", "cyclophosphamide"),
        ("CTX", "cyclophosphamide"),
        ("BCNU", "carmustine"),
        ("Benda", "bendamustine"),
        ("Ara-C", "cytarabine"),
        ("VP-16", "etoposide"),
        ("total body irradiation", "tbi"),
        (" Thiotepa ", "thiotepa"),
        ("PT-Cy", "ptcy"),
        ("Cyto", None),
        ("Flux", None),
        ("", None),
    ],
)
def test_aliases(written: str, known: str | None) -> None:
    found = agent(written)
    assert (found.id if found else None) == known


def test_no_alias_means_two_agents() -> None:
    facts = load("conditioning")["agents"]
    plain = [
        "".join(c for c in alias.casefold() if c.isalnum())
        for one in agents()
        for alias in {one.id, one.label, *facts[one.id]["aliases"]}
    ]
    owners = {alias: agent(alias) for alias in plain}
    for one in agents():
        for alias in facts[one.id]["aliases"]:
            assert agent(alias) == one
    assert None not in owners.values()
    assert not set(owners) & set(load("conditioning")["regimens"]["agents"])


@pytest.mark.parametrize(
    ("text", "ids", "double", "thiotepa", "source"),
    [
        ("TBF", "thiotepa busulfan fludarabine", True, True, GIGLIO),
        ("tbf", "thiotepa busulfan fludarabine", True, True, GIGLIO),
        ("FBM", "fludarabine carmustine melphalan", True, False, ATC),
        ("FTM", "fludarabine thiotepa melphalan", True, True, ATC),
        ("BEAM", "carmustine etoposide cytarabine melphalan", True, False, ATC),
        ("BuCy", "busulfan cyclophosphamide", True, False, ATC),
        ("Bu4/Cy", "busulfan cyclophosphamide", True, False, ATC),
        (
            "FLAMSA-Bu-Cy",
            "fludarabine amsacrine cytarabine busulfan cyclophosphamide",
            True,
            False,
            ATC,
        ),
        ("FluBu", "fludarabine busulfan", False, False, ATC),
        ("Flu/Bu4", "fludarabine busulfan", False, False, ATC),
        ("FB2", "fludarabine busulfan", False, False, ATC),
        ("FluMel", "fludarabine melphalan", False, False, ATC),
        ("Flu150 Mel140", "fludarabine melphalan", False, False, ATC),
        ("Cy/TBI", "cyclophosphamide tbi", False, False, ATC),
        ("CyTBI12", "cyclophosphamide tbi", False, False, ATC),
        ("TBI 12 Gy + VP-16", "tbi etoposide", False, False, ATC),
        ("Treo-TT", "treosulfan thiotepa", True, True, GIGLIO),
        ("FluTreo", "fludarabine treosulfan", False, False, ATC),
        (
            "treosulfan, fludarabine, thiotepa",
            "treosulfan fludarabine thiotepa",
            True,
            True,
            KAYSER_2022,
        ),
        ("Treo-Flu + PTCy", "treosulfan fludarabine ptcy", False, False, GIGLIO),
        (
            "Flu/Mel + post-transplant cyclophosphamide",
            "fludarabine melphalan ptcy",
            False,
            False,
            GIGLIO,
        ),
    ],
)
def test_regimens(text, ids, double, thiotepa, source) -> None:
    read = regimen(text)
    assert ([one.id for one in read.agents], read.unknown) == (ids.split(), ())
    found = regimen_alkylators(text)
    assert (found.double, found.thiotepa) == (double, thiotepa), source


@pytest.mark.parametrize(
    ("text", "unknown", "double"),
    [
        ("Flu/XYZ", ("XYZ",), None),  # XYZ may be a regimen of several
        ("Mel/XYZ", ("XYZ",), None),
        ("BuCy/XYZ", ("XYZ",), True),
        ("XYZ ABC", ("XYZ", "ABC"), None),
        ("", (), None),
        ("Flu/Mel + Cy d+3", ("d+3",), None),
        ("Flu/TBI + Cy d+3", ("d+3",), False),
    ],
)
def test_what_is_not_known_is_not_guessed(text, unknown, double) -> None:
    assert regimen(text).unknown == unknown
    assert regimen_alkylators(text).double is double


TREO = Dose("treosulfan", 30.0, "g/m2", -6)
TT = Dose("thiotepa", 10.0, "mg/kg IV", -7)
FLU = Dose("fludarabine", 150.0, "mg/m2", -6)
PTCY = Dose("cyclophosphamide", 100.0, "mg/kg IV", 3)


@pytest.mark.parametrize(
    ("doses", "double", "thiotepa", "source"),
    [
        ([TREO, TT, FLU, PTCY], True, True, GIGLIO),
        ([TREO, FLU, PTCY], False, False, f"{GIGLIO}: cyclophosphamide after day 0 is prophylaxis"),
        ([TREO, FLU, Dose("ptcy", 100.0, "mg/kg IV", -3)], False, False, GIGLIO),
        ([TREO, FLU, Dose("CY", 60.0, "mg/kg IV", -1)], True, False, "before day 0"),
        ([TREO, FLU, Dose("CY", 60.0, "mg/kg IV", 0)], False, False, "day 0 is not before day 0"),
        ([TREO, Dose("thiotepa", 0.0, "mg/kg IV", -7)], False, False, "dose 0"),
        ([TREO, Dose("thiotepa", 10.0, "mg/kg IV", -7, given=False)], False, False, "planned"),
        ([TREO, TREO], False, False, "the same agent twice"),
        ([TREO, Dose("Treo", 12.0, "g/m2", -5)], False, False, "the same agent by two names"),
        ([TREO, Dose("thiotepa", 10.0, "mg/kg IV", None)], None, None, "no day"),
        ([TREO, Dose("thiotepa", None, None, -7)], None, None, "no dose"),
        ([FLU, Dose("thiotepa", None, None, -7)], False, None, "no dose"),
        ([TREO, Dose("other", 1.0, "mg/m2", -4)], None, False, "an agent outside the list"),
        ([TREO, Dose("wonderdrug", 1.0, "mg/m2", -4)], None, None, "not known"),
        ([TREO, TT, Dose("wonderdrug", 1.0, "mg/m2", -4)], True, True, "two are two"),
        ([TREO, Dose("wonderdrug", 1.0, "mg/m2", 4)], False, False, "after the transplant"),
        ([FLU], False, False, ATC),
        ([], None, None, "nothing recorded"),
    ],
)
def test_doses_before_day_0(doses, double, thiotepa, source) -> None:
    found = alkylators(doses)
    assert (found.double, found.thiotepa) == (double, thiotepa), source


def test_what_is_left_out_says_why() -> None:
    doses = [TREO, PTCY, Dose("TT", 0.0, day=-7), Dose("Bu", 3.2, day=-4, given=False)]
    found = alkylators(doses)
    assert found.counted == ("treosulfan",)
    assert found.left_out == (
        ("cyclophosphamide", "on day 3, not before the transplant"),
        ("thiotepa", "dose 0"),
        ("busulfan", "planned, not given"),
    )


def test_options() -> None:
    undosed = [TREO, Dose("thiotepa", None, None, -7)]
    assert alkylators(undosed, without_dose="given").double is True
    platinum = [TREO, Dose("carboplatin", 1.0, "g/m2", -5)]
    assert alkylators(platinum).double is False
    assert alkylators(platinum, alkylating_like=True).double is True
    assert regimen_alkylators("Treo/carboplatin", alkylating_like=True).double is True
    assert regimen_alkylators("Treo/carboplatin").double is False


# text, double, thiotepa, why
REAL_NAMES = [
    ("TTBF", None, None, "one unknown word may stand for two alkylators"),
    ("FTT", None, None, "one unknown word may stand for two alkylators"),
    ("Baltimore", None, None, "a name that is not known"),
    ("TBF Baltimore", True, True, "two are known whatever the rest is"),
    ("Bu/Cy/xyz", True, None, "two are known, the third may be thiotepa"),
    ("TBI 12Gy + Cy 120mg/kg", False, False, "doses written to their unit"),
    ("TBI 200cGy/Flu/Cy", False, False, "doses written to their unit"),
    ("Bu 4x3.2 mg/kg, Flu 4x40mg/m\N{SUPERSCRIPT TWO} i.v.", False, False, "daily doses"),
    ("Flu/Bu, Cy d+3,+4", None, False, "cyclophosphamide after the transplant"),
    ("Flu/Bu, Cy d3", None, False, "a day without its sign"),
    ("Flu/Bu + post Cy", None, None, "the word is not known, the rest is open"),
    ("Cy/Bu day -5", True, False, "a day before the transplant"),
    ("Flu/Bu + PTCy", False, False, "after the transplant"),
    ("Bu/Cy + PTCy", True, False, "cyclophosphamide before and after"),
]


@pytest.mark.parametrize(("text", "double", "thiotepa", "why"), REAL_NAMES)
def test_names_as_centres_write_them(text, double, thiotepa, why) -> None:
    found = regimen_alkylators(text)
    assert (found.double, found.thiotepa) == (double, thiotepa), why


def test_an_agent_that_is_not_known_leaves_it_open() -> None:
    """A slot may hold a whole regimen; "other" of the list is one agent and no more."""
    assert alkylators([Dose("BuFluTT?", 1.0, day=-5)]).double is None
    assert alkylators([Dose("other", 1.0, day=-5)]).double is False
    assert alkylators([Dose("wonderdrug", 0.0, day=-5), TREO]).double is False


def test_a_negative_dose_is_refused() -> None:
    with pytest.raises(InputError, match="the dose of 'TT' is -5: it cannot be negative"):
        alkylators([Dose("TT", -5, "mg/kg IV", -7)])


NAMES = ["Bu", "busulfan", "TT", "CY", "Flu", "PTCy", "other", "wonderdrug", "carboplatin", "Mel"]
a_dose = st.builds(
    Dose,
    agent=st.sampled_from(NAMES),
    dose=st.sampled_from([None, 0.0, 5.0, 10.0]),
    day=st.sampled_from([None, -7, -1, 0, 3]),
    given=st.sampled_from([True, True, False]),
)


@given(st.lists(a_dose, max_size=5), a_dose)
def test_an_agent_more_takes_none_away(doses: list[Dose], more: Dose) -> None:
    if alkylators(doses).double:
        assert alkylators([*doses, more]).double
    if alkylators(doses).thiotepa:
        assert alkylators([*doses, more]).thiotepa


@given(st.lists(a_dose, max_size=5))
def test_a_known_answer_holds_for_every_missing_day_and_dose(doses: list[Dose]) -> None:
    known = alkylators(doses).double
    if known is None or not doses:
        return
    for day in (-5, 3):
        for dose in (0.0, 7.0):
            filled = [
                Dose(
                    d.agent,
                    dose if d.dose is None else d.dose,
                    d.unit,
                    day if d.day is None else d.day,
                    given=d.given,
                )
                for d in doses
            ]
            assert alkylators(filled).double in {known, None}
