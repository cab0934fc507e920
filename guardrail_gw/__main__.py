"""`python -m guardrail_gw` is `guardrail-gw`."""

from guardrail_gw.cli.begin import main

main()
