"""Every message of the sentences, the methods and the guard rails has its translations."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module, resources
from pathlib import Path
from string import Formatter

import pytest

from atrisk import report as package
from atrisk.report import language as languages
from atrisk.report.guard_rails import guard_rails
from atrisk.report.kinds import kind_of
from atrisk.report.methods import data_facts, method_lines
from atrisk.report.methods_text import methods_paragraphs
from atrisk.report.strobe import checklist
from atrisk.report.translate import translated
from atrisk.report.values import Values
from atrisk.study import plan_study, read_study, run_study
from atrisk.study.guard_rails_found import MESSAGES
from atrisk.study.source import read_source

FOLDER = Path(package.__file__).parent
EXAMPLES = Path(__file__).parents[2] / "examples"
MODULES = (
    *("values", "sentences", "sentences_glance", "sentences_models", "sentences_blocks"),
    *("sentences_clinical", "methods", "methods_models", "methods_prose", "methods_text"),
    *("methods_said", "methods_own", "methods_endpoints"),
    *("models", "guard_rails", "strobe", "strobe_places"),
)
#: Constants whose words are looked up where they are used.
CONSTANTS = {
    "methods": ("CONF_TYPES", "SHOWN_STATISTICS", "NAMED_PARTS", "FACTS"),
    "methods_models": ("P_VALUES",),
    "methods_prose": (
        *("CURVE_TESTS", "EXPOSURE_RULES", "BLOCK_TESTS", "MODEL_PROSE", "CAUSE_PROSE"),
    ),
    "methods_own": ("PERCENTAGES", "PROPORTIONS", "INTERVAL_PROSE"),
    "methods_said": ("IN_PROSE", "SCALES", "INTERVAL_WORDS", "VARIANCE_PROSE"),
    "methods_text": ("PARTIAL_DATES",),
    "methods_words": (
        *("MODELS", "CAUSE_MODELS", "OUTCOME_MODEL", "TIES", "VARIANCES", "INTERVALS"),
        *("TRANSFORMS", "SELECTION_METHODS", "ESTIMANDS", "WEIGHTS"),
    ),
    "models": ("MODEL_WORDS", "CHECKS"),
    "sentences": ("COUNTED", "POPULATION"),
    "sentences_blocks": ("LEFT_OUT",),
    "sentences_clinical": ("NOT_JUDGED",),
    "strobe": ("SOURCE", "FOUND"),
    "values": ("NOT_REACHED", "NO_INTERVAL"),
}


def literals(module):
    """Give the messages that stand in calls of word and say."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    firsts = (c.args[0] for c in calls if getattr(c.func, "id", "") in {"word", "say"})
    return {
        part.value
        for first in firsts
        if isinstance(first, ast.Constant)
        for part in [first]
        if isinstance(part.value, str)
    }


def strings(node):
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for child in node.values():
            yield from strings(child)
    elif isinstance(node, (list, tuple)):
        for child in node:
            yield from strings(child)


def messages():
    found = set().union(*map(literals, MODULES)) | set(MESSAGES.values()) | {"NR"}
    for module, names in CONSTANTS.items():
        made = import_module(f"atrisk.report.{module}")
        found |= {text for name in names for text in strings(getattr(made, name))}
    items = (item["text"] for part in checklist() for item in part["items"])
    return found | set(items) | {part["heading"] for part in checklist()}


def known(code):
    files = resources.files("atrisk.report").joinpath("languages", code).iterdir()
    return {
        text: translation
        for file in files
        for text, translation in tomllib.loads(file.read_text("utf-8")).items()
    }


def fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", ["de", "it"])
def test_every_message_is_translated_with_its_names(code):
    translations = known(code)
    assert not sorted(messages() - translations.keys())
    wrong = [text for text in messages() if fields(text) != fields(translations[text])]
    assert not wrong


@pytest.mark.parametrize("code", ["de", "it"])
def test_no_translation_is_of_a_message_that_is_gone(code):
    file = resources.files("atrisk.report").joinpath("languages", code, "words.toml")
    assert not sorted(tomllib.loads(file.read_text("utf-8")).keys() - messages())


class Recorded(dict):
    """Translations that remember what was asked for and not there."""

    def __init__(self, known):
        super().__init__(known)
        self.absent = set()

    def get(self, text, default=None):
        if text not in self:
            self.absent.add(text)
        return super().get(text, default)


def results(name):
    request = read_study(EXAMPLES / name / "study.toml")
    source = read_source(request)
    return run_study(plan_study(request, source.names, source))


OWN = (
    *("survival", "cumulative_incidence", "cox", "logistic", "fine_gray", "time_dependent"),
    *("landmark", "weighted", "response_rules", "sos_criteria", "dose_deviations"),
)


@pytest.mark.parametrize("name", ["bmt", "heart", "ino-hct"])
def test_no_message_of_an_example_stays_english(name):
    document = results(name)
    for code in ("de", "it"):
        with languages.using(code) as language:
            spoken = translated(document)
            recorded = Recorded(language.messages)
            token = languages._CURRENT.set(replace(language, messages=recorded))
            values = Values(spoken["values"])
            methods_paragraphs(spoken)
            guard_rails(spoken)
            data_facts(spoken["study"])
            for analysis in spoken["analyses"]:
                if analysis["kind"] in OWN:
                    kind = kind_of(analysis)
                    kind.paragraphs(analysis, values, spoken["study"]["report_unit"])
                    kind.glance(analysis, values, spoken["study"]["report_unit"])
                    method_lines(analysis, values)
            languages._CURRENT.reset(token)
        assert not recorded.absent - set(strings(spoken))
