"""The report of a library: one page that needs no network, a section a file.

`make_report` measures and writes; a section is a function of what is `Measured` to a `Section`.
"""

from eval.report.making import SECTIONS, make_report
from eval.report.measured import Request

__all__ = ["SECTIONS", "Request", "make_report"]
