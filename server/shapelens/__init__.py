"""ShapeLens: exact shapes for Keras and TensorFlow code, found by evaluating it."""

__version__ = "0.1.0"
