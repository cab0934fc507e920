"""The review console: an auditor's log in a browser, on the auditor's own machine."""
