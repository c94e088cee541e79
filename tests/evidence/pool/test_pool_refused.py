"""What a pool file may not be: each mistake at its line, with what exists."""

from __future__ import annotations

import re

import pytest

from atrisk.errors import InputError
from pool_kit import DOSED, GROUPED, PLAIN, RATIOS, pooled

ONE = '[[studies]]\nstudy = "A"\nevents = 3\ntotal = 9\n'
RECORD = '[record]\nendpoint = "sos_vod_post_hct"\n'


@pytest.mark.parametrize(
    ("rows", "keys", "more", "said"),
    [
        (ONE, "", "", "there is 1 study to pool (A); pooling needs 2 or more"),
        ("", "", "", "give one of [[studies]], [pool] csv, [record]; this file has none"),
        (PLAIN, "", RECORD, "this file has [[studies]] and [record]"),
        (
            PLAIN.replace("events = 2\n", "events = 25\n"),
            "",
            "",
            "line 10, [[studies]] number 2: 25 events of 24: there cannot be more events",
        ),
        (
            PLAIN.replace('"E"', '"A"'),
            "",
            "",
            "'A' is there more than once. If these are arms of one study, name each with 'arm'",
        ),
        (
            PLAIN.replace('"E"', '"A"\narm = "x"').replace(
                'study = "A"\ne', 'study = "A"\narm = "x"\ne'
            ),
            "",
            "",
            "A, x is there already (number 1)",
        ),
        (
            PLAIN.replace('"E"', '" a "'),
            "",
            "",
            "line 23, [[studies]] number 5, study: 'a' is 'A' but for case and blanks.",
        ),
        (
            PLAIN.replace('"E"', '"A"\narm = "X "').replace(
                'study = "A"\ne', 'study = "A"\narm = "x"\ne'
            ),
            "",
            "",
            "is there already (number 1)",
        ),
        (
            PLAIN,
            "",
            '[own]\nlabel = "Ours"\nevents = 41\ntotal = 40\n',
            "line 5, [own]: 41 events of 40: more than there are",
        ),
        (
            PLAIN,
            "",
            '[own]\nlabel = "Ours"\nevents = 1\ntotal = "forty"\n',
            "line 8, [own] total: 'forty' is no whole number of patients: write 40, say",
        ),
        (PLAIN.replace("events = 2\n", ""), "", "", "B has no 'events'; a proportion needs events"),
        (PLAIN, 'measure = "ratio"', "", "A has no 'ratio'; a ratio needs ratio, lower, upper"),
        (
            RATIOS.replace('ratio = "0.70"', 'ratio = "0.70"\nevents = 2'),
            'measure = "ratio"',
            "",
            "'events' of A is not read where the measure is ratio",
        ),
        (RATIOS, 'measure = "ratio"\nmethod = "glmm"', "", "'method': means nothing where"),
        (PLAIN, 'scale = "logit"', "", "'scale': means nothing where the measure is proportion"),
        (PLAIN, 'method = "glm"', "", "'glm' is not one of"),
        (PLAIN, 'methods = "glmm"', "", "Did you mean 'method'?"),
        (PLAIN, "common_tau2 = true", "", "'common_tau2': it is of subgroups"),
        (GROUPED, "", "", "A has a subgroup, and [pool] asks for none"),
        (PLAIN, 'subgroup = "Regimen"', "", "A has no subgroup (Regimen)"),
        (DOSED, "", "", "A has a moderator 'dose' that [pool] does not ask for"),
        (PLAIN, 'moderators = ["dose"]', "", "A has no moderator 'dose'"),
        (GROUPED, 'subgroup = "x"\nmoderators = ["dose"]', "", "ask for one of the two"),
        (PLAIN, "influence = true", "", "[pool] influence: influence is defined for inverse"),
        (PLAIN, "conf_level = 1.0", "", "conf_level: it should be less than 1"),
        ("", 'csv = "none.csv"', "", "there is no file none.csv beside the pool file"),
    ],
)
def test_a_mistake_is_told_in_words(tmp_path, rows, keys, more, said):
    with pytest.raises(InputError, match=re.escape(said)):
        pooled(tmp_path, rows, keys, more)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study,events\nA,1\n", "has no column 'total'; its columns are study, events"),
        ("study,event,total\nA,1,2\n", "has no column 'events'.*Did you mean 'event'"),
        ("study,events,total\n", "has no line below its head"),
        (
            "study;events;total\nA;1;2\n",
            "line 1: the columns are separated by ';'; separate them by commas, as in"
            " study,events,total, and",
        ),
        ("study\tevents\nA\t1\n", r"line 1: the columns are separated by '\\t'; .* study,events,"),
        ("study,events,total\nA 1,1,2\nB,1,3\na  1,1,2\n", "line 4, study: 'a  1' is 'A 1' but"),
        ("study,events,total\nA,1,2\nB,x,3\n", "line 3, events: 'x' is no whole number"),
        ("study,events,total\nA,1,2\nB,5,3\n", "line 3, .*5 events of 3"),
        ("study,events,total\nA,1,2\n\nA,2,3\n", "line 2, study: 'A' is there more than once"),
        ("study,events,total\nA,1\n", "line 2: 2 cells where the head has 3"),
        ("study,study,events,total\nA,A,1,2\n", "two columns 'study'"),
        ("study,events,total\n,1,2\nB,1,3\n", "line 2, study"),
        ("study,events,total\nA,1,0\nB,1,3\n", "line 2, total"),
        ('study,events,total\n"A,1,2\n', "is no CSV file"),
        ("study,events,total\nA\x01,1,2\n", "control character"),
    ],
)
def test_a_mistake_of_a_csv_file_is_told_with_its_line(tmp_path, text, said):
    (tmp_path / "rows.csv").write_text(text, "utf-8")
    with pytest.raises(InputError, match=rf"rows\.csv.*{said}"):
        pooled(tmp_path, "", 'csv = "rows.csv"')


def test_cells_of_moderators_and_bytes_that_are_no_text(tmp_path):
    (tmp_path / "rows.csv").write_text("study,events,total,d\nA,1,2,high\n", "utf-8")
    with pytest.raises(InputError, match="line 2, d: 'high' is no number"):
        pooled(tmp_path, "", 'csv = "rows.csv"\nmoderators = ["d"]')
    (tmp_path / "rows.csv").write_bytes(b"study,events,total\n\xff,1,2\n")
    with pytest.raises(InputError, match=r"rows\.csv is not UTF-8 at byte 19"):
        pooled(tmp_path, "", 'csv = "rows.csv"')


@pytest.mark.parametrize(
    ("record", "keys", "said"),
    [
        ('endpoint = "sos"', "", "there is no endpoint 'sos'"),
        (
            'endpoint = "os_at"',
            "",
            "os_at is a probability, and the measure of [pool] is proportion",
        ),
        ('endpoint = "cr_cri"\nline = "second"', "", "there is no line 'second'. It is one of"),
        ('endpoint = "cr_cri"\nroles = ["control"]', "", "there is no role 'control'"),
        ('endpoint = "cr_cri"', 'subgroup = "centre"', "no column 'centre' to group by"),
        ('endpoint = "cr_cri"', 'moderators = ["dose"]', "the record has no moderator 'dose'"),
        (
            'endpoint = "cr_cri"\nexclude = [{ study = "kayser", reason = "x" }]',
            "",
            "there is no study 'kayser' in the record. Did you mean 'kayser-2024'?",
        ),
        ('endpoint = "cr_cri"\nfolder = "none"', "", "there is no folder"),
        (
            'endpoint = "sos_vod_post_hct"\nline = "mrd"',
            "",
            "no study of the record has SOS/VOD after transplant (sos_vod_post_hct) with line ="
            " 'mrd'.\nStudies that have it:\n  besponsa-label: population b_all or adults, line"
            " salvage",
        ),
    ],
)
def test_what_the_record_does_not_have_is_told_with_what_it_has(tmp_path, record, keys, said):
    with pytest.raises(InputError, match=re.escape(said)):
        pooled(tmp_path, "", keys, f"[record]\n{record}\n")
