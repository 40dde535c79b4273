"""One search: what is asked for, what is found, and what is done with it. No widgets."""
