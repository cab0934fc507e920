"""Pages for one browser: an auditor's log on the auditor's own machine, and calls that wait."""
