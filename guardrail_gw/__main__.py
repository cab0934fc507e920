"""`python -m guardrail_gw` is `guardrail-gw`."""

from guardrail_gw.cli.main import main

main()
