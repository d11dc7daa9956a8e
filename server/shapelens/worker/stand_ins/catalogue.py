"""The list of all stand-ins.

All are imported here, and so in the host: a child may not read this package. They import their library when they are
applied.
"""

from __future__ import annotations

from typing import Tuple

from . import (
    array_creation,
    array_files,
    command_line,
    file_system,
    images,
    keras_datasets,
    keras_utilities,
    network,
    notebooks,
    plotting,
    pretrained,
    processes_started,
    progress_bars,
    random_arrays,
    saved_models,
    saved_models_keras2,
    tensorflow_arrays,
    tensorflow_datasets,
    tensorflow_files,
    tracking,
    waiting,
)
from .model import StandIn


def stand_ins() -> Tuple[StandIn, ...]:
    """Return every stand-in, in the order in which they are applied."""
    return (
        *file_system.STAND_INS,
        *array_files.STAND_INS,
        *array_creation.STAND_INS,
        *keras_datasets.STAND_INS,
        *keras_utilities.STAND_INS,
        *pretrained.STAND_INS,
        *random_arrays.STAND_INS,
        *tensorflow_arrays.STAND_INS,
        *tensorflow_datasets.STAND_INS,
        *command_line.STAND_INS,
        *images.STAND_INS,
        *network.STAND_INS,
        *notebooks.STAND_INS,
        *plotting.STAND_INS,
        *processes_started.STAND_INS,
        *progress_bars.STAND_INS,
        *saved_models.STAND_INS,
        *saved_models_keras2.STAND_INS,
        *tensorflow_files.STAND_INS,
        *tracking.STAND_INS,
        *waiting.STAND_INS,
    )
