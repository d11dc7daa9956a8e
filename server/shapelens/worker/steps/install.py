"""Chooses the steps of the backend that Keras runs on.

All are imported here, and so in the host: a child may not read this package. They import their backend when they are
installed.
"""

from __future__ import annotations

import sys
from typing import Any, Callable

from ..generations import Keras3, keras_backend, loaded_generations
from .declared_models import CallDeclared, DeclaredModels
from .eager_calls import EagerCalls
from .jax_trainer import JaxTrainerSteps
from .progress import Progress
from .symbolic_gradients import SymbolicGradients
from .symbolic_graph import SymbolicGraphs
from .symbolic_variables import SymbolicVariables
from .tensorflow_functions import TensorFlowFunctions
from .tensorflow_trainer import TensorFlowTrainerSteps
from .torch_trainer import TorchTrainerSteps
from .trainings import Trainings


def install_steps(
    progress: Progress,
    callbacks_not_run: Callable[[Any], None],
    call_declared: CallDeclared,
    trainings: Trainings,
) -> None:
    """Make training symbolic for the process of an evaluation.

    ``callbacks_not_run`` is told of each callback, ``call_declared`` of calls of layers that go without being made;
    ``trainings`` watch the calls that train.
    """
    if not isinstance(loaded_generations()[0], Keras3) or "keras.src.tree" not in sys.modules:
        return  # Keras before 3.3 has no place for them: training is real there, within the budget
    if keras_backend() == "tensorflow":
        graphs = SymbolicGraphs()
        variables, gradients = SymbolicVariables(graphs), SymbolicGradients(graphs, progress.step)
        variables.install()
        gradients.install()
        models = DeclaredModels(graphs, call_declared)
        models.install()
        EagerCalls(progress, graphs, variables, gradients).install()
        TensorFlowFunctions(progress, graphs, models).install()
        TensorFlowTrainerSteps(progress, graphs, models, callbacks_not_run).install()
    elif keras_backend() == "jax":
        JaxTrainerSteps(progress, callbacks_not_run).install()
    elif keras_backend() == "torch":
        TorchTrainerSteps(progress, callbacks_not_run).install()
    trainings.install()
