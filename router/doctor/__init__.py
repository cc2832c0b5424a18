"""`python -m router doctor`: why does it not work? Each thing that may be at fault looked at, with what to do."""

from router.doctor.examination import examine
from router.doctor.findings import Finding, Verdict, has_fault

__all__ = ["Finding", "Verdict", "examine", "has_fault"]
