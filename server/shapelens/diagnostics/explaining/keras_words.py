"""The exceptions of Keras that recur and have no code of their own."""

from __future__ import annotations

from shapelens.diagnostics.explaining.class_numbers import class_numbers, scalars
from shapelens.diagnostics.explaining.explanation import first_of
from shapelens.diagnostics.explaining.training_data import training_data
from shapelens.diagnostics.explaining.unready import arguments, unready

keras_words = first_of(class_numbers, training_data, unready, arguments, scalars)
"""Asked in turn; each knows its words."""
