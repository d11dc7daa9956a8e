"""The libraries whose exceptions are about tensors."""

from __future__ import annotations

FRAMEWORKS = frozenset(
    {
        "absl",
        "jax",
        "jaxlib",
        "keras",
        "keras_cv",
        "keras_hub",
        "keras_nlp",
        "keras_tuner",
        "ml_dtypes",
        "numpy",
        "optree",
        "tensorflow",
        "tensorflow_addons",
        "tensorflow_datasets",
        "tensorflow_hub",
        "tensorflow_probability",
        "tensorflow_text",
        "tf_keras",
        "torch",
        "tree",
    }
)
"""Top-level names: Keras, its backends, and what is built on them."""
