"""What is told of a call of a layer: where it stands, and what it was given and gave."""

from __future__ import annotations

import dataclasses
from typing import Optional

from .contract import Location, Observation, Role, Span
from .layer_book import CallState, Sighting
from .sites import Site, Target

_NOWHERE = Location("", Span(0, 0, 0, 0))


def of_layer(sighting: Sighting, state: CallState, site: Optional[Site]) -> Observation:
    """Return the observation of one call of a layer, at an expression of the user or inside of one."""
    observation = _inside(sighting, state)
    if site is None:
        return observation
    target = whole_target(site)
    return dataclasses.replace(
        observation,
        location=site.location,
        role=site.role,
        node=site.node,
        name=target.name if target else sighting.layer_name,
        created=sighting.created,
        built_in_place=sighting.created and site.called_at_once,
        target=target.span if target else None,
        via=state.via,
    )


def whole_target(site: Site) -> Optional[Target]:
    """Return the variable that the whole value of an expression is assigned to."""
    return next((target for target in site.targets if target.position is None), None)


def _inside(sighting: Sighting, state: CallState) -> Observation:
    """Return what is told of a layer that a library made, at the user's expression that led to its call."""
    return Observation(
        location=state.via[-1] if state.via else _NOWHERE,
        kind=sighting.kind,
        role=Role.INSIDE,
        node="",
        name=sighting.layer_name,
        type_name=sighting.type_name,
        layer_name=sighting.layer_name,
        output=state.output,
        input=state.input,
        parameters=sighting.parameters,
        trainable_parameters=sighting.trainable_parameters,
        via=state.via[:-1],
        assumed=state.assumed,
    )
