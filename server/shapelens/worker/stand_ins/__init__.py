"""What replaces the costly and the forbidden during an evaluation: one file per library.

A stand-in keeps shapes, dtypes and structure true and costs next to nothing; where it cannot, it raises
``NotEvaluated`` with the reason. It trains nothing, downloads nothing, writes nothing and waits for nothing.
"""
