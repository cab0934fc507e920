"""Answers that break off and go on elsewhere: what was said, how it is asked for, where it joins.

Nothing here does I/O; `routing.enduring` asks (docs/adr/0040).
"""
