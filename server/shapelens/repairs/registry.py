"""Every kind of repair, and the one function that asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shapelens.repairs import (
    add_channel_axis,
    add_leading_axis,
    change_input_shape,
    change_units,
    concatenate_axis,
    embedding_size,
    generator_mode,
    insert_flatten,
    insert_input,
    insert_repeat_vector,
    label_encoding,
    loss_choice,
    match_lengths,
    padding_same,
    project_residual,
    reshape_target,
    return_sequences,
    strides_tuple,
    target_axes,
    transpose_axes,
    transpose_matmul,
)
from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem

Kind = Callable[[Problem], Iterator[Candidate]]

KINDS: tuple[Kind, ...] = (
    loss_choice.candidates,
    label_encoding.candidates,
    insert_flatten.candidates,
    change_units.candidates,
    add_leading_axis.candidates,
    change_input_shape.candidates,
    transpose_axes.candidates,
    add_channel_axis.candidates,
    generator_mode.candidates,
    return_sequences.candidates,
    insert_repeat_vector.candidates,
    strides_tuple.candidates,
    padding_same.candidates,
    project_residual.candidates,
    concatenate_axis.candidates,
    reshape_target.candidates,
    insert_input.candidates,
    transpose_matmul.candidates,
    target_axes.candidates,
    embedding_size.candidates,
    match_lengths.candidates,
)


def candidates_for(problem: Problem) -> Iterator[Candidate]:
    """Yield what may mend a problem; each kind tells by itself whether it applies."""
    for candidates in KINDS:
        yield from candidates(problem)
