"""The report: one HTML file for stakeholders, with everything it needs inside it."""

from router.report.page import render
from router.report.subject import Report, whole_days

__all__ = ["Report", "render", "whole_days"]
