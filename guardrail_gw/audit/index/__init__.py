"""The auditor's index of a log: what makes a million records searchable in a moment.

It is made where the private key is, and lies in a file of its own, never in the log. What the file
gives away without the key is in docs/audit-review.md, "What lies on disk".
"""
