"""Approximate search against exact search: what each setting of an index finds, and how fast."""

from eval.ann.evaluate import SHARES, evaluate_ann
from eval.ann.report import AnnReport, as_json
from eval.ann.settings import Setting, default_settings, parse_setting

__all__ = [
    "SHARES",
    "AnnReport",
    "Setting",
    "as_json",
    "default_settings",
    "evaluate_ann",
    "parse_setting",
]
