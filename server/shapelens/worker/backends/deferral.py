"""Variables of Keras 3 without values: how they come to wait, and who makes them when.

Facts, from keras/src/backend/common/variables.py (Keras 3.15) and measurement: a variable's value is made by
``_initialize_with_initializer``; while Keras infers shapes it works inside a StatelessScope, where reading a variable
without value yields a symbolic one from its initializer, which costs nothing. ``Dense(100000)`` on 100000 features so
takes 18 ms and no memory instead of 40 GB.
"""

from __future__ import annotations

from typing import Any, Callable, ContextManager

from .before_3_5 import add_place
from .initializers import InitializersThatCannotFail


def defer_variables(variable: Any, really: Callable[[], ContextManager[Any]], now: Callable[[], bool]) -> bool:
    """Make variables of a backend's class create their values when they are first read outside of shape inference.

    ``really`` gives a context in which operations compute even while something is traced, and ``now`` tells whether
    values have to be made at once. Returns False where this Keras has no place for that.
    """
    from keras.src.backend.common.stateless_scope import in_stateless_scope

    if not hasattr(variable, "_initialize_with_initializer") and not add_place(variable):
        return False
    initialize: Callable[..., None] = variable._initialize_with_initializer
    initialize_deferred: Callable[..., None] = variable._deferred_initialize
    assign: Callable[..., None] = variable._direct_assign
    read = variable.value.fget
    sure = InitializersThatCannotFail()

    def make(self: Any) -> None:
        # Taken away first: some backends assign the value to the variable by the methods below.
        initializer, self._initializer = self._initializer, None
        with really():
            initialize(self, initializer)

    def waits(self: Any) -> bool:
        # A variable made of a value is assigned it before it has the attribute.
        return self._initializer is not None and getattr(self, "_value", self) is None

    def _initialize_with_initializer(self: Any, initializer: Any) -> None:
        # One that may fail has to fail where the variable is made.
        if now() or not sure.fits(initializer, self._shape):
            initialize(self, initializer)
        else:
            self._value = None
            self._initializer = initializer

    def _deferred_initialize(self: Any) -> None:
        # Keras calls this for variables made in a StatelessScope; they can go on waiting.
        if self._value is not None or self._initializer is None:
            initialize_deferred(self)

    def value(self: Any) -> Any:
        if waits(self) and not in_stateless_scope():
            make(self)
        return read(self)

    def _direct_assign(self: Any, new: Any) -> None:
        if waits(self):
            make(self)
        assign(self, new)

    variable._initialize_with_initializer = _initialize_with_initializer
    variable._deferred_initialize = _deferred_initialize
    variable.value = property(value)
    variable._direct_assign = _direct_assign
    return True
