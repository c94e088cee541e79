"""The audit: every number of a paper held against the arithmetic of the others."""

from atrisk.evidence.audit.papers import audit_papers, paper_files
from atrisk.evidence.audit.rules import rule_sentences
from atrisk.evidence.audit.run import audit

__all__ = ["audit", "audit_papers", "paper_files", "rule_sentences"]
