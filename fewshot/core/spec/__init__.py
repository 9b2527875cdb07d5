"""`RunSpec`, the value that a run is: its fields, its plain form and id, and what it is measured on."""
