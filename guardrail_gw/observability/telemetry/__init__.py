"""Spans and measurements for a receiver of the operator's; the extra `otel`.

The exchange is described once it is over and on record, by what its journal says, in a thread of
its own; nothing here can hold up a request, or change what becomes of it.
"""
