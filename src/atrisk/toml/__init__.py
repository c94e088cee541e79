"""TOML files that people write: read, checked against a model, with each mistake at its line."""

from atrisk.toml.locate import TomlPath
from atrisk.toml.read import TomlFile, place, read_toml, validated

__all__ = ["TomlFile", "TomlPath", "place", "read_toml", "validated"]
