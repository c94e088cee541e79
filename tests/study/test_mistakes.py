"""What a mistake in the study file or in the data looks like: the whole message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from atrisk import __version__
from atrisk.errors import InputError
from atrisk.study import read_study
from study_kit import ARM, DEATH, HEAD, MINIMAL, ROWS, SURVIVAL, mistake, plan, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GROUPED = HEAD + DEATH + ARM + SURVIVAL + 'by = "arm"\n'


KINDS = (
    "'describe', 'survival', 'cumulative_incidence', 'cox', 'fine_gray', 'logistic',"
    " 'time_dependent', 'landmark', 'weighted', 'subgroups', 'response_rules', 'sos_criteria',"
    " 'dose_deviations', 'listing', 'proportions', 'published', 'compare', 'swimmer',"
    " 'trajectories', 'dose_event', 'schedule', 'accrual'"
)


def changed(before: str, after: str, toml: str = MINIMAL) -> str:
    assert before in toml
    return toml.replace(before, after)


STUDY_MISTAKES = {
    "unknown key": (
        changed('endpoint = "os"', 'endpont = "os"'),
        "study.toml, line 21, [[analyses]] number 1, endpont: there is no key 'endpont' here; keys"
        " are id, title, by, times, until, conf_type, conf_level, risk_rows, endpoint, strata, rho,"
        " kind, variance, trend, pairwise, adjust, follow_up, annotate, rmst. Did you mean"
        " 'endpoint'?",
    ),
    "a control character": (
        changed('title = "A study"', r'title = "A\u0007 study"'),
        "study.toml, line 3, [study] title: the text holds the control character U+0007, which"
        " cannot be printed. Delete it.",
    ),
    "another version": (
        'schema = "atrisk-study/2"\nnew_key = 1\n' + MINIMAL,
        f"study.toml, line 1, schema: atrisk {__version__} does not read study files of version"
        " 'atrisk-study/2'; it reads 'atrisk-study/1'. Install a version of atrisk that reads"
        " 'atrisk-study/2', or write schema = \"atrisk-study/1\" and correct the keys that are then"
        " named.",
    ),
    "a version that is a number": (
        "# ours\nschema = 1\n" + MINIMAL,
        f"study.toml, line 2, schema: atrisk {__version__} does not read study files of version 1;"
        " it reads 'atrisk-study/1'. Install a version of atrisk that reads 1, or write schema ="
        ' "atrisk-study/1" and correct the keys that are then named.',
    ),
    "the version in a table": (
        changed("[study]", '[study]\nschema = "atrisk-study/1"'),
        "study.toml, line 3, [study] schema: there is no key 'schema' here; keys are title,"
        " description, source, synthetic, version.",
    ),
    "unknown key at the top": (
        'shema = "atrisk-study/1"\n' + MINIMAL,
        "study.toml, line 1, [shema]: there is no key 'shema' here; keys are schema, study, data,"
        " variables, forms, derived, adam, report, answers, abbreviations, population, endpoints,"
        " analyses. Did you mean 'schema'?",
    ),
    "unknown kind": (
        changed('kind = "survival"', 'kind = "survivl"'),
        f"study.toml, line 19, [[analyses]] number 1, kind: 'survivl' is not one of {KINDS}."
        " Did you mean 'survival'?",
    ),
    "no kind": (
        changed('kind = "survival"\n', ""),
        f"study.toml, line 17, [[analyses]] number 1: the key 'kind' is needed: {KINDS}",
    ),
    "two mistakes": (
        changed('title = "Survival"\n', "") + "conf_level = 95\n",
        "study.toml, line 17, [[analyses]] number 1, title: this key is needed and is not there\n"
        "study.toml, line 21, [[analyses]] number 1, conf_level: it should be less than 1, not 95",
    ),
    "not a flag": (
        MINIMAL + 'trend = "yes"\n',
        "study.toml, line 22, [[analyses]] number 1, trend: it is true or false, without quotation"
        " marks",
    ),
    "unknown option": (
        MINIMAL + 'conf_type = "loglog"\n',
        "study.toml, line 22, [[analyses]] number 1, conf_type: 'loglog' is not one of 'plain',"
        " 'log', 'log-log', 'logit' or 'arcsine'. Did you mean 'log-log'?",
    ),
    "not a time": (
        MINIMAL + 'times = [3, "1 yr"]\n',
        "study.toml, line 22, [[analyses]] number 1, times, number 2: '1 yr' is not a time; write a"
        ' number, or a number and a unit such as "100 days", "6 months" or "2 years"',
    ),
    "a time that is no number": (
        MINIMAL + "until = true\n",
        "study.toml, line 22, [[analyses]] number 1, until: a time is a number or text such as"
        ' "2 years", not True',
    ),
    "a time twice": (
        MINIMAL + 'times = ["1 year", "1 year"]\n',
        "study.toml, line 22, [[analyses]] number 1, times, number 2: 1 year is listed twice",
    ),
    "not TOML": (
        MINIMAL + 'times = ["1 year"\n',
        'study.toml, line 22, column 18: this is not TOML: unclosed array\n    times = ["1 year"\n'
        "                     ^",
    ),
    "a value without quotes": (
        changed('event = "d"', "event = d"),
        "study.toml, line 14, column 9: this is not TOML: invalid value\n    event = d\n"
        "            ^",
    ),
    "an endpoint of no form": (
        changed('event = "d"\ncauses = { death = 1 }\n', ""),
        "study.toml, line 10, [[endpoints]] number 1: an endpoint needs 'time', 'event' and"
        " 'causes' (a column of codes), or 'time' and 'events' (conditions), or 'origin', 'events'"
        " and 'censor' (dates)",
    ),
    "unknown endpoint": (
        changed('endpoint = "os"', 'endpoint = "oss"'),
        "study.toml, line 21, [[analyses]] number 1, endpoint: there is no endpoint 'oss'."
        " Endpoints are: os. Did you mean 'os'? Declare it as an [[endpoints]].",
    ),
    "no endpoint at all": (
        HEAD + SURVIVAL,
        "study.toml, line 14, [[analyses]] number 1, endpoint: there is no endpoint 'os'."
        " Endpoints are: none. Declare it as an [[endpoints]].",
    ),
    "unknown variable": (
        changed('by = "arm"', 'by = "amr"', GROUPED),
        "study.toml, line 26, [[analyses]] number 1, by: there is no variable 'amr'. Variables are:"
        " arm. Did you mean 'arm'? Declare it as [variables.amr].",
    ),
    "unknown column of an endpoint": (
        changed('time = "t"', 'time = "tt"'),
        "study.toml, line 13, [[endpoints]] number 1, time: data.csv has no column 'tt'. Columns"
        " are: t, d, arm. Did you mean 't'?",
    ),
    "unknown column of a variable": (
        changed("[variables.arm]", "[variables.arms]", GROUPED),
        "study.toml, line 17, [variables] arms: data.csv has no column 'arms'. Columns are: t, d,"
        " arm. Did you mean 'arm'?\n"
        "study.toml, line 26, [[analyses]] number 1, by: there is no variable 'arm'. Variables are:"
        " arms. Did you mean 'arms'? Declare it as [variables.arm].",
    ),
    "many mistakes of names": (
        changed('by = "arm"', 'by = "amr"\nstrata = "sit"\ntimes = [1, 1]', GROUPED)
        .replace('endpoint = "os"', 'endpoint = "oss"')
        .replace('time = "t"', 'time = "tt"')
        .replace('event = "d"', 'event = "dd"')
        + "[[population]]\nexclude = 'aa == 1 or bb == 2'\nreason = 'r'\n",
        "study.toml, line 13, [[endpoints]] number 1, time: data.csv has no column 'tt'. Columns"
        " are: t, d, arm. Did you mean 't'?\n"
        "study.toml, line 14, [[endpoints]] number 1, event: data.csv has no column 'dd'. Columns"
        " are: t, d, arm. Did you mean 'd'?\n"
        "study.toml, line 30, [[population]] number 1, exclude: data.csv has no column 'aa'."
        " Columns are: t, d, arm.\n    aa == 1 or bb == 2\n    ^\n"
        "study.toml, line 30, [[population]] number 1, exclude: data.csv has no column 'bb'."
        " Columns are: t, d, arm.\n    aa == 1 or bb == 2\n               ^\n"
        "study.toml, line 26, [[analyses]] number 1, by: there is no variable 'amr'. Variables are:"
        " arm. Did you mean 'arm'? Declare it as [variables.amr].\n"
        "study.toml, line 27, [[analyses]] number 1, strata: there is no variable 'sit'. Variables"
        " are: arm. Declare it as [variables.sit].\n"
        "study.toml, line 25, [[analyses]] number 1, endpoint: there is no endpoint 'oss'."
        " Endpoints are: os. Did you mean 'os'? Declare it as an [[endpoints]].\n"
        "study.toml, line 28, [[analyses]] number 1, times, number 2: 1 day is listed twice",
    ),
    "two codes with one label": (
        changed('type = "categorical"', 'levels = { x = "Both", y = "Both" }', GROUPED),
        "study.toml, line 19, [variables] arm, levels: the codes 'x' and 'y' have the same label"
        " 'Both'; give them different labels, or one code in the data if they are one level",
    ),
    "one code written in two ways": (
        changed('type = "categorical"', 'levels = { 1 = "A", "1.0" = "B" }', GROUPED),
        "study.toml, line 19, [variables] arm, levels, 1.0: '1' and '1.0' are one code, which has"
        " one label",
    ),
    "a separator of two characters": (
        changed("[data]", '[data]\nseparator = "::"'),
        "study.toml, line 6, [data] separator: '::' is not a separator; write one character, such"
        ' as ",", ";" or "\\t", which is the tab',
    ),
    "separator and decimal alike": (
        changed("[data]", '[data]\ndecimal = ","'),
        "study.toml, line 5, [data]: separator and decimal are both ','. Where numbers are written"
        ' 12,5 the fields are separated by another character: set separator = ";"',
    ),
    "a point that separates and marks decimals": (
        changed("[data]", '[data]\nseparator = "."'),
        "study.toml, line 5, [data]: separator and decimal are both '.'. Where numbers are written"
        ' 12,5 the fields are separated by another character: set separator = ";"',
    ),
    "a date format without directives": (
        changed("[data]", '[data]\ndate_format = "dd/mm/yyyy"'),
        "study.toml, line 6, [data] date_format: 'dd/mm/yyyy' does not say where day, month and"
        ' year stand; write %d, %m and %Y with what is between them, such as "%d/%m/%Y" for'
        " 31/12/2020",
    ),
    "a date format without the year": (
        changed("[data]", '[data]\ndate_format = "%d/%m"'),
        "study.toml, line 6, [data] date_format: '%d/%m' does not say where day, month and"
        ' year stand; write %d, %m and %Y with what is between them, such as "%d/%m/%Y" for'
        " 31/12/2020",
    ),
    "unknown column named by a variable": (
        changed("[variables.arm]", '[variables.arm]\ncolumn = "ARM"', GROUPED),
        "study.toml, line 18, [variables] arm, column: data.csv has no column 'ARM'. Columns are:"
        " t, d, arm.",
    ),
    "unknown id column": (
        changed("[data]", '[data]\nid = "patient"'),
        "study.toml, line 6, [data] id: data.csv has no column 'patient'. Columns are: t, d, arm.",
    ),
    "groups of a continuous variable": (
        changed('type = "categorical"\n', "", GROUPED),
        "study.toml, line 25, [[analyses]] number 1, by: the variable 'arm' is continuous and makes"
        ' no groups. Give it levels, or type = "categorical".',
    ),
    "levels of a continuous variable": (
        changed('type = "categorical"', 'type = "continuous"\nlevels = { x = "X" }', GROUPED),
        "study.toml, line 17, [variables] arm: a continuous variable has no levels; remove 'levels'"
        " or 'type'",
    ),
    "not an id": (
        changed('id = "a"', 'id = "A b"'),
        "study.toml, line 18, [[analyses]] number 1, id: an id is made of lower-case letters,"
        " digits and _, a letter first",
    ),
    "one id twice": (
        MINIMAL + SURVIVAL,
        "study.toml, line 17, [analyses]: numbers 1 and 2 have the same id 'a'",
    ),
    "a condition that does not parse": (
        MINIMAL + '[[population]]\nexclude = "arm = 3"\nreason = "Arm 3"\n',
        "study.toml, line 23, [[population]] number 1, exclude: '=' stands where a comparison"
        " (== != < <= > >=, in, is missing) is expected (write == to compare)\n    arm = 3\n"
        "        ^",
    ),
    "a condition on an unknown column": (
        MINIMAL + '[[population]]\nexclude = "t > 3 and arn == 3"\nreason = "Arm 3"\n',
        "study.toml, line 23, [[population]] number 1, exclude: data.csv has no column 'arn'."
        " Columns are: t, d, arm. Did you mean 'arm'?\n    t > 3 and arn == 3\n              ^",
    ),
    "two steps with one id": (
        MINIMAL + '[[population]]\nid = "b"\nexclude = "t > 99"\nreason = "r"\n' * 2,
        "study.toml, line 27, [[population]] number 2, id: two steps have the id 'b'",
    ),
    "one code for two causes": (
        changed("{ death = 1 }", '{ death = 1, relapse = "1" }'),
        "study.toml, line 15, [[endpoints]] number 1, causes, relapse: the code 1 means 'death'"
        " already; every code has one meaning",
    ),
    "a code that is no code": (
        changed("{ death = 1 }", "{ death = true }"),
        "study.toml, line 15, [[endpoints]] number 1, causes, death: a code is a whole number or"
        " text, as in the data, not True",
    ),
    "unknown unit": (
        changed('"days"', '"day"'),
        "study.toml, line 7, [data] time_unit: 'day' is not one of 'days', 'weeks', 'months' or"
        " 'years'. Did you mean 'days'?",
    ),
    "pairs without groups": (
        MINIMAL + "pairwise = true\n",
        "study.toml, line 22, [[analyses]] number 1, pairwise: there are no groups to compare; add"
        " 'by' or remove this key",
    ),
    "empty text": (
        changed('title = "A study"', 'title = " "'),
        "study.toml, line 3, [study] title: the text is empty",
    ),
    "a value for a table": (
        changed('[study]\ntitle = "A study"', "study = 3"),
        "study.toml, line 2, [study]: it is a table of keys and values",
    ),
    "no analyses": (
        HEAD + "analyses = []\n".replace("analyses", "x"),
        "study.toml, line 9, [data] x: there is no key 'x' here; keys are file, time_unit,"
        " report_unit, origin, id, subject, missing, date_format, separator, decimal, encoding.\n"
        "study.toml, [analyses]: this key is needed and is not there",
    ),
}


@pytest.mark.parametrize(("toml", "expected"), STUDY_MISTAKES.values(), ids=STUDY_MISTAKES)
def test_a_mistake_in_the_study_file(tmp_path: Path, toml: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(write(tmp_path, toml))
    assert str(caught.value) == expected


HEADER = "t,d,arm"
NEEDS = (
    'Complete the entries, exclude the rows in [[population]], or set missing = "leave_out" in'
    " endpoint 'os' to leave them out and list them."
)
DATA_MISTAKES = {
    "negative time": (
        MINIMAL,
        [HEADER, "5,1,x", "-3,0,x"],
        "data.csv, column 't': 1 entry is a negative time: '-3' (line 3). Times count from the"
        " origin. Correct them, or exclude these rows in [[population]].",
    ),
    "missing time": (
        MINIMAL,
        [HEADER, "5,1,x", ",0,x", "NA,0,x"],
        "data.csv, column 't': 2 entries are missing, and endpoint 'os' needs it: line 3, line 4."
        f" {NEEDS}",
    ),
    "missing event": (
        MINIMAL,
        [HEADER, "5,1,x", "4,,x"],
        f"data.csv, column 'd': 1 entry is missing, and endpoint 'os' needs it: line 3. {NEEDS}",
    ),
    "undeclared code": (
        MINIMAL,
        [HEADER, "5,1,x", "4,2,x"],
        "data.csv, column 'd': 1 entry is a code that endpoint 'os' does not declare: '2' (line 3)."
        " Declared are 0 (censored), 1 (Death). Add the code to 'causes', or to [data] missing.",
    ),
    "dates where days are expected": (
        MINIMAL,
        [HEADER, "5,1,x", "2020-01-03,0,x"],
        "data.csv, column 't': 1 entry is a date where times in days are expected: '2020-01-03'"
        " (line 3). Name a column of numbers, or give the endpoint dates: 'origin', 'events',"
        " 'censor'.",
    ),
    "NaN and infinite": (
        MINIMAL,
        [HEADER, "NaN,1,x", "inf,0,x"],
        "data.csv, column 't': 2 entries are not a finite number: 'NaN' (line 2), 'inf' (line 3)."
        " Correct them, or leave them empty if they are missing.",
    ),
    "NaN": (
        MINIMAL,
        [HEADER, "nan,1,x", "3,0,x"],
        "data.csv, column 't': 1 entry is not a finite number: 'nan' (line 2). Correct them, leave"
        ' them empty if they are missing, or list "nan" in [data] missing.',
    ),
    "text in a column of numbers": (
        MINIMAL,
        [HEADER, "abc,1,x", "4,0,x"],
        "data.csv, column 't': 1 entry is not a number where times in days are expected: 'abc'"
        " (line 2). Correct the entries, or add what means missing to [data] missing, e.g. 'abc'.",
    ),
    "many bad entries": (
        MINIMAL,
        [HEADER, *(f"{word},1,x" for word in "abcdefgh")],
        "data.csv, column 't': 8 entries are not a number where times in days are expected: 'a'"
        " (line 2), 'b' (line 3), 'c' (line 4), 'd' (line 5), 'e' (line 6) and 3 more. Correct the"
        " entries, or add what means missing to [data] missing, e.g. 'a'.",
    ),
    "decimal comma": (
        changed("[data]", '[data]\nseparator = ";"'),
        ["t;d;arm", "3,5;1;x", "4;0;x"],
        "data.csv, column 't': 1 entry is not a number: '3,5' (line 2). If decimals stand behind a"
        ' comma, set decimal = "," in [data]; else write the number without the comma.',
    ),
    "a decimal point where commas are declared": (
        changed("[data]", '[data]\nseparator = ";"\ndecimal = ","'),
        ["t;d;arm", "3.5;1;x", "4,5;0;x"],
        "data.csv, column 't': 1 entry is not a number: '3.5' (line 2). [data] decimal = \",\" says"
        " that decimals stand behind a comma: write a comma, or remove that key.",
    ),
    "the other separator": (
        MINIMAL,
        ["t;d;arm", "3;1;x"],
        "data.csv, line 1: there is one column, 't;d;arm'. If the fields are separated by ';', set"
        " [data] separator = ';'.",
    ),
    "zero rows": (
        MINIMAL,
        [HEADER],
        "data.csv: there is a header but no row. Every patient is one row.",
    ),
    "an empty file": (MINIMAL, [], "data.csv is empty: the first line names the columns."),
    "a column named twice": (
        MINIMAL,
        ["t,t,d", "5,1,x"],
        "data.csv, line 1: the header has t more than once. Name every column once.",
    ),
    "a column without a name": (
        MINIMAL,
        ["t,,d", "5,1,x"],
        "data.csv, line 1: column 2 has no name. Name every column once.",
    ),
    "a row too short": (
        MINIMAL,
        [HEADER, '5,1,"x', 'y"', "6,1"],
        "data.csv, line 4: the row has 2 fields, the header 3; the last field is '1'. Put a field"
        " that holds ',' in quotation marks, and keep empty fields at the end.",
    ),
    "a row too long": (
        MINIMAL,
        [HEADER, "", "5,1,x,y"],
        "data.csv, line 3: the row has 4 fields, the header 3; the last field is 'y'. Put a field"
        " that holds ',' in quotation marks, and keep empty fields at the end.",
    ),
    "a quotation mark that is not closed": (
        MINIMAL,
        [HEADER, "5,1,x", '6,1,"x'],
        "data.csv, line 3: the row cannot be read (unexpected end of data). Look for a quotation"
        " mark that is not closed.",
    ),
    "entry not before exit": (
        changed('event = "d"', 'event = "d"\nentry = "e"'),
        ["t,d,e", "5,1,2", "4,0,4"],
        "data.csv, column 'e': entry is not before the end of observation in 1 row: 4 >= 4"
        " (line 3). A patient is at risk after the entry and up to the end: correct the times, or"
        " exclude these rows in [[population]].",
    ),
    "negative entry": (
        changed('event = "d"', 'event = "d"\nentry = "e"'),
        ["t,d,e", "5,1,-2", "4,0,1"],
        "data.csv, column 'e': 1 entry is a negative time: '-2' (line 2). Entry counts from the"
        " origin. Correct it.",
    ),
    "missing entry": (
        changed('event = "d"', 'event = "d"\nentry = "e"'),
        ["t,d,e", "5,1,", "4,0,1"],
        f"data.csv, column 'e': 1 entry is missing, and endpoint 'os' needs it: line 2. {NEEDS}",
    ),
    "negative weight": (
        changed('event = "d"', 'event = "d"\nweights = "w"'),
        ["t,d,w", "5,1,2", "4,0,-4"],
        "data.csv, column 'w': 1 entry is a negative weight: '-4' (line 3). Weights are 0 or more.",
    ),
    "a level that is not declared": (
        changed('type = "categorical"', 'levels = { x = "X" }', GROUPED),
        ROWS,
        "data.csv, column 'arm': 2 entries are not a level of variable 'arm': 'y'"
        " (line 4), 'y' (line 5). Levels are x (X). Correct the entries, or add them to the levels"
        " or to [data] missing.",
    ),
    "one id twice": (
        changed("[data]", '[data]\nid = "arm"'),
        ROWS,
        "data.csv, column 'arm': ids stand more than once: 'x' (lines 2 and 3), 'y' (lines 4 and"
        " 5). Every patient is one row: correct the ids, or exclude rows in [[population]].",
    ),
    "an id that is missing": (
        changed("[data]", '[data]\nid = "arm"'),
        [HEADER, "5,1,x", "6,0,"],
        "data.csv, column 'arm': the id is missing in line 3. Every patient needs one, or remove"
        " [data] id.",
    ),
    "nobody has a group": (
        GROUPED,
        [HEADER, "5,1,", "6,0,"],
        "no patient has every value it needs: Arm is missing.",
    ),
    "a condition that is unknown": (
        MINIMAL + '[[population]]\nexclude = "arm == 3"\nreason = "Arm 3"\n',
        [HEADER, "5,1,3", "6,1,", "7,0,1"],
        "data.csv: whether 'arm == 3' holds is unknown in 1 row (line 3), because arm is missing."
        ' Complete the entries, or set unknown = "exclude" or unknown = "keep" in the'
        " [[population]] step 'Arm 3'.",
    ),
    "nobody left": (
        MINIMAL + '[[population]]\nexclude = "t > 0"\nreason = "All"\n',
        ROWS,
        "no patient is left after the exclusion 'All' (t > 0). Check the condition.",
    ),
}


@pytest.mark.parametrize(("toml", "rows", "expected"), DATA_MISTAKES.values(), ids=DATA_MISTAKES)
def test_a_mistake_in_the_data(
    tmp_path: Path, toml: str, rows: Sequence[str], expected: str
) -> None:
    assert mistake(tmp_path, toml, rows).removeprefix("analysis 'a': ") == expected


def test_a_mistake_found_by_an_analysis_names_it(tmp_path: Path) -> None:
    assert mistake(tmp_path, rows=[HEADER, "-5,1,x"]).startswith("analysis 'a': data.csv, column")


def test_the_wrong_encoding_points_at_the_line(tmp_path: Path) -> None:
    study = write(tmp_path)
    (tmp_path / "data.csv").write_bytes("t,d,arm\n5,1,x\n6,1,é\n".encode("cp1252"))
    with pytest.raises(InputError) as caught:
        plan(study)
    assert str(caught.value) == (
        'data.csv, line 3: byte 0xe9 is not utf-8. Save the file as "CSV UTF-8", or name its'
        ' encoding in [data], such as encoding = "cp1252" for a file from Excel on Windows.'
    )


def test_an_excel_workbook_is_named(tmp_path: Path) -> None:
    study = write(tmp_path)
    (tmp_path / "data.csv").write_bytes(b"PK\x03\x04\x14\x00\x06")
    with pytest.raises(InputError) as caught:
        plan(study)
    assert str(caught.value) == (
        'data.csv is an Excel workbook: save it as CSV ("CSV UTF-8"), and set [data] file to the'
        " new file."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_file_in_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    study = write(tmp_path, changed("[data]", f'[data]\nencoding = "{encoding}"'))
    (tmp_path / "data.csv").write_bytes("t,d,arm\n5,1,x\n".encode("utf-16"))
    with pytest.raises(InputError) as caught:
        plan(study)
    assert str(caught.value) == (
        f'data.csv is UTF-16, not {encoding}. Set [data] encoding = "utf-16", or save the file as'
        ' "CSV UTF-8".'
    )
    study.write_text(changed("[data]", '[data]\nencoding = "utf-16"'), encoding="utf-8")
    assert plan(study).columns == ("t", "d")


def test_an_unknown_encoding(tmp_path: Path) -> None:
    assert mistake(tmp_path, changed("[data]", '[data]\nencoding = "utf-9"')) == (
        "[data] encoding = 'utf-9' is not known; write utf-8, cp1252 or latin-1"
    )


def test_no_data_file_lists_what_is_there(tmp_path: Path) -> None:
    assert mistake(tmp_path, changed("data.csv", "dat.csv")) == (
        f"there is no file {tmp_path / 'dat.csv'}. Files in that folder: data.csv, study.toml. Set"
        " [data] file to the table of patients, relative to the study file."
    )


def test_no_study_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file .*study\.toml\. Give a study\.toml"):
        read_study(tmp_path)


def test_a_study_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8 at byte 0"):
        read_study(tmp_path)


def test_a_parquet_file_that_is_not_one(tmp_path: Path) -> None:
    study = write(tmp_path, changed("data.csv", "data.parquet"))
    (tmp_path / "data.parquet").write_bytes(b"t,d\n1,1\n")
    with pytest.raises(InputError, match=r"^data\.parquet is not a Parquet file"):
        plan(study)
