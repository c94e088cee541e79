"""A small dictionary with one field of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk.study.forms.dictionary import read_dictionary

if TYPE_CHECKING:
    from atrisk.study.forms.dictionary import Dictionary

_HEAD = (
    "field_name,form_name,field_type,field_label,select_choices_or_calculations,"
    "text_validation_type_or_show_slider_number,text_validation_min,text_validation_max,"
    "branching_logic,required_field"
)
_ROWS = """\
id,entry,text,Record,,,,,,
born,entry,text,Year of birth,,integer,1920,2010,,y
sex,entry,radio,Sex,"1, Female | 2, Male",,,,,y
seen,entry,text,Date of entry,,date_ymd,2000-01-01,today,,
weight,entry,text,Weight (kg),,number,30,200,,
height,entry,text,Height (m),,number,,2.5,,
bmi,entry,calc,Body mass index,"round([weight] / [height] ^ 2, 1)",,,,,
smoker,entry,yesno,Does the patient smoke?,,,,,,
packs,entry,text,Packs a day,,number,0,,[smoker] = '1',y
sites,entry,checkbox,Sites,"1, Liver | 2, Skin",,,,,y
day,visit,text,Date of the visit,,date_ymd,[entry_limit],,,y
dose,visit,text,Dose,,number,,,,
entry_limit,entry,text,First possible visit,,date_ymd,,,,
"""


@pytest.fixture(scope="session")
def small() -> Dictionary:
    """Give the dictionary."""
    rows = _ROWS.splitlines()
    rows.insert(1, rows.pop())  # REDCap keeps the fields of a form together
    text = "\n".join([_HEAD, *rows]) + "\n"
    return read_dictionary(
        text.encode(), repeating=("visit",), missing_codes={"UNK": "unknown"}, name="small"
    )
