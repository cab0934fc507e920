"""Connections to providers: the only place that opens a socket to one."""
