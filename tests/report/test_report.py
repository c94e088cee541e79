from __future__ import annotations

import base64
import codecs
import copy
import csv
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from atrisk.errors import InputError
from atrisk.report import write_report
from report import documents

SAMPLE = json.loads(Path(__file__).with_name("sample.json").read_text(encoding="utf-8"))
DOCUMENTS = {
    "sample": SAMPLE,
    "crowded": documents.crowded(),
    "plain": documents.plain(),
    "two_groups": documents.two_groups(),
}


@pytest.fixture(scope="module", params=DOCUMENTS)
def report(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    document = DOCUMENTS[request.param]
    return document, folder, write_report(document, folder)


class Page(HTMLParser):
    """What a test asks of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.keys, self.links, self.open = Counter(), [], [], [], []
        self.feed(text)

    def leads(self, link, folder):
        """Tell whether a link leads to a place of the page, to a file, or holds a file itself."""
        if link.startswith("data:text/csv;base64,"):
            return base64.b64decode(link.partition(",")[2]).startswith(codecs.BOM_UTF8)
        return link[1:] in self.ids if link.startswith("#") else (folder / link).is_file()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags[tag] += 1
        self.ids += [found["id"]] if "id" in found else []
        self.keys += [found["data-key"]] if "data-key" in found else []
        self.links += [found["href"]] if tag == "a" else []
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page_of(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_every_file_is_written_and_named(report):
    document, folder, paths = report
    assert paths[0] == folder / "report.html"
    assert sorted(paths) == sorted(path for path in folder.rglob("*") if path.is_file())
    for analysis in document["analyses"]:
        if analysis["kind"] != "describe":
            for stem in (analysis["id"], f"{analysis['id']}_column"):
                for suffix in ("svg", "pdf", "png"):
                    assert (folder / "figures" / f"{stem}.{suffix}").stat().st_size > 1000


def test_the_page_is_whole_and_alone(report):
    _, folder, _ = report
    page = page_of(folder)
    assert page.open == []
    assert [name for name, times in Counter(page.ids).items() if times > 1] == []
    assert not page.tags.keys() & {"script", "link", "img", "iframe", "object"}
    text = (folder / "report.html").read_text(encoding="utf-8")
    outside = set(re.findall(r"https?://[^\s\"']+", text))
    assert all(address.startswith("http://www.w3.org/") for address in outside)


def test_every_link_leads_somewhere(report):
    _, folder, _ = report
    page = page_of(folder)
    assert all(page.leads(link, folder) for link in page.links)


def test_every_number_on_the_page_has_a_key_of_the_document(report):
    document, folder, _ = report
    keys = page_of(folder).keys
    assert len(keys) > 20
    for key in keys:
        assert key in document["values"] or key.startswith("population.")


def test_results_are_the_document(report):
    document, folder, _ = report
    text = (folder / "results.json").read_text(encoding="utf-8")
    found = json.loads(text)
    for key, entry in found["values"].items():
        assert (entry.pop("printed") is None) == (entry["value"] is None), key
    kept = {k: v for k, v in found["values"].items() if not k.startswith("population.")}
    assert found | {"values": kept} == document
    assert "NaN" not in text


def test_the_same_document_gives_the_same_bytes(tmp_path):
    document = documents.two_groups()
    first = write_report(document, tmp_path / "a")
    # the order of keys is not part of a document
    turned = json.loads(json.dumps(document, sort_keys=True))
    second = write_report(turned, tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_text_from_outside_is_escaped(tmp_path):
    write_report(documents.crowded(), tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "A &lt;script&gt;alert(1)&lt;/script&gt; description" in text
    assert "<b>R&D" not in text
    assert "age is &lt; 18" in text
    assert "No patient in the group &lt;A&gt; had the event." in text


def test_synthetic_data_are_announced(tmp_path):
    write_report(documents.crowded(), tmp_path / "a")
    write_report(documents.plain(), tmp_path / "b")
    assert "Synthetic data." in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    assert "Synthetic data." not in (tmp_path / "b" / "report.html").read_text(encoding="utf-8")


def test_a_long_list_of_rows_left_out_is_cut_on_the_page_only(tmp_path):
    write_report(documents.crowded(), tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "The first 40 of 60; the CSV file lists all." in text
    listed = (tmp_path / "tables" / "left_out_printed.csv").read_text(encoding="utf-8-sig")
    assert len(listed.splitlines()) == 61


def test_rows_left_out_of_one_analysis_stand_with_it(tmp_path):
    document = documents.plain()
    row = {"line": 7, "record": "P1", "column": "day", "value": "", "reason": "day is missing"}
    document["analyses"][1]["left_out"] = [row]
    write_report(document, tmp_path)
    assert "day is missing" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "tables" / "os_left_out_printed.csv").is_file()


def test_a_missing_key_is_an_error_that_names_it(tmp_path):
    document = documents.plain()
    del document["values"]["os.overall.median.lower"]
    with pytest.raises(InputError, match=r"os\.overall\.median\.lower"):
        write_report(document, tmp_path)


def test_a_missing_curve_or_risk_row_is_named(tmp_path):
    document = documents.plain()
    document["analyses"][1]["curves"] = []
    with pytest.raises(InputError, match="'os' has no curve for overall"):
        write_report(document, tmp_path)
    document = documents.plain()
    document["analyses"][2]["curves"] = []
    with pytest.raises(InputError, match="'ci' has no curve for overall, cause c0"):
        write_report(document, tmp_path)
    document = documents.plain()
    document["analyses"][1]["risk_table"]["rows"] = []
    with pytest.raises(InputError, match="'os' has no number-at-risk row"):
        write_report(document, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "atrisk-results/9"}, "schema 'atrisk-results/9'"),
        ({"analyses": [{"id": "x", "kind": "lasso"}]}, "'x' is of kind 'lasso'"),
        ({"values": {"k": {"value": float("nan")}}}, "not finite at /values/k/value"),
        ({"extra": [1.0, float("inf")]}, "not finite at /extra/1"),
    ],
)
def test_other_documents_are_refused(tmp_path, change, message):
    with pytest.raises(InputError, match=re.escape(message)):
        write_report({**copy.deepcopy(documents.plain()), **change}, tmp_path)


def test_a_document_without_its_parts_is_refused(tmp_path):
    with pytest.raises(InputError, match="lacks study, population"):
        write_report(
            {"schema": "atrisk-results/1", "software": {}, "values": {}, "analyses": []}, tmp_path
        )


def csv_rows(path):
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_every_value_in_a_full_csv_file_is_a_number(tmp_path):
    write_report(documents.crowded(), tmp_path)
    for path in (tmp_path / "tables").glob("*.csv"):
        for row in csv_rows(path):
            if "display_value" in row:
                assert row["missing"] or float(row["value"]) >= 0.0, (path.name, row)
    population = {row["key"]: row for row in csv_rows(tmp_path / "tables" / "population.csv")}
    assert population["population.rows_in"]["value"] == "1300"
    assert population["population.exclusions.young.remaining"]["value"] == "1240"
    assert population["population.rows_used"]["unit"] == "rows"


def test_curves_in_csv_say_their_unit_and_what_the_document_has(tmp_path):
    document = documents.plain()
    write_report(document, tmp_path / "a")
    first = csv_rows(tmp_path / "a" / "tables" / "os_curves.csv")[0]
    assert list(first) == ["group", "cause", "time", "unit", "estimate", "lower", "upper"]
    assert first["unit"] == "days"
    for curve in document["analyses"][1]["curves"]:
        curve["at_risk"] = [9] * len(curve["time"])
        curve["std_error"] = [0.25] * len(curve["time"])
    write_report(document, tmp_path / "b")
    first = csv_rows(tmp_path / "b" / "tables" / "os_curves.csv")[0]
    assert (first["std_error"], first["at_risk"]) == ("0.25", "9")


def test_an_analysis_of_fewer_patients_says_so(tmp_path):
    document = documents.plain()
    document["population"] |= {"rows_in": 60, "rows_used": 60}
    document["values"]["os.overall.n"] = documents.entry(45, "patients")
    document["analyses"][1] |= {"weights": "w", "entry": "day_in"}
    write_report(document, tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    plain = re.sub(r"<[^>]+>", "", text)
    assert "Title of os: 45 of 60 patients; median" in plain
    assert "Title of os (45 of 60)." in plain
    assert "patients in the population" in plain
    assert "Estimates and numbers at risk are weighted." in plain
    assert "the number at risk can rise." in plain


def test_a_table_that_scrolls_on_a_phone_is_shaded_at_its_edge(tmp_path):
    write_report(documents.plain(), tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    narrow = text.partition("@media screen and (max-width: 640px)")[2].partition("@page")[0]
    assert re.search(r"\.scroll \{[^}]*linear-gradient[^}]*local[^}]*scroll;", narrow)
    assert ".gt_table td { background: transparent; }" in narrow
