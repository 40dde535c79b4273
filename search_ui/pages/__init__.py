"""The pages: thin, one a file. A page is a function of what is served and who looks at it."""
