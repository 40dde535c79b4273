"""Who may see the search page: signing in, and the gate before everything that is served."""
