"""The routing table and what changes it: edits, catalogues, retirements, prices."""
