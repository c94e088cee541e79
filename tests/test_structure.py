"""The shape of the repository: which way imports point, what importing costs, what is public."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import atrisk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "atrisk"

# A folder or module of atrisk -> those it may import. Itself is always allowed.
BELOW = {
    "errors": set(),
    "_version": set(),
    "toml": {"errors", "_version"},
    "engine": {"errors"},
    "frames": {"engine", "errors"},
    "formulas": {"frames", "engine", "errors"},
    "sources": {"formulas", "frames", "engine", "errors"},
    "estimators": {"sources", "formulas", "frames", "engine", "errors"},
    "leukaemia": {"errors"},
    "evidence": {
        "leukaemia",
        "estimators",
        "sources",
        "formulas",
        "frames",
        "engine",
        "toml",
        "errors",
        "_version",
    },
    "study": {
        "evidence",
        "leukaemia",
        "estimators",
        "sources",
        "formulas",
        "frames",
        "engine",
        "toml",
        "errors",
        "_version",
    },
    "report": {"frames", "errors", "_version"},
    "cli": {"report", "study", "evidence", "estimators", "sources", "frames", "errors", "_version"},
}
# A library that only some folders may import when they run; others may name it in annotations.
ONLY_IN = {
    "narwhals": {"frames"},
    "polars": {"frames"},
    "pandas": {"frames"},
    "formulaic": {"formulas"},
    "pyarrow": {"frames"},
    "pyreadstat": {"frames"},
    "pydantic": {"study", "evidence", "toml"},
    "python_calamine": {"study"},
    "sqlite3": {"study"},
    "duckdb": {"study"},
    "psycopg": {"study"},
    "matplotlib": {"report"},
    "great_tables": {"report"},
    "jinja2": {"report"},
    "docx": {"report"},
    "lxml": {"report"},
    "plutoprint": {"report"},
    "xlsxwriter": {"report"},
    "pdfminer": {"evidence"},
    "typer": {"cli"},
    "rich": {"cli"},
}
ENGINE_LIBRARIES = ("numpy", "scipy.special", "scipy.linalg", "scipy.sparse", "threadpoolctl")
HEAVY = (
    "polars",
    "pandas",
    "pyarrow",
    "matplotlib",
    "scipy.stats",
    "scipy.optimize",
    "formulaic",
    "statsmodels",
    "pydantic",
    "narwhals",
    "great_tables",
    "jinja2",
    "docx",
    "lxml",
    "plutoprint",
    "python_calamine",
    "pyreadstat",
    "sqlite3",
    "duckdb",
    "psycopg",
    "xlsxwriter",
    "pdfminer",
    "typer",
    "rich",
)


class Import(NamedTuple):
    """One imported name: where it stands, and whether it is there for the type checker only."""

    place: str
    folder: str
    name: str
    typing_only: bool


def imports(source: Path) -> Iterator[Import]:
    """Every import below `source`, those inside functions too."""
    for file in sorted(source.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        typing_only = _typing_only(tree)
        package = ["atrisk", *file.relative_to(source).parent.parts]
        folder = package[1] if len(package) > 1 else file.stem
        for node in ast.walk(tree):
            for name in _imported(node, package):
                place = f"{file.relative_to(source)}: {ast.unparse(node)}"
                yield Import(place, folder, name, typing_only=node in typing_only)


def _imported(node: ast.AST, package: list[str]) -> list[str]:
    """Full dotted names that one statement or `import_module` call imports."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            return [f"{stem}.{alias.name}" for alias in node.names]
        case ast.Call(
            func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return [name]
    return []


def _typing_only(tree: ast.Module) -> set[ast.AST]:
    blocks = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    )
    return {inner for block in blocks for child in block.body for inner in ast.walk(child)}


def wrong_arrows(source: Path) -> list[str]:
    """Imports that point up or sideways, or to a library that belongs elsewhere."""
    found = (f"{item.place}: {fault}" for item in imports(source) if (fault := _fault(item)))
    return list(found)


def _fault(item: Import) -> str | None:
    first, *rest = item.name.split(".")
    if item.folder == "__init__":
        return None
    if first == "atrisk":
        target = rest[0] if rest else "__init__"
        allowed = target == item.folder or target in BELOW.get(item.folder, set())
        return None if allowed else f"{item.folder} imports {item.name}"
    if item.folder == "engine":
        return None if _engine_may(item.name) else f"the engine imports {item.name}"
    if first in ONLY_IN and item.folder not in ONLY_IN[first] and not item.typing_only:
        return f"{item.folder} imports {item.name}, which only {sorted(ONLY_IN[first])} may"
    return None


def _engine_may(name: str) -> bool:
    is_listed = any(f"{name}.".startswith(f"{library}.") for library in ENGINE_LIBRARIES)
    return is_listed or name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def test_arrows_point_down() -> None:
    assert wrong_arrows(SOURCE) == []


def test_every_folder_has_a_layer() -> None:
    parts = {path.relative_to(SOURCE).parts[0] for path in SOURCE.rglob("*.py")}
    assert {Path(part).stem for part in parts} - {"__init__"} <= set(BELOW)


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("engine/a.py", "from atrisk.study import plan", "engine imports atrisk.study.plan"),
        ("engine/a.py", "def f():\n    import atrisk.frames", "engine imports atrisk.frames"),
        ("engine/a.py", "from ..sources import memory", "engine imports atrisk.sources.memory"),
        ("engine/a.py", "from scipy import stats", "the engine imports scipy.stats"),
        ("engine/a.py", "import scipy", "the engine imports scipy"),
        ("engine/a.py", "import polars as pl", "the engine imports polars"),
        ("report/a.py", "from atrisk.study.plan import x", "report imports atrisk.study.plan.x"),
        ("study/a.py", "from atrisk import report", "study imports atrisk.report"),
        ("estimators/a.py", "from atrisk import kaplan_meier", "estimators imports"),
        ("study/b/c.py", "from ...cli import main", "study imports atrisk.cli.main"),
        ("estimators/a.py", "import matplotlib.pyplot as plt", "estimators imports matplotlib"),
        ("cli/a.py", "import_module('polars')", "cli imports polars"),
        (
            "sources/a.py",
            "if TYPE_CHECKING:\n    from atrisk.estimators import x",
            "sources imports atrisk.estimators.x",
        ),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, file: str, text: str, fault: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True)
    planted.write_text(text)
    assert [fault in line for line in wrong_arrows(tmp_path)] == [True]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("engine/a.py", "import numpy as np\nfrom scipy import special\nfrom math import sqrt"),
        ("engine/a.py", "from scipy.linalg import solve\nfrom . import tally"),
        ("frames/files.py", "def f():\n    import polars as pl"),
        ("estimators/a.py", "if TYPE_CHECKING:\n    import polars as pl"),
        ("cli/a.py", "from atrisk.report import write_report\nimport typer"),
        ("__init__.py", "from atrisk.estimators import x"),
    ],
)
def test_an_allowed_import_is_left_alone(tmp_path: Path, file: str, text: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text)
    assert wrong_arrows(tmp_path) == []


def loaded_by(statement: str) -> set[str]:
    """Names of the modules that a fresh interpreter loads for one statement."""
    command = [sys.executable, "-X", "importtime", "-c", statement]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {row.rpartition("|")[2].strip() for row in rows}


def heavy(modules: set[str]) -> list[str]:
    return sorted(
        name for name in modules if any(f"{name}.".startswith(f"{lead}.") for lead in HEAVY)
    )


def test_importing_atrisk_loads_nothing_heavy() -> None:
    modules = loaded_by("import atrisk")
    assert "atrisk" in modules
    assert heavy(modules) == []


def test_a_heavy_import_would_be_seen() -> None:
    assert "jinja2" in heavy(loaded_by("import atrisk, jinja2"))


PUBLIC = [name for name in atrisk.__all__ if name != "__version__"]


def test_all_is_sorted_and_has_no_name_twice() -> None:
    assert list(atrisk.__all__) == sorted(set(atrisk.__all__))


def test_all_is_complete() -> None:
    """What the estimators hand on, and what the package can give, is in `__all__`."""
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    named = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("atrisk")
        for alias in node.names
    }
    assert named == set(atrisk.__all__)
    assert set(dir(atrisk)) == set(atrisk.__all__)


def test_every_estimator_is_public() -> None:
    found = {
        node.name
        for file in (SOURCE / "estimators").glob("*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and node.args.args
        and ast.unparse(node.args.args[0]) == "h: Source"
        and not node.name.startswith("_")
    }
    assert "kaplan_meier" in found
    assert found <= set(atrisk.__all__)


@pytest.mark.parametrize("name", atrisk.__all__)
def test_a_public_name_resolves(name: str) -> None:
    assert getattr(atrisk, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="kaplan_mayer"):
        getattr(atrisk, "kaplan_mayer")  # noqa: B009 - the type checker would stop the plain form


def public_calls() -> Iterator[tuple[str, Callable[..., object]]]:
    """Functions of `__all__`, and public methods that its classes define."""
    for name in PUBLIC:
        item = getattr(atrisk, name)
        if not inspect.isclass(item):
            yield name, item
            continue
        for method, value in vars(item).items():
            call = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if inspect.isfunction(call) and not method.startswith("_"):
                yield f"{name}.{method}", call


@pytest.mark.parametrize(("name", "call"), list(public_calls()))
def test_a_public_call_says_what_it_takes_and_gives(name: str, call: Callable[..., object]) -> None:
    text = inspect.getdoc(call) or ""
    arguments = [p for p in inspect.signature(call).parameters if p not in {"self", "cls"}]
    assert text, f"{name} has no docstring"
    if arguments:
        assert re.search(r"^Parameters\n-+$", text, re.MULTILINE), f"{name}: no Parameters"
        assert re.search(r"^Returns\n-+$", text, re.MULTILINE), f"{name}: no Returns"
        missing = [p for p in arguments if not re.search(rf"\b{p}\b", text)]
        assert missing == [], f"{name} does not explain {missing}"


@pytest.mark.parametrize("name", [n for n in PUBLIC if inspect.isclass(getattr(atrisk, n))])
def test_a_public_class_says_what_it_holds(name: str) -> None:
    item = getattr(atrisk, name)
    text = inspect.getdoc(item) or ""
    assert text
    assert not text.startswith(f"{name}(")  # what dataclass writes where there is no docstring
    if dataclasses.is_dataclass(item):
        fields = [f.name for f in dataclasses.fields(item) if not f.name.startswith("_")]
        assert [f for f in fields if not re.search(rf"\b{f}\b", text)] == []


INITS = sorted(SOURCE.rglob("__init__.py"))


def definitions(tree: ast.Module, *, top: bool) -> list[str]:
    """Statements of an `__init__.py` that do more than hand names on."""
    return [ast.unparse(node).splitlines()[0] for node in tree.body if not _hands_on(node, top)]


def _hands_on(node: ast.stmt, top: bool) -> bool:  # noqa: FBT001 - one private flag
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body)
        case ast.FunctionDef(name="__getattr__" | "__dir__"):
            return top
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict()):
            return top and name.startswith("_")  # where each lazy name lives
    return False


@pytest.mark.parametrize("file", INITS, ids=lambda file: str(file.relative_to(SOURCE)))
def test_an_init_defines_nothing(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert definitions(tree, top=file.parent == SOURCE) == []


def test_a_planted_definition_is_found() -> None:
    tree = ast.parse('"""Doc."""\nfrom a import b\n__all__ = ["b"]\ndef f():\n    return b\nx = 1')
    assert definitions(tree, top=False) == ["def f():", "x = 1"]


LOCAL = re.compile(r"(?<![\w.:/~$}-])/(work|root|home|tmp|Users)/\w")
TEXT = {".py", ".R", ".md", ".toml", ".csv", ".txt", ".html", ".css", ".json", ".yml", ""}


def texts() -> Iterator[Path]:
    """Files that people read, below the folders that the repository keeps."""
    folders = [ROOT / name for name in ("src", "tests", "benchmarks", "docs", "examples", ".ci")]
    files = [file for folder in folders for file in folder.rglob("*")]
    for file in [*files, *ROOT.glob("*.md"), *ROOT.glob("*.toml")]:
        if file.is_file() and file.suffix in TEXT and "__pycache__" not in file.parts:
            yield file


def test_no_path_of_one_machine_is_named() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in texts()
        if (match := LOCAL.search(file.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


def test_a_planted_path_is_found() -> None:
    folder = "/{}/me"  # filled in below, so that this file passes its own check
    assert LOCAL.search("see " + folder.format("home"))
    assert not LOCAL.search("https://example.org" + folder.format("home"))
