"""Symbolic steps: ``fit``, ``evaluate``, ``predict`` and their kin without training.

Keras' own methods run, with their own validation and messages; what is replaced is the data's way into them (one batch
that has only shapes), the compiled step (traced once into a graph that nobody runs) and the optimizer's update. One
module per backend; ``progress`` is what all of them share with the rest of the evaluation.
"""
