"""Pooled studies: pool files, and the documents that `atrisk pool` makes of them."""

from atrisk.evidence.pool.models import SCHEMA, PoolFile
from atrisk.evidence.pool.run import json_schema, pool_file, pool_plan

__all__ = ["SCHEMA", "PoolFile", "json_schema", "pool_file", "pool_plan"]
