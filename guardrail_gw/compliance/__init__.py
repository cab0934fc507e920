"""Evidence for assessments: controls, the clauses they support, and checks by machine.

The word for a result is `pass`, `fail` or `not tested`; whether a law is kept is for people to say.
"""
