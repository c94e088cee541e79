"""The two reviews and the four papers together: read whole, each alarm with its reason."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest
from scipy import stats

import atrisk
from atrisk.evidence.audit import audit
from atrisk.evidence.paper import read_paper

PAPERS = Path(atrisk.__file__).parent / "evidence" / "papers"
REVIEWS = ("morley-marks-2016", "short-2024")
ALL = ("kayser-2022", "kayser-2024", *REVIEWS)

# Numbers in question in a paper's own findings, and why that is true of the paper.
ALARMS = {
    "morley-marks-2016": {
        # 5 of 23 is 21.7 %, and 23 are more than the twenty two who were transplanted
        "md_hsct_vod.k": "inconsistent",
        "md_hsct_vod.percent": "inconsistent",
        "md_hsct_vod.n": "impossible",
        # VOD in 15 of 109, then in 13, of whom 5 during treatment and 10 after transplantation
        "iv_vod_109.k": "inconsistent",
        "iv_vod_13.k": "inconsistent",
        "iv_vod_treatment.k": "impossible",
        "iv_vod_hsct.k": "impossible",
    },
    "short-2024": {
        # of 36 transplanted 17 % in all, 17 % with one schedule and 7 % with the other
        "md_all_vod.percent": "impossible",
        "md_single_vod.percent": "impossible",
        "md_weekly_vod.percent": "impossible",
        # INITIAL-1: eligible from 56 to 74 years (Table 3), treated from 56 to 80 (Table 4, text)
        "t3_initial_age.high": "inconsistent",
        "t4_initial_age.high": "inconsistent",
        # historical survival of older adults: 32 is mini-hyper-CVD with INO; 30 is not cited
        "hist_cite_2.numbers[0]": "inconsistent",
        # Table 4 and the text on INITIAL-1: each one more than in the list of references
        "t4_ewall_cite.numbers[0]": "inconsistent",
        "t4_older80_cite.numbers[0]": "inconsistent",
        "t4_initial_cite.numbers[0]": "inconsistent",
        "t4_alliance_cite.numbers[0]": "inconsistent",
        "initial_cites_37.numbers[0]": "inconsistent",
        # hyper-CVAD with blinatumomab and INO: 41 is INO-VATE by MRD, 40 the study
        "hcvad_ino_cites_41.numbers[0]": "inconsistent",
        # GIMEMA ALL2418: 44 is the study of bosutinib, 43 that of GIMEMA
        "gimema_cites_44.numbers[0]": "inconsistent",
    },
}

ACROSS = {
    # CR/CRi with standard of care among the first 218: 32 of 109 is 29.4 %, 32 of 96 is 33.3 %
    ("kayser-2022", "kayser-2024", "morley-marks-2016", "short-2024"): "33.3",
    # median survival with standard of care, all cite the report of 2016
    ("kayser-2022", "kayser-2024", "short-2024"): "6.7",
    # SOS/VOD after HSCT with the single dose
    ("morley-marks-2016", "short-2024"): "23",
}


@pytest.fixture(scope="module")
def files():
    return {name: read_paper(PAPERS / f"{name}.toml") for name in ALL}


@pytest.fixture(scope="module")
def together(files):
    return audit([files[name] for name in ALL])


@pytest.fixture(scope="module")
def alone(files):
    """Each review audited by itself."""
    return {name: audit([files[name]])["papers"][0] for name in REVIEWS}


@pytest.mark.parametrize("name", REVIEWS)
def test_the_alarms_are_those_defended_here(alone, name):
    raised = {
        number["address"]: number["verdict"]
        for number in alone[name]["numbers"]
        if number["verdict"] in {"impossible", "inconsistent"}
    }
    assert raised == ALARMS[name]


def test_event_free_above_overall_survival_by_less_than_a_patient_is_a_question(alone):
    # 22 % above 20 % at one year, in 26 patients: estimates may cross so far by censoring
    asked = [q for q in alone["morley-marks-2016"]["questions"] if "22 %" in q["says"]]
    assert [cell["address"] for cell in asked[0]["numbers"]] == [
        "hsct_efs1.estimate",
        "hsct_os1.estimate",
    ]


def test_the_papers_differ_in_three_numbers(together):
    across = together["across"]
    found = {}
    for check in across["checks"]:
        if check["verdict"] != "consistent":
            papers = tuple(sorted({at.partition(":")[0] for at in check["numbers"]}))
            found[papers] = check
    assert set(found) == set(ACROSS)
    for papers, odd in ACROSS.items():
        assert odd in found[papers]["arithmetic"]
    assert len(across["findings"]) == len(ACROSS)


def test_the_papers_agree_in_most(together):
    verdicts = together["across"]["verdicts"]
    assert verdicts["consistent"] > 20 * verdicts["inconsistent"]


def test_only_references_30_and_43_of_short_2024_are_cited_nowhere(files):
    cited = defaultdict(set)
    for name in REVIEWS:
        for statement in files[name].paper.statements:
            if statement.kind == "citation":
                cited[name] |= set(map(int, statement.numbers))
    assert set(range(1, 54)) - cited["short-2024"] == {30, 43}
    assert cited["morley-marks-2016"] == set(range(1, 29))


def test_the_denominators_that_the_reviews_leave_out():
    """80.7 % (72.1-87.7) of INO-VATE is 88 of 109; 28.1 % of fewer than 57 is 9 of 32."""
    interval = stats.beta.ppf(0.025, 88, 22), stats.beta.ppf(0.975, 89, 21)
    assert [round(100 * bound, 1) for bound in interval] == [72.1, 87.7]
    fitting = [
        (k, n)
        for n in range(1, 57)
        for k in range(n + 1)
        if Fraction(2805, 100) <= Fraction(100 * k, n) < Fraction(282, 10)
    ]
    assert fitting == [(9, 32)]
    assert [round(100 * 32 / n, 1) for n in (109, 96)] == [29.4, 33.3]


def test_p_of_sos_before_and_after_the_amendment_by_hand():
    """9 of 67 against 1 of 43 (patients 1 to 67 and 68 to 110): P = 0.05 as printed."""
    table = [[9, 58], [1, 42]]
    assert round(stats.chi2_contingency(table, correction=False).pvalue, 3) == 0.048
