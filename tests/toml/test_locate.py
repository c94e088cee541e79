from __future__ import annotations

import tomllib

import pytest

from atrisk.toml.locate import TomlPath, toml_lines
from study_kit import BMT

TEXT = """\
# comment = "no"
top = 1

[data]
file = "a # b.csv"  # c = 1
"quoted key" = 'x'
a.b = [1, [2,
  3], { c = 4, d = "]}" },
]
text = \"\"\"
[not.a.table]
key = "no" \\\"\"\" \"\"\"\"\"
after = '''
raw = 1'''
last = 2024-01-01

[[list]]
id = "one"
[list.inner]
k = 1
[[list.deep]]
z = 0
[[list]]
id = "two"
[[list.deep]]
z = 1
[[list.deep]]
z = 2
"""


def paths(node: object, path: TomlPath = ()) -> list[TomlPath]:
    found = [path] if path else []
    if isinstance(node, dict):
        for key, child in node.items():
            found += paths(child, (*path, key))
    if isinstance(node, list):
        for index, child in enumerate(node):
            found += paths(child, (*path, index))
    return found


@pytest.mark.parametrize("text", [TEXT, (BMT / "study.toml").read_text(encoding="utf-8")])
def test_every_path_has_a_line(text: str) -> None:
    assert set(toml_lines(text)) == set(paths(tomllib.loads(text)))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("data",), 4),
        (("data", "file"), 5),
        (("data", "quoted key"), 6),
        (("data", "a"), 7),
        (("data", "a", "b", 1, 1), 8),
        (("data", "a", "b", 2, "d"), 8),
        (("data", "after"), 13),
        (("data", "last"), 15),
        (("list",), 17),
        (("list", 0, "id"), 18),
        (("list", 0, "inner", "k"), 20),
        (("list", 0, "deep", 0, "z"), 22),
        (("list", 1), 23),
        (("list", 1, "id"), 24),
        (("list", 1, "deep", 1, "z"), 28),
    ],
)
def test_the_line_is_that_of_the_key(path: TomlPath, line: int) -> None:
    assert toml_lines(TEXT)[path] == line


def test_windows_line_ends_count_once() -> None:
    assert toml_lines("a = 1\r\nb = 2\r\n") == {("a",): 1, ("b",): 2}
