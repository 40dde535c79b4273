"""How many images of a class the index needs: P@1 against the size of the index.

An index of size s has s images of every class, or all where there are fewer. Drawn several times,
it tells how much depends on which images those are.
"""
