"""Keras 3 on JAX.

Measured on JAX 0.10: neither the import nor symbolic building starts a thread, as long as no array is made. The first
one makes the client of XLA with a thread pool, which does not survive a fork.
"""

from __future__ import annotations

import os
from typing import Any

from .backend import gpu_hidden
from .deferral import defer_variables


class Jax:
    """JAX (implements Backend)."""

    name = "jax"

    def defer_variables(self) -> bool:
        """Give variables their values when they are read; False where this Keras has no place for that."""
        import jax
        from keras.src.backend.common import global_state
        from keras.src.backend.jax import core

        if core.Variable is not getattr(core, "JaxVariable", core.Variable):
            return False  # those of Flax keep their values elsewhere

        def placed() -> bool:
            return global_state.get_global_attribute("distribution") is not None

        return defer_variables(core.Variable, jax.ensure_compile_time_eval, placed)

    def ready(self) -> None:
        """There is nothing to do."""

    def device_name(self) -> str:
        """Return ``gpu`` where JAX was left to see one, else ``cpu``; does not initialise any device."""
        platforms = os.environ.get("JAX_PLATFORMS", "")
        return "cpu" if gpu_hidden() or platforms == "cpu" else "gpu"

    def fork_obstacle(self) -> str:
        """Tell of clients of XLA, whose threads do not survive a fork."""
        from jax._src import xla_bridge

        bridge: Any = xla_bridge
        return "a client of XLA was made in the host" if bridge.backends_are_initialized() else ""
