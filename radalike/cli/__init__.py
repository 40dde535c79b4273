"""The command line: one command, `radalike`; front doors add their sub-commands to it."""
