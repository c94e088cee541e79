"""Checks of a study file: a true and a false case of each, with the line that is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from atrisk.errors import InputError
from atrisk.evidence.record import check_files, read_study_file, shipped_folder
from record_kit import PLAIN, written


def findings(folder, text):
    checked, found = check_files([written(folder, text)])
    assert checked <= 1
    return found


def line_of(text, part):
    return next(at for at, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_plain_file_is_clean(tmp_path):
    assert findings(tmp_path, PLAIN) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('endpoint = "cr_cri"', 'endpoint = "cr_crii"', "Did you mean 'cr_cri'"),
        ('line = "salvage"', 'line = "salvag"', "Did you mean 'salvage'"),
        ('ph = "negative"', 'ph = "minus"', "there is no Ph status 'minus'"),
        ('disease = "b_all"', 'disease = "ball"', "there is no disease 'ball'"),
        ('age_group = "adults"', 'age_group = "adult"', "Did you mean 'adults'"),
        ('family = "ino"', 'family = "inos"', "there is no family 'inos'"),
        ('schedule = "single"', 'schedule = "weekly"', "there is no schedule 'weekly'"),
        ('status = "published"', 'status = "out"', "there is no status 'out'"),
        ('design = "single_arm"', 'design = "one"', "there is no design 'one'"),
        ('value = "60"', 'value = "sixtyish"', "is not a number as printed"),
        ('value = "60"', "value = 60", 'write it as text: "60"'),
        ('at = "Abstract"', 'at = "line 53"', "names a line of an extracted text"),
        ('at = "Abstract"', 'at = "S002 L53"', "names a line of an extracted text"),
        ("year = 2020", "yaer = 2020", "there is no key 'yaer'"),
        ('3 = "1.3"', '3 = "much"', "is not a number as printed"),
        ('cycles = "1-4"', 'cycles = "one"', "an id is made of"),
    ],
)  # fmt: skip
def test_a_mistake_of_shape_points_at_its_line(tmp_path, old, new, said):
    text = PLAIN.replace(old, new, 1)
    assert text != PLAIN
    found = findings(tmp_path, text)
    assert len(found) == 1
    assert f"mine.toml, line {line_of(text, new)}," in found[0]
    assert said in found[0] or old.startswith("cycles")


def test_a_number_without_a_place_is_refused(tmp_path):
    text = PLAIN.replace('at = "Abstract"\n', "", 1)
    assert findings(tmp_path, text) == [
        "mine.toml, line 40, [[numbers]] number 1, at: this key is needed and is not there"
    ]


def test_a_number_without_a_value_is_refused(tmp_path):
    text = PLAIN.replace('value = "60"\n', "").replace('k = "24"\n', "")
    assert "give 'value', or 'k' with 'n'" in findings(tmp_path, text)[0]


def test_a_phase_without_doses_is_refused(tmp_path):
    text = PLAIN.replace(', days = { 3 = "1.3" }', "")
    assert "give 'days' (a dose by day) or 'sum'" in findings(tmp_path, text)[0]


@pytest.mark.parametrize("part", ["arms", "regimens", "references"])
def test_two_parts_of_one_id_are_refused(tmp_path, part):
    again = {
        "arms": '\n[[arms]]\nid = "all"\nlabel = "Again"\n',
        "regimens": '\n[[regimens]]\nid = "ino"\nlabel = "x"\nfamily = "ino"\n'
        'schedule = "single"\n',
        "references": '\n[[references]]\nid = "paper"\ncitation = "Again"\n',
    }[part]
    assert "numbers 1 and 2 have the same id" in findings(tmp_path, PLAIN + again)[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('arm = "all"', 'arm = "al"', "there is no arm 'al' in this file"),
        ('regimen = "ino"', 'regimen = "inno"', "there is no regimen 'inno' in this file"),
        ('n = "40"\nregimen', 'n = "40"\npart_of = "none"\nregimen', "there is no arm 'none'"),
        ('n = "40"\nregimen', 'n = "40"\npart_of = "all"\nregimen', "is a part of itself"),
        ('read = "abstract"', 'doi = "x"', "there is no paper 'paper' in this file"),
        ('read = "abstract"', 'read = "all"\nnumbers = { x-1 = 3 }', "there is no paper 'x-1'"),
        ('k = "24"', 'k = "44"', "44 of 40 is more than all of them"),
        ('k = "24"', 'k = "23"', "23 of 40 is 57.5%, not 60%. Correct it, or say in 'doubt'"),
        ('k = "24"', 'k = "not reached"', "is no whole number"),
        ('n = "40"\npaper', 'n = "0"\npaper', "is no number of patients"),
        ('unit = "%"', 'unit = "months"', 'cr_cri is printed in "%"'),
        ('quote = "24 of', 'quote = "42 of', "'24' does not stand in the quote"),
        ("(60%)", "(66%)", "'60' does not stand in the quote"),
        ("of 40 (", "of 14 (", "'40' does not stand in the quote"),
        ('k = "24"', 'k = "24"\nrange = ["58", "75"]', "'58' does not stand in the quote"),
        ('cumulative = "5.2"', 'cumulative = "5.7"', "the doses add up to 5.2 mg/m2 over 4"),
        ('at = "Methods"\n', "", "doses need the place where they are printed"),
        ('k = "24"', 'k = "24"\nagainst = "soc"', "there is no arm 'soc'"),
        ('k = "24"', 'k = "24"\nci = ["44", "75"]', "an interval needs its level"),
        ('k = "24"', 'k = "24"\nci_level = "95"\nci = ["75", "44"]', "the ends are swapped"),
        ('k = "24"', 'k = "24"\nci_level = "95"\nci = ["61", "75"]', "is not between 61 and 75"),
        ('k = "24"', 'k = "24"\nrange = ["61", "75"]', "60 is not between 61 and 75"),
    ],
)  # fmt: skip
def test_each_check_has_a_false_case(tmp_path, old, new, said):
    text = PLAIN.replace(old, new, 1)
    assert text != PLAIN
    found = findings(tmp_path, text)
    assert any(said in one for one in found), found
    assert all(one.startswith("mine.toml, line ") for one in found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('k = "24"', 'k = "24"\nci_level = "95"\nci = ["44", "75"]'),
        ('k = "24"', 'k = "24"\nci_level = "95"\nci = ["44", "not reached"]'),
        ('k = "24"\nn = "40"', 'k = "23"\nn = "40"\nquote = "23 of 40 (60%)"\ndoubt = "x"'),
        ('"24 of 40 (60%)"', '"twenty-four of 40 (60%)"'),
        ('"24 of 40 (60%)"', '"Twenty four of 40 (60%)"'),
        ('k = "24"', 'k = "Twenty-four"'),
        ('n = "40"\npaper', 'n = "40"\nn_from = "Table 1"\npaper'),
        ('cumulative = "5.2"', 'cumulative = "5.7"\nnote = "the source prints 5.7"'),
    ],
)
def test_each_check_has_a_true_case(tmp_path, old, new):
    text = PLAIN.replace(old, new, 1)
    assert text != PLAIN
    if "ci" in new or "quote" in new:
        text = text.replace('quote = "24 of 40 (60%)"\n', "")
    assert findings(tmp_path, text) == []


def test_a_percentage_that_no_count_prints_is_found_without_k(tmp_path):
    text = PLAIN.replace('k = "24"\nn = "40"', 'n = "11"').replace("24 of 40 (60%)", "60% of 11")
    assert findings(tmp_path, text) == [
        f"mine.toml, line {line_of(text, 'value =')}, [[numbers]] number 1, value: no count of 11"
        " is printed as 60%. Correct it, or say in 'doubt' why the source cannot be right."
    ]
    assert findings(tmp_path, text.replace('"11"', '"10"').replace("of 11", "of 10")) == []


def test_digits_cut_off_are_admitted(tmp_path):
    # 25 of 41 is 60.98%: 61 if rounded, 60 if cut off
    text = PLAIN.replace('k = "24"\nn = "40"', 'k = "25"\nn = "41"')
    assert findings(tmp_path, text.replace("24 of 40", "25 of 41")) == []


def test_a_probability_needs_its_time(tmp_path):
    text = PLAIN.replace('"cr_cri"', '"os_at"').replace('k = "24"\nn = "40"\n', "")
    assert "os_at needs 'time' and 'time_unit'" in findings(tmp_path, text)[0]
    timed = text.replace('unit = "%"', 'unit = "%"\ntime = "2"\ntime_unit = "years"')
    assert findings(tmp_path, timed) == []


def test_a_median_has_a_unit_of_time_and_no_counts(tmp_path):
    text = PLAIN.replace('"cr_cri"', '"os_median"')
    found = findings(tmp_path, text)
    assert any("needs a unit of time" in one for one in found)
    assert any("is no proportion: it has no k or n" in one for one in found)


def test_the_same_number_twice_from_one_place_is_found(tmp_path):
    text = PLAIN + PLAIN[PLAIN.index("\n[[numbers]]") :]
    assert "this is number 1 again, from the same place" in findings(tmp_path, text)[0]


def test_overlaps_name_studies_that_exist(tmp_path):
    def overlap(name):
        return f'\n[[overlaps]]\nstudy = "{name}"\nrelation = "contains"\nreason = "x"\n'

    assert findings(tmp_path, PLAIN + overlap("kayser-2024")) == []
    assert "Did you mean 'kayser-2024'" in findings(tmp_path, PLAIN + overlap("kaiser-2024"))[0]
    assert "does not overlap with itself" in findings(tmp_path, PLAIN + overlap("mine"))[0]
    wrong = overlap("kayser-2024").replace("contains", "has")
    assert "there is no relation 'has'" in findings(tmp_path, PLAIN + wrong)[0]


def test_a_listed_row_names_one_of_the_papers(tmp_path):
    row = '\n[[listed]]\npaper = "{}"\ntable = 1\nrow = 1\ncells = {{ "Study" = "x" }}\n'
    assert findings(tmp_path, PLAIN + row.format("short-2024")) == []
    assert (
        "there is no paper 'short-2042'" in findings(tmp_path, PLAIN + row.format("short-2042"))[0]
    )


def test_arms_that_are_parts_of_each_other_are_found(tmp_path):
    text = PLAIN.replace('n = "40"\nregimen', 'n = "40"\npart_of = "b"\nregimen', 1)
    text += '\n[[arms]]\nid = "b"\nlabel = "B"\npart_of = "all"\n'
    assert sum("is a part of itself" in one for one in findings(tmp_path, text)) == 2


def test_an_id_of_the_shipped_record_is_found(tmp_path):
    text = PLAIN.replace('id = "mine"', 'id = "kayser-2024"')
    assert "'kayser-2024' is the id of the shipped record" in findings(tmp_path, text)[0]


def test_two_files_of_one_id_are_found(tmp_path):
    files = [written(tmp_path, PLAIN, name) for name in ("a", "b")]
    _, found = check_files(files)
    assert [("another of these files" in one) for one in found] == [True, True]


def test_a_folder_is_checked_whole_and_an_empty_one_refused(tmp_path):
    with pytest.raises(InputError, match="holds no study file"):
        check_files([tmp_path])
    written(tmp_path, PLAIN)
    assert check_files([tmp_path, tmp_path / "mine.toml"]) == (1, [])


def test_a_file_that_is_not_there_is_found(tmp_path):
    checked, found = check_files([tmp_path / "no.toml"])
    assert checked == 0
    assert "there is no file" in found[0]


@pytest.mark.parametrize("digit", range(12))
def test_one_wrong_digit_in_a_quoted_number_is_caught(tmp_path, digit):
    """The quote and the number agree: one digit changed in a shipped file does not pass."""
    text = (shipped_folder() / "kayser-2024.toml").read_text(encoding="utf-8")
    lines = text.splitlines()
    places = [
        at
        for at, line in enumerate(lines)
        if line.startswith("value = ") and any("quote = " in x for x in lines[at : at + 14])
    ]
    at = places[digit * len(places) // 12]
    first = next(i for i, letter in enumerate(lines[at]) if letter.isdigit())
    changed = str((int(lines[at][first]) + 3) % 10)
    lines[at] = lines[at][:first] + changed + lines[at][first + 1 :]
    file = written(tmp_path, "\n".join(lines).replace("kayser-2024", "mine", 1))
    file.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    _, found = check_files([file])
    assert any(f"line {at + 1}," in one for one in found), lines[at]


def test_read_study_file_gives_the_file_and_its_lines(tmp_path):
    file = read_study_file(written(tmp_path, PLAIN))
    assert file.study.study.id == "mine"
    assert file.read.lines[("numbers", 0)] == line_of(PLAIN, "[[numbers]]")


def test_the_example_of_the_documentation_is_clean(tmp_path):
    page = Path(__file__).parents[3] / "docs" / "evidence.md"
    example = page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert findings(tmp_path, example) == []
