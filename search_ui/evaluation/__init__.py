"""Evaluations that were made, as what is shown of them: frozen view models, without a browser.

Runs are read from the JSON that the catalog keeps. Another version may have written them: what
does not have the shape that is known is shown as it is (`parts.Unread`), never an error.
"""
