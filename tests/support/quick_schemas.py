"""Import it before what imports jsonschema: its grammar of international addresses is not made.

Where a library that knows them is installed, making it takes each process of tests a second, and no
test asks for one (core/spared.py).
"""

from importlib import import_module

from guardrail_gw.core.spared import BY_SCHEMAS, spared

with spared(BY_SCHEMAS):
    import_module("jsonschema")
