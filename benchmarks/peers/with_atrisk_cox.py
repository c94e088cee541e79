"""A plain Cox fit by atrisk, beside its longer work on the same rows."""

from __future__ import annotations

from peers.call import Call
from peers.with_atrisk import cause_cox, cox, vector

NAME = "atrisk"

CALLS = {
    "cox_cluster": Call(lambda c: (c["model_days"], c["model_event"], c["x10"]), cox, vector),
    "fine_gray": Call(
        lambda c: (c["model_days"], c["model_cause"], c["x10"]), cause_cox, lambda _: []
    ),
}
