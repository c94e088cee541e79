from __future__ import annotations

import pytest

from atrisk.errors import InputError
from atrisk.report import format as form
from atrisk.report.values import Number, Values, phrase
from report.documents import entry, time_entry

ENTRIES = {
    "os.overall.n": entry(12345, "patients"),
    "os.overall.median.estimate": time_entry(466.0),
    "os.overall.median.upper": time_entry(None),
    "os.overall.t9y.estimate": entry(None, "proportion", "beyond follow-up"),
    "os.overall.t9y.lower": entry(None, "proportion"),
}


def test_a_missing_key_is_named_with_its_neighbours():
    with pytest.raises(InputError, match=r"no value 'os\.all_patient\.n'.*os\.overall\.n"):
        Values(ENTRIES).count("os.all_patient.n")


def test_a_key_like_no_other_is_named():
    with pytest.raises(InputError, match=r"no value 'qqq'.*No key looks like it"):
        Values(ENTRIES).count("qqq")


def test_a_null_without_reason_is_an_error():
    with pytest.raises(InputError, match=r"os\.overall\.t9y\.lower.*does not say why"):
        Values(ENTRIES).proportion("os.overall.t9y.lower")


def test_times_are_written_in_the_report_unit():
    assert Values(ENTRIES).time("os.overall.median.estimate", "years").text == "1.28"


def test_not_reached_has_its_own_word():
    values = Values(ENTRIES)
    key = "os.overall.median.upper"
    assert values.time(key, "years").text == "NR"
    assert values.in_words().time(key, "years").text == "not reached"


def test_any_other_null_is_a_dash_with_its_reason():
    number = Values(ENTRIES).proportion("os.overall.t9y.estimate")
    assert number == Number("os.overall.t9y.estimate", form.EN_DASH, "beyond follow-up")


def test_a_phrase_keeps_its_numbers():
    words = phrase("n = ", Number("k", "3"), phrase(" of ", Number("j", "4"))) + "."
    assert words.plain == "n = 3 of 4."
    assert [number.key for number in words.numbers()] == ["k", "j"]
