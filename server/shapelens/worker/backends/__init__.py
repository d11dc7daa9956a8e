"""What differs between the backends of Keras, one module each."""

from __future__ import annotations

from typing import Tuple

from .backend import Backend
from .jax import Jax
from .tensorflow import TensorFlow
from .torch import Torch

BACKENDS: Tuple[Backend, ...] = (TensorFlow(), Jax(), Torch())


def backend_named(name: str) -> Backend:
    """Return a backend by the name that Keras has for it; raises KeyError for one that cannot train."""
    return {backend.name: backend for backend in BACKENDS}[name]


__all__ = ["BACKENDS", "Backend", "backend_named"]
