"""Rules that turn what an evaluation saw into diagnostics; one file per code."""

from shapelens.diagnostics.registry import RULES, diagnose

__all__ = ["RULES", "diagnose"]
