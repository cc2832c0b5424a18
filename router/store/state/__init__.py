"""What all processes on one database share: cooldowns, edits of the table, catalogues and allowances."""
