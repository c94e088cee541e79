"""The closed vocabularies of the record: what may be said of a study, with a label for each."""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from atrisk.errors import nearest

__all__ = [
    "AGE_GROUPS",
    "ARM_ROLES",
    "DENOMINATORS",
    "DESIGNS",
    "DISEASES",
    "ENDPOINTS",
    "FAMILIES",
    "LINES",
    "PAPERS",
    "PH",
    "RELATIONS",
    "SCHEDULES",
    "STATUSES",
    "Endpoint",
    "term",
]


class Endpoint(NamedTuple):
    """An endpoint: its label, and the kind of number it is.

    ``kind`` is ``proportion`` (k of n), ``probability`` (of a curve at a time), ``median`` (of a
    time), ``summary`` (of a variable), ``ratio`` or ``count``.
    """

    label: str
    kind: str


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "n": Endpoint("Patients", "count"),
    "age_median": Endpoint("Median age", "summary"),
    "response": Endpoint("Overall response", "proportion"),
    "cr_cri": Endpoint("CR or CRi", "proportion"),
    "cr": Endpoint("CR", "proportion"),
    "crp": Endpoint("CRp", "proportion"),
    "cri": Endpoint("CRi", "proportion"),
    "partial_remission": Endpoint("Partial remission", "proportion"),
    "resistant_disease": Endpoint("Resistant disease", "proportion"),
    "early_death": Endpoint("Early death", "proportion"),
    "mrd_negative": Endpoint("MRD negative", "proportion"),
    "mrd_positive": Endpoint("MRD positive", "proportion"),
    "mrd_not_quantifiable": Endpoint("MRD detectable, not quantifiable", "proportion"),
    "complete_molecular_response": Endpoint("Complete molecular response", "proportion"),
    "sos_vod": Endpoint("SOS/VOD", "proportion"),
    "sos_vod_on_treatment": Endpoint("SOS/VOD without transplant", "proportion"),
    "sos_vod_post_hct": Endpoint("SOS/VOD after transplant", "proportion"),
    "sos_vod_fatal": Endpoint("Fatal SOS/VOD", "proportion"),
    "hct_rate": Endpoint("Transplanted after treatment", "proportion"),
    "relapse": Endpoint("Relapsed", "proportion"),
    "alive_in_remission": Endpoint("Alive in remission", "proportion"),
    "death_in_remission": Endpoint("Died in remission", "proportion"),
    "later_salvage": Endpoint("In second or later salvage", "proportion"),
    "ph_positive": Endpoint("Ph-positive", "proportion"),
    "prior_hct": Endpoint("Transplanted before", "proportion"),
    "prior_blinatumomab": Endpoint("Blinatumomab before", "proportion"),
    "heavily_pretreated": Endpoint("Heavily pretreated", "proportion"),
    "myeloablative": Endpoint("Myeloablative conditioning", "proportion"),
    "double_alkylator": Endpoint("Double-alkylator conditioning", "proportion"),
    "hepatobiliary_grade_3": Endpoint("Hepatobiliary toxicity, grade 3 or more", "proportion"),
    "cd22_high": Endpoint("CD22 on 90% of cells or more", "proportion"),
    "os_at": Endpoint("Overall survival", "probability"),
    "pfs_at": Endpoint("Progression-free survival", "probability"),
    "efs_at": Endpoint("Event-free survival", "probability"),
    "rfs_at": Endpoint("Relapse-free survival", "probability"),
    "cir_at": Endpoint("Cumulative incidence of relapse", "probability"),
    "cid_at": Endpoint("Cumulative incidence of death", "probability"),
    "nrm_at": Endpoint("Non-relapse mortality", "probability"),
    "os_median": Endpoint("Median overall survival", "median"),
    "os_post_hct_median": Endpoint("Median overall survival after transplant", "median"),
    "pfs_median": Endpoint("Median progression-free survival", "median"),
    "remission_median": Endpoint("Median duration of remission", "median"),
    "follow_up_median": Endpoint("Median follow-up", "median"),
    "sos_vod_day_median": Endpoint("Median day of SOS/VOD after transplant", "median"),
    "os_hr": Endpoint("Hazard ratio of death", "ratio"),
    "sos_vod_or": Endpoint("Odds ratio of SOS/VOD", "ratio"),
    "response_or": Endpoint("Odds ratio of response", "ratio"),
}

PAPERS: Final[dict[str, str]] = {
    "kayser-2024": "Kayser S, Sartor C, Giglio F, et al. Impact of inotuzumab ozogamicin on outcome"
    " in relapsed or refractory acute B-cell lymphoblastic leukemia patients prior to allogeneic"
    " hematopoietic stem cell transplantation and risk of sinusoidal obstruction syndrome/venous"
    " occlusive disease. Haematologica 2024. doi:10.3324/haematol.2023.284310",
    "short-2024": "Short NJ, Jabbour E, Jain N, Kantarjian H. Inotuzumab ozogamicin for the"
    " treatment of adult acute lymphoblastic leukemia: past progress, current research and future"
    " directions. J Hematol Oncol 2024",
    "morley-marks-2016": "Morley NJ, Marks DI. Inotuzumab ozogamicin in the management of acute"
    " lymphoblastic leukaemia. Expert Rev Anticancer Ther 2016;16:159-164."
    " doi:10.1586/14737140.2016.1131614",
    "kayser-2022": "Kayser S, Sartor C, Luskin MR, et al. Outcome of relapsed or refractory acute"
    " B-lymphoblastic leukemia patients and BCR-ABL-positive blast cell crisis of B-lymphoid"
    " lineage with extramedullary disease receiving inotuzumab ozogamicin. Haematologica 2022."
    " doi:10.3324/haematol.2021.280433",
}

DISEASES: Final = {
    "b_all": "B-cell acute lymphoblastic leukaemia",
    "all": "Acute lymphoblastic leukaemia",
    "b_nhl": "B-cell non-Hodgkin lymphoma",
    "aml_mds": "Acute myeloid leukaemia or myelodysplastic syndrome",
}
LINES: Final = {
    "frontline": "Newly diagnosed",
    "salvage": "Relapsed or refractory",
    "mrd": "MRD-positive remission",
    "frontline_or_mrd": "Newly diagnosed or MRD-positive",
    "transplant": "At transplant",
    "maintenance": "Maintenance after transplant",
}
PH: Final = {
    "negative": "Ph-negative",
    "positive": "Ph-positive",
    "any": "Ph-negative or Ph-positive",
    "not_stated": "Ph status not stated",
    "not_applicable": "not applicable",
}
AGE_GROUPS: Final = {
    "children": "Children",
    "adults": "Adults",
    "younger_adults": "Younger adults",
    "older_adults": "Older adults",
    "all_ages": "Children and adults",
    "not_stated": "Ages not stated",
}
DESIGNS: Final = {
    "randomised": "Randomised trial",
    "single_arm": "Single-arm trial",
    "dose_escalation": "Dose-escalation trial",
    "subgroup": "Subgroup of a trial",
    "pooled": "Pooled trials",
    "retrospective": "Retrospective cohort",
    "registered": "Registered trial",
}
STATUSES: Final = {
    "published": "Published",
    "abstract": "Abstract",
    "ongoing": "Ongoing",
    "suspended": "Suspended",
}
FAMILIES: Final = {
    "ino": "INO alone",
    "ino_chemotherapy": "INO and chemotherapy",
    "ino_chemotherapy_blinatumomab": "INO, chemotherapy and blinatumomab",
    "ino_blinatumomab": "INO and blinatumomab",
    "ino_tki": "INO and a TKI",
    "ino_other": "INO and another drug",
    "chemotherapy": "Chemotherapy",
    "blinatumomab": "Blinatumomab",
    "blinatumomab_chemotherapy": "Blinatumomab and chemotherapy",
    "gemtuzumab": "Gemtuzumab ozogamicin",
    "car_t": "CAR T cells",
    "none": "No drug under study",
}
SCHEDULES: Final = {
    "single": "one dose a cycle",
    "fractionated": "divided doses",
    "mixed": "one dose, later divided",
    "not_stated": "not stated",
    "not_applicable": "not applicable",
}
ARM_ROLES: Final = {
    "experimental": "Treatment",
    "comparator": "Comparator",
    "historical": "Historical comparator",
}
DENOMINATORS: Final = {
    "randomised": "randomised",
    "treated": "treated",
    "assessed": "assessed",
    "responders": "responders",
    "transplanted": "transplanted",
    "sos_vod": "with SOS/VOD",
    "relapsed": "relapsed",
    "group": "the group named",
}
RELATIONS: Final = {
    "repeated_report": "is another report of the same patients",
    "contains": "contains the same patients and others",
    "subset_of": "has a part of the same patients",
    "partly_overlaps": "may share patients",
}


def term(noun: str, vocabulary: dict[str, Any]) -> Any:  # noqa: ANN401 - a type for pydantic
    """Give the type of a text that is one of a vocabulary.

    Parameters
    ----------
    noun
        what the texts are called in messages.
    vocabulary
        its texts, each with a label.
    """

    def known(text: str) -> str:
        if text not in vocabulary:
            raise PydanticCustomError(
                "vocabulary",
                "there is no {noun} '{text}'; {noun}s are {all}.{hint}",
                {
                    "noun": noun,
                    "text": text,
                    "all": ", ".join(vocabulary),
                    "hint": nearest(text, vocabulary),
                },
            )
        return text

    return Annotated[
        str, AfterValidator(known), Field(json_schema_extra={"enum": list(vocabulary)})
    ]
