"""The command line: one file per noun. docs/cli.md lists commands and exit codes."""
