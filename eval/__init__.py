"""How good the answers are: retrieval measured over exact neighbours, by the study's protocol.

Import from its modules (`from eval.metrics import P`), never `import eval`: the name is also a
built-in function's.
"""
