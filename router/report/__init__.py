"""The report: one HTML file for stakeholders, with everything it needs inside it."""

from router.report.page import Report, render, whole_days

__all__ = ["Report", "render", "whole_days"]
