"""Keras 3 before 3.5: a place for making a variable's value where there was none.

There ``KerasVariable.__init__`` calls the initializer itself. But within a StatelessScope it leaves the value for
later, and that it does for every variable, once it is told that it is in one (keras/src/backend/common/variables.py of
Keras 3.1).
"""

from __future__ import annotations

import functools
from typing import Any, Callable


def add_place(variable: Any) -> bool:
    """Give a backend's class of variables ``_initialize_with_initializer``; False where its base is not as known."""
    from keras.src.backend.common import variables

    base: Any = getattr(variables, "KerasVariable", None)
    in_scope: Any = getattr(variables, "in_stateless_scope", None)
    if base is None or in_scope is None or not hasattr(base, "_deferred_initialize"):
        return False
    create: Callable[..., None] = base.__init__
    making = [False]

    def in_stateless_scope() -> bool:
        return making[0] or bool(in_scope())

    @functools.wraps(create)
    def __init__(self: Any, initializer: Any, shape: Any = None, *arguments: Any, **keywords: Any) -> None:
        from keras.src import initializers

        if isinstance(initializer, str):
            initializer = initializers.get(initializer)
        waits = callable(initializer) and shape is not None and not in_scope()
        making[0] = waits
        try:
            create(self, initializer, shape, *arguments, **keywords)
        finally:
            making[0] = False
        if waits:
            self._initializer = None
            self._initialize_with_initializer(initializer)

    def _initialize_with_initializer(self: Any, initializer: Any) -> None:
        self._initialize(initializer(self._shape, dtype=self._dtype))

    variables.in_stateless_scope = in_stateless_scope
    base.__init__ = __init__
    variable._initialize_with_initializer = _initialize_with_initializer
    return True
