"""How hypothesis draws: few examples, since there are many properties."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("atrisk", max_examples=30, deadline=None)
settings.load_profile("atrisk")
