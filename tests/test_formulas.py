"""Model formulas: what they say, the columns they make, and what is refused in words."""

from __future__ import annotations

import subprocess
import sys

import formulaic
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrisk.engine.splines import default_knots, restricted_cubic
from atrisk.errors import InputError
from atrisk.formulas import Term, design, design_from_arrays, parse

N = 40
RNG = np.random.default_rng(7)
DATA = pl.DataFrame(
    {
        "days": np.arange(1, N + 1),
        "died": np.tile([0, 1], N // 2),
        "age": RNG.integers(18, 70, N),
        "wbc": RNG.exponential(20, N) + 0.5,
        "sex": np.resize(["male", "female"], N),
        "stage": np.resize([2, 1, 3], N),
        "relapsed": np.resize([True, False, False], N),
        "blast count": RNG.uniform(1, 99, N),
        "risk": pl.Series(np.resize(["low", "high", "mid", "low", "high"], N)).cast(
            pl.Enum(["low", "mid", "high", "unknown"])
        ),
    }
)


def made(right: str, df=DATA, **options):
    return design(parse(f"Surv(days, died) ~ {right}"), df, **options)


def column(right: str, name: str, df=DATA) -> np.ndarray:
    found = made(right, df)
    return found.x[:, found.names.index(name)]


# what the formula says


def test_the_parts_of_a_formula() -> None:
    found = parse(
        "Surv(start, stop, `died of it`) ~ age + strata(centre, sex) + cluster(`patient id`) + "
        "offset(log(t)) + rcs(wbc, 4)"
    )
    assert (found.entry, found.exit, found.event) == ("start", "stop", "died of it")
    assert (found.strata, found.cluster, found.offset) == (
        ("centre", "sex"),
        "patient id",
        "log(t)",
    )
    assert (found.right, found.response) == ("age + rcs(wbc, 4)", None)
    outside = ("start", "stop", "died of it", "centre", "sex", "patient id")
    assert found.columns_outside_terms == outside


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("y ~ strata(a) + b", "b"),
        ("y ~ b + strata(a)", "b"),
        ("y ~ strata(a)", ""),
        ("y ~ 1", ""),
        ("y ~ 1 + b", "b"),
        ("y ~ strata(a) + strata(b)", ""),
        ("y ~ a.b + c", "a.b + c"),
        ("y\n~ a\n+ b", "a + b"),
    ],
)
def test_the_terms_are_what_is_left(text, right) -> None:
    found = parse(text)
    assert (found.response, found.right) == ("y", right)


@pytest.mark.parametrize(
    ("text", "problem", "marked"),
    [
        ("Surv(t, d) age", "no '~'", ""),
        ("y ~ a ~ b", "a second '~'", "~ b"),
        ("~ a", "the outcome is not understood", "~ a"),
        ("Surv(t) ~ a", "Surv has 1 columns", "Surv(t)"),
        ("Surv(a, b, c, d) ~ a", "Surv has 4 columns", "Surv("),
        ("Surv(t, d == 1) ~ a", "'=' has no meaning here", "== 1"),
        ("Surv(t, max(d)) ~ a", "'max(d)' is not the name of a column", "max(d)"),
        ("Surv(t, ) ~ a", "the name of a column is expected here", ") ~ a"),
        ("Hist(t, d) ~ a", "'Hist' is no outcome", "Hist"),
        ("y ~ a + (b", "this bracket is not closed", "(b"),
        ("y ~ a + log(b", "this bracket is not closed", "(b"),
        ("y ~ a + b)", "')' has no meaning here", ")"),
        ("y ~ a b", "an operator such as '+' is missing before b", "b"),
        ("y ~ a + * b", "a name is expected, not '*'", "* b"),
        ("y ~ a +", "a term is expected here", ""),
        ("y ~", "a term is expected here", ""),
        ("y ~ a | b", "'|' has no meaning here", "| b"),
        ("y ~ `a", "a back-quote that is not closed", "`a"),
        ("y ~ a - 1", "the intercept cannot be removed", "1"),
        ("y ~ -1 + a", "the intercept cannot be removed", "-1"),
        ("y ~ 0 + a", "the intercept cannot be removed", "0 + a"),
        ("y ~ a / 10", "the number 10 is no term", "10"),
        ("y ~ 2", "the number 2 is no term", "2"),
        ("y ~ a ^ b", "the exponent of a set of terms is a whole number", "b"),
        ("y ~ a ^ 0", "the exponent of a set of terms is a whole number", "0"),
        ("y ~ a:strata(b)", "strata(...) is not a covariate", "strata"),
        ("y ~ (a + cluster(b))", "cluster(...) is not a covariate", "cluster"),
        ("y ~ a + cluster(b, c)", "cluster takes one column", "cluster"),
        ("y ~ cluster(b) + cluster(c)", "a second cluster", "cluster(c)"),
        ("y ~ offset(b) + offset(c)", "a second offset", "offset(c)"),
    ],
)
def test_a_wrong_formula_is_marked_at_its_place(text, problem, marked) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    first, line, caret, *_ = str(caught.value).split("\n")
    assert first.startswith("model formula: ")
    assert problem in first
    assert line == f"    {text}"
    at = caret.index("^") - 4
    assert text[at:].startswith(marked)
    assert at == len(text) if not marked else True


def test_a_formula_is_text() -> None:
    with pytest.raises(InputError, match=r"a formula is text such as .*, not list"):
        parse(["y ~ a"])


# the columns it makes


@pytest.mark.parametrize(
    "right",
    [
        "age + wbc",
        "age + sex + risk",
        "sex * risk",
        "age * sex + log(wbc)",
        "(age + sex + risk) ** 2 - age:sex",
        "age + age:risk",
        "sex + sex:risk",
        "sex / age",
        "C(stage) + sex",
        "C(stage, contr.treatment(2)) * age",
        "I(age ** 2) + I(age * wbc / 3 - 1) + sqrt(wbc) + exp(wbc / 50) + log10(wbc)",
        "scale(age) + center(wbc)",
        "relapsed + relapsed:sex",
        "`blast count` + log(`blast count`):sex",
    ],
)
def test_the_columns_are_those_of_formulaic(right) -> None:
    """An independent reading of the same formula, by formulaic's own materialiser."""
    context = {"sqrt": np.sqrt, "log10": np.log10}
    frame = DATA.to_pandas().astype({"relapsed": str})  # formulaic takes true/false as numbers
    frame["risk"] = frame["risk"].cat.remove_unused_categories()
    theirs = formulaic.model_matrix(f"1 + {right}", frame, context=context)
    theirs = theirs.drop(columns="Intercept")
    ours = made(right)
    named = [c.replace("[T.", "[").replace("`", "") for c in theirs.columns]
    if "(" not in right.replace("(age + sex", ""):
        assert list(ours.names) == named
    assert ours.x == pytest.approx(theirs.to_numpy(dtype=float), rel=1e-13)


def test_a_power_sign_is_read_as_in_r() -> None:
    assert np.array_equal(made("I(age^2 + 1)").x, made("I(age ** 2 + 1)").x)
    assert np.array_equal(made("(age + sex)^2").x, made("age * sex").x)


def test_terms_know_their_columns_levels_and_reference() -> None:
    found = made("age + risk + age:sex + sex + rcs(wbc, 4) + C(stage, Treatment(2))")
    assert found.names == (
        "age", "risk[mid]", "risk[high]", "sex[male]", "rcs(wbc, 4)", "rcs(wbc, 4)'",
        "rcs(wbc, 4)''", "stage[1]", "stage[3]", "age:sex[male]",
    )  # fmt: skip
    assert found.terms == (
        Term("age", (0,), factors=("age",)),
        Term("risk", (1, 2), ("low", "mid", "high"), "low", ("risk",)),
        Term("sex", (3,), ("female", "male"), "female", ("sex",)),
        Term("rcs(wbc, 4)", (4, 5, 6), factors=("rcs(wbc, 4)",)),
        Term("stage", (7, 8), ("1", "2", "3"), "2", ("stage",)),
        Term("age:sex", (9,), factors=("age", "sex")),
    )
    assert (found.x.shape, found.x.dtype, found.x.flags.c_contiguous) == ((N, 10), float, True)


def test_a_factor_without_its_margin_has_a_column_a_level() -> None:
    assert made("age:sex").names == ("age:sex[female]", "age:sex[male]")
    assert made("age + age:sex").names == ("age", "age:sex[male]")


@pytest.mark.parametrize(
    ("right", "names"),
    [
        ("C(sex, Treatment('male'))", ("sex[female]",)),
        ('C(risk, Treatment(reference="high"))', ("risk[low]", "risk[mid]")),
        ("C(stage, contr.treatment(3))", ("stage[1]", "stage[2]")),
        ("C(stage, contr.treatment(base=1))", ("stage[2]", "stage[3]")),
        ("relapsed", ("relapsed[True]",)),
        ("I(age > 40)", ("I(age > 40)[True]",)),
    ],
)
def test_the_reference_has_no_column(right, names) -> None:
    assert made(right).names == names


def test_numbers_that_are_levels_keep_apart() -> None:
    df = {"dose": np.array([0.1234567, 0.1234568, 2.0, 0.1234567]), "y": np.arange(4)}
    assert design(parse("y ~ C(dose)"), df).names == ("dose[0.1234568]", "dose[2]")


def test_conditions_on_labels_and_numbers() -> None:
    ours = column("I((sex == 'male') & (age >= 40))", "I((sex == 'male') & (age >= 40))[True]")
    wanted = (DATA["sex"] == "male") & (DATA["age"] >= 40)
    assert np.array_equal(ours, wanted.to_numpy())
    either = column("I((risk != 'low') | (age < 40))", "I((risk != 'low') | (age < 40))[True]")
    wanted = (DATA["risk"].cast(pl.String) != "low") | (DATA["age"] < 40)
    assert np.array_equal(either, wanted.to_numpy())


def test_a_spline_has_the_knots_of_its_rows() -> None:
    wbc = DATA["wbc"].to_numpy()
    assert np.array_equal(made("rcs(wbc, 5)").x, restricted_cubic(wbc, default_knots(wbc, 5)))
    given_knots = restricted_cubic(np.log(wbc), np.array([1, 2.5, 4]))
    for right in ("rcs(log(wbc), [1, 2.5, 4])", "rcs(log(wbc), c(1, 2.5, 4))"):
        assert np.array_equal(made(right).x, given_knots)


def test_a_spline_crossed_with_a_factor() -> None:
    found = made("rcs(age, 3) * sex")
    assert found.names == (
        "rcs(age, 3)", "rcs(age, 3)'", "sex[male]", "rcs(age, 3):sex[male]",
        "rcs(age, 3)':sex[male]",
    )  # fmt: skip
    male = found.x[:, [2]]
    assert np.array_equal(found.x[:, 3:], found.x[:, :2] * male)


def test_a_dot_is_every_column_but_the_outcome() -> None:
    found = made(". - wbc + strata(stage)", DATA.drop("relapsed", "risk"))
    assert found.names == ("age", "sex[male]", "blast count")
    with pytest.raises(InputError, match=r"'\.' stands for the other columns, and there are none"):
        made(".", DATA.select("days", "died"))


def test_equal_expressions_are_one_term() -> None:
    assert made("rcs(age,3) + rcs(age, 3) + age:sex + sex:age").names[:2] == (
        "rcs(age, 3)",
        "rcs(age, 3)'",
    )


def test_a_number_and_its_levels_are_two_terms() -> None:
    found = made("stage + C(stage)")
    assert [term.name for term in found.terms] == ["stage", "C(stage)"]
    assert found.names == ("stage", "C(stage)[2]", "C(stage)[3]")


@pytest.mark.parametrize("kind", ["pandas", "arrow", "mapping", "lazy"])
def test_frames_of_every_kind_give_the_same(kind) -> None:
    frame = {
        "pandas": DATA.to_pandas,
        "arrow": DATA.to_arrow,
        "mapping": lambda: {name: DATA[name].to_numpy() for name in DATA.columns},
        "lazy": DATA.lazy,
    }[kind]()
    right = "age * sex + C(stage) + relapsed + rcs(wbc, 4) + `blast count`"
    assert np.array_equal(made(right, frame).x, made(right).x)
    assert made(right, frame).names == made(right).names


def test_categories_of_pandas_keep_their_order() -> None:
    risk = pd.Categorical(DATA["risk"].to_list(), ["high", "low", "mid"])
    found = made("risk", DATA.to_pandas().assign(risk=risk))
    assert found.terms[0].levels == ("high", "low", "mid")


def test_no_terms_are_no_columns() -> None:
    found = made("strata(sex)")
    assert (found.x.shape, found.names, found.terms) == ((N, 0), (), ())
    assert found.kept.all()


def test_an_offset_is_computed() -> None:
    found = made("age + offset(log(wbc) * 2)")
    assert found.offset == pytest.approx(2 * np.log(DATA["wbc"].to_numpy()))
    assert found.offset_again(DATA[:3]) == pytest.approx(found.offset[:3])
    assert (found.names, made("age").offset, made("age").offset_again(DATA)) == (
        ("age",),
        None,
        None,
    )


# missing and impossible values


def test_rows_with_missing_values_are_left_out_and_named() -> None:
    df = pl.DataFrame(
        {
            "y": range(6),
            "age": [40, None, 61, 33, 52, 47],
            "sex": ["m", "f", None, "f", "m", "f"],
            "z": [1.0, float("nan"), 2.0, 3.0, 4.0, None],
        }
    )
    found = design(parse("y ~ age + sex + offset(z)"), df)
    assert found.kept.tolist() == [True, False, False, True, True, False]
    assert found.left_out.tolist() == [1, 2, 5]
    assert found.missing_columns == ("age, z", "sex", "z")
    assert found.x.tolist() == [[40, 1], [33, 0], [52, 1]]
    assert found.offset.tolist() == [1, 3, 4]
    again = design(parse("y ~ age + sex + offset(z)"), df.to_dict(as_series=False))
    assert (again.kept.tolist(), again.x.tolist()) == (found.kept.tolist(), found.x.tolist())


@pytest.mark.parametrize("kind", ["polars", "pandas", "mapping"])
def test_a_boolean_with_missing_values_is_a_factor(kind) -> None:
    df = pl.DataFrame({"y": [1, 2, 3, 4], "flag": [True, None, False, True]})
    frame = {
        "polars": df,
        "pandas": df.to_pandas().astype({"flag": "boolean"}),
        "mapping": df.to_dict(as_series=False),
    }[kind]
    found = design(parse("y ~ flag"), frame)
    assert (found.names, found.x.tolist()) == (("flag[True]",), [[1], [0], [1]])
    assert found.missing_columns == ("flag",)


def test_only_allowed_rows_are_used() -> None:
    df = {"y": np.arange(5), "age": [1.0, np.nan, 3, np.nan, 5], "sex": list("abcab")}
    keep = np.array([True, True, False, False, True])
    found = design(parse("y ~ age + sex"), df, keep=keep)
    assert (found.kept.tolist(), found.left_out.tolist()) == (
        [True, False, False, False, True],
        [1],
    )
    assert found.notes == ("sex: no row analysed has the level c",)
    assert found.names == ("age", "sex[b]")
    with pytest.raises(InputError, match=r"keep has shape \(4,\)"):
        design(parse("y ~ age"), df, keep=keep[:4])


def test_knots_are_those_of_the_rows_analysed() -> None:
    gap = DATA.with_columns(age=pl.when(pl.col("days") > 30).then(None).otherwise(pl.col("age")))
    found = made("age + rcs(wbc, 3)", gap)
    wbc = DATA["wbc"].to_numpy()[:30]
    assert np.array_equal(found.x[:, 1:], restricted_cubic(wbc, default_knots(wbc, 3)))


@pytest.mark.parametrize(
    ("right", "change", "message"),
    [
        ("agee", {}, r"'agee': there is no such column.*blast count.*Did you mean 'age'\?"),
        ("log(agee)", {}, r"'agee': there is no such column"),
        ("wbc", {"wbc": [1.0, np.inf] + [3.0] * 38}, r"'wbc' is not finite in 1 row: row 2\."),
        ("log(died)", {}, r"'log\(died\)' is not finite in 20 rows: row 1, 3, 5, 7, 9 and 15 more"),
        ("sqrt(age - 100)", {}, r"'sqrt\(age - 100\)' is not finite in 40 rows"),
        ("sex", {"sex": ["male"] * N}, "'sex' has a single level .*, 'male': it explains nothing"),
        ("I(age > 100)", {}, r"'I\(age > 100\)' has a single level"),
        ("C(sex, Treatment('mael'))", {}, "reference 'mael' is not .* 'male'.*mean 'male'"),
        ("C(sex, Sum)", {}, r"write C\(x\), or C\(x, Treatment"),
        ("C(sex, Treatment('male', 2))", {}, r"write C\(x\), or C\(x, Treatment"),
        ("log(sex)", {}, r"'sex' holds labels \(female, male\), and arithmetic needs numbers"),
        ("I(sex == 'm')", {}, "labels are compared by == or != with one of 'female', 'male'"),
        ("I(sex > 'male')", {}, "labels are compared by == or !="),
        ("log(age, 2)", {}, "has the wrong number of arguments"),
        ("lag(age)", {}, r"'lag' in 'lag\(age\)' is not a function of formulas.*C, I, abs"),
        ("I(age.real())", {}, r"'age.real' in 'I\(age.real\(\)\)' is not a function of formulas"),
        ("I([age][0])", {}, "is not arithmetic on columns"),
        ("I(1 < age < 2)", {}, "is not arithmetic on columns"),
        ("I(age + 'x')", {}, "'x' is not arithmetic on columns"),
        ("I(age age)", {}, "cannot be read as an expression"),
        ("I(2)", {}, "names no column"),
        ("scale(age, ddof=1)", {}, "scale takes no named argument"),
        ("rcs(age)", {}, "write the number of knots"),
        ("rcs(age, 9)", {}, "9 knots: a restricted cubic spline takes 3 to 7"),
        ("rcs(age, [3, 2, 1])", {}, "knots 3, 2, 1: at least three increasing values"),
        ("rcs(age, [a, b, c])", {}, "write the number of knots|malformed"),
        ("I(rcs(age, 3))", {}, r"rcs\(...\) stands as a covariate of its own only"),
        ("I(C(age))", {}, "stands as a covariate of its own only"),
        ("age + offset(sex)", {}, r"offset\(sex\) holds labels; an offset is a number"),
        ("wbc", {"wbc": [None] * N}, "no row has a value in every covariate; .* in wbc"),
    ],
)
def test_what_cannot_be_is_refused(right, change, message) -> None:
    df = DATA.with_columns(**{name: pl.Series(v, strict=False) for name, v in change.items()})
    if change.get("wbc") == [None] * N:
        df = df.with_columns(wbc=pl.lit(None, pl.Float64))
    with pytest.raises(InputError, match=message):
        made(right, df)


def test_dates_and_durations_are_refused() -> None:
    born = DATA.with_columns(born=pl.date(1970, 1, 1))
    with pytest.raises(InputError, match=r"'born' holds dates, .* Compute a number first"):
        made("born", born)
    for_long = DATA.with_columns(stay=pl.duration(days=pl.col("age")))
    with pytest.raises(InputError, match="'stay' holds durations"):
        made("stay", for_long)


@pytest.mark.parametrize(
    ("column_of", "message"),
    [
        (
            {"x": np.array(["a", 1, "b"], dtype=object)},
            "'x' mixes text with other values such as 1",
        ),
        ({"x": np.ones((3, 2))}, r"'x' has shape \(3, 2\)"),
        ({"x": np.ones(3), "z": np.ones(2)}, r"differ in length: \{'x': 3, 'z': 2\}"),
    ],
)
def test_arrays_that_are_no_columns_are_refused(column_of, message) -> None:
    with pytest.raises(InputError, match=message):
        design_from_arrays(column_of)


def test_nothing_of_a_formula_is_executed(tmp_path) -> None:
    mark = tmp_path / "mark"
    for right in (f"I(open('{mark}', 'w'))", f"__import__('os').mkdir('{mark}')", "exec('1')"):
        with pytest.raises(InputError):
            made(right)
    assert not mark.exists()


# new data


def test_new_data_are_coded_as_the_data_of_the_fit() -> None:
    right = "age * sex + C(stage, Treatment(2)) + rcs(wbc, 4) + scale(age) + relapsed + risk"
    found = made(right)
    assert np.array_equal(found.again(DATA), found.x)
    for rows in (slice(0, 1), slice(5, 9)):  # no row in them has every level, nor the knots
        assert np.array_equal(found.again(DATA[rows]), found.x[rows])
    assert found.again(DATA[:0]).shape == (0, found.x.shape[1])


def test_new_data_need_every_value_and_known_levels() -> None:
    found = made("age + sex + C(stage)")
    gap = DATA[:3].with_columns(age=pl.Series([40, None, 41]))
    with pytest.raises(InputError, match="'age' is missing in 1 row: row 2"):
        found.again(gap)
    new = DATA[:3].with_columns(sex=pl.Series(["male", "divers", "female"]))
    message = "'sex' has the level 'divers', .* in 1 row: row 2. Its levels are 'female', 'male'"
    with pytest.raises(InputError, match=message):
        found.again(new)
    with pytest.raises(InputError, match="'stage' has the level '7'"):
        found.again(DATA[:3].with_columns(stage=pl.lit(7)))
    with pytest.raises(
        InputError, match="'age' held numbers when the model was fitted, and labels"
    ):
        found.again(DATA[:3].with_columns(age=pl.lit("old")))
    with pytest.raises(InputError, match="'sex': there is no such column"):
        found.again(DATA.drop("sex"))


def test_a_design_lends_its_coding() -> None:
    found = made("rcs(wbc, 4) + risk + scale(age)")
    some = DATA[:7].with_columns(
        age=pl.when(pl.col("days") == 2).then(None).otherwise(pl.col("age"))
    )
    formula = parse("Surv(days, died) ~ rcs(wbc, 4) + risk + scale(age)")
    lent = design(formula, some, levels_of=found)
    assert lent.names == found.names
    assert np.array_equal(lent.x, np.delete(found.x[:7], 1, axis=0))


def test_some_of_the_terms_keep_their_coding() -> None:
    found = made("age * sex + rcs(wbc, 4) + `blast count` + C(stage, Treatment(2)) + offset(wbc)")
    some = found.only(["stage", "sex", "rcs(wbc, 4)"])
    assert [term.name for term in some.terms] == ["sex", "rcs(wbc, 4)", "stage"]
    assert [term.columns for term in some.terms] == [(0,), (1, 2, 3), (4, 5)]
    kept = [found.names.index(name) for name in some.names]
    assert np.array_equal(some.x, found.x[:, kept])
    assert np.array_equal(some.again(DATA.drop("age", "blast count")), some.x)
    assert np.array_equal(some.offset_again(DATA), found.offset)
    assert some.written() == "sex + rcs(wbc, 4) + C(stage, Treatment(2))"
    assert found.only([]).x.shape == (N, 0)
    with pytest.raises(InputError, match=r"no term 'stag'. Terms are: age, sex, .*mean 'stage'"):
        found.only(["stag"])


@pytest.mark.parametrize(
    "right", ["age * sex + `blast count`:C(stage)", "log(`blast count`) + I(age ** 2) + a.b"]
)
def test_terms_are_written_as_they_are_read(right) -> None:
    df = DATA.with_columns(pl.col("age").alias("a.b"))
    found = made(right, df)
    assert made(found.written(), df).names == found.names


# arrays


def test_a_matrix_is_taken_as_it_is() -> None:
    x = np.arange(12.0).reshape(4, 3)
    x[1, 2] = np.nan
    found = design_from_arrays(x)
    assert found.names == ("x1", "x2", "x3")
    assert found.terms == tuple(Term(f"x{j + 1}", (j,), factors=(f"x{j + 1}",)) for j in range(3))
    assert np.array_equal(found.x, x[[0, 2, 3]])
    assert (found.left_out.tolist(), found.missing_columns) == ([1], ("x3",))
    assert np.array_equal(found.again(x[[0]]), x[[0]])
    assert np.array_equal(found.again(x[0]), x[[0]])
    assert np.array_equal(found.again({"x1": [1.0], "x2": [2.0], "x3": [3.0]}), [[1, 2, 3]])
    named = design_from_arrays(
        x[:, :1].astype(int), ["age"], keep=np.array([True, False, True, True])
    )
    assert (named.names, named.x.tolist()) == (("age",), [[0], [6], [9]])
    assert design_from_arrays(np.arange(3)).x.shape == (3, 1)
    with pytest.raises(InputError, match=r"new data of shape \(1, 2\): 3 columns are needed"):
        found.again(np.ones((1, 2)))


@pytest.mark.parametrize(
    ("x", "names", "message"),
    [
        (np.array([["a"]]), None, "give numbers of shape"),
        (np.ones((2, 2, 2)), None, r"shape \(2, 2, 2\)"),
        (np.ones((2, 2)), ["a", "a"], "give 2 distinct names"),
        (np.ones((2, 2)), ["a"], "give 2 distinct names"),
        (np.array([[1.0], [np.inf]]), None, "'x1' is not finite in 1 row: row 2"),
        (np.array([[1.0], [np.nan]]) * np.nan, None, "no row has a value in every covariate"),
        (None, None, "give numbers of shape"),
    ],
)
def test_matrices_that_cannot_be_are_refused(x, names, message) -> None:
    with pytest.raises(InputError, match=message):
        design_from_arrays(x, names)


def test_large_numbers_are_finite() -> None:
    x = np.full((3, 1), 1e308)
    assert np.array_equal(design_from_arrays(x).x, x)
    assert np.array_equal(design_from_arrays({"x": x[:, 0]}).x, x)


def test_a_mapping_or_frame_gives_a_term_a_column() -> None:
    found = design_from_arrays(DATA.select("age", "sex"))
    assert found.names == ("age", "sex[male]")
    assert np.array_equal(found.x, made("age + sex").x)
    mapped = design_from_arrays({"age": DATA["age"].to_list(), "sex": DATA["sex"].to_list()})
    assert np.array_equal(mapped.x, found.x)
    arrow = design_from_arrays(DATA.select("age", "sex").to_arrow())
    assert np.array_equal(arrow.x, found.x)


# invariants


@given(st.permutations(range(N)))
def test_rows_keep_their_columns_in_any_order(order) -> None:
    right = "age * risk + rcs(wbc, 4) + C(stage)"
    assert np.array_equal(made(right, DATA[list(order)]).x, made(right).x[list(order)])


@given(st.permutations(["age", "sex", "log(wbc)", "rcs(wbc, 3)", "C(stage)"]))
def test_the_order_of_terms_is_the_order_of_columns(parts) -> None:
    """A sum is read without formulaic; in brackets it is worked out by it."""
    short, long = made(" + ".join(parts)), made(f"({' + '.join(parts)})")
    assert (short.names, short.terms) == (long.names, long.terms)
    assert np.array_equal(short.x, long.x)


def test_a_sum_of_terms_loads_no_formulaic() -> None:
    code = (
        "import sys; from atrisk.formulas import design, parse; "
        "design(parse('y ~ a + rcs(a, [1, 2, 3])'), {'a': [1.0, 2.0]}); "
        "print('formulaic' in sys.modules or 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("age %in% sex", "age:sex"),
        ("sex %in% risk", "sex:risk"),
        ("risk + sex %in% risk", "risk + sex:risk"),
        ("(age + wbc) %in% sex", "age:sex + wbc:sex"),
        ("wbc * age %in% sex", "wbc * age:sex"),
    ],
)
def test_in_is_an_interaction_without_a_main_effect(written, meant) -> None:
    """As model.matrix of R 4.2.2: columns age:sexfemale and age:sexmale for age %in% sex."""
    found, same = made(written), made(meant)
    assert found.names == same.names
    assert np.array_equal(found.x, same.x)
    if written == "age %in% sex":
        assert found.names == ("age:sex[female]", "age:sex[male]")


def test_in_several_at_once_is_refused() -> None:
    with pytest.raises(InputError, match=r"right of %in% stands one covariate(.|\n)*a:b"):
        made("age %in% (sex + risk)")


@pytest.mark.parametrize(
    ("right", "advice"),
    [
        ("factor(x)", r"Write C\(x\) for a factor"),
        ("as.factor(x)", r"Write C\(x\) for a factor"),
        ("poly(x, 2)", r"Write x \+ I\(x\*\*2\)"),
        ("ns(x, 3)", r"Write rcs\(x, 4\)"),
        ("pspline(x)", r"Write rcs\(x, 4\)"),
        ("tt(x)", "Cut the rows with episodes"),
        ("frailty(x)", r"Write cluster\(x\)"),
    ],
)
def test_what_r_calls_otherwise_is_pointed_to(right, advice):
    with pytest.raises(InputError, match=advice):
        design(parse(f"y ~ {right}"), {"x": np.array([1.0, 2.0]), "y": np.array([0, 1])})


def test_a_comparison_in_the_outcome_is_pointed_to_the_codes():
    with pytest.raises(InputError, match="name the codes by causes= and censored="):
        parse("Surv(t, status==2) ~ x")
