"""Command lines: argparse, absl's flags and app, Typer, Click, Fire.

Replaced: the exit of a program that lacks an argument. Kept true: defaults, types and actions, which the libraries
apply themselves; where a command has to be chosen, the first is. An argument that must be given and is not has a
value that cannot be used: the expression that uses it is not evaluated, and says which argument it is.
"""

from __future__ import annotations

import functools
import inspect
import sys
from types import ModuleType
from typing import Any, Callable, Dict, List, Tuple

from ..unknown import Unknown, UnknownUsed
from .missing_value import MissingValue
from .model import StandIn
from .silent import SilentModule, nothing

# --- argparse -----------------------------------------------------------------------------------------------------


def _argparse(argparse: Any) -> None:
    original = argparse.ArgumentParser.parse_known_args
    commands = argparse._SubParsersAction

    @functools.wraps(original)
    def parse_known_args(parser: Any, args: Any = None, namespace: Any = None) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        required = [action for action in parser._actions if action.required]
        groups = [group for group in parser._mutually_exclusive_groups if group.required]
        choices = [action for action in parser._actions if isinstance(action, commands)]
        if args is None and choices and not any(word in action.choices for action in choices for word in given):
            given.extend(next(iter(action.choices)) for action in choices if action.choices)
        for item in (*required, *groups):
            item.required = False
        try:
            parsed, rest = original(parser, given, namespace)
        finally:
            for item in (*required, *groups):
                item.required = True
        for action in required:
            if getattr(parsed, action.dest, None) is None and action.dest != argparse.SUPPRESS:
                setattr(parsed, action.dest, MissingValue(_argument_name(action)))
        return parsed, rest

    argparse.ArgumentParser.parse_known_args = parse_known_args


def _argument_name(action: Any) -> str:
    return str(max(action.option_strings, key=len) if action.option_strings else action.metavar or action.dest)


def _json(encoder: Any) -> None:
    """Let a value that is missing be one, where a program writes its settings down."""
    original = encoder.JSONEncoder.default

    @functools.wraps(original)
    def default(self: Any, o: Any) -> Any:
        if isinstance(o, MissingValue):
            o._use()
        if isinstance(o, Unknown):
            raise UnknownUsed(o)
        return original(self, o)

    encoder.JSONEncoder.default = default


# --- absl ---------------------------------------------------------------------------------------------------------


class _Flags:
    """Runs programs that are built on ``absl.app``."""

    def __init__(self) -> None:
        self._required: List[Tuple[str, Any]] = []

    def mark_required(self, flag_name: str, flag_values: Any = None) -> None:
        """Note a flag that has to be given, instead of failing without it."""
        if flag_values is None:
            flag_values = sys.modules["absl.flags"].FLAGS
        self._required.append((getattr(flag_name, "name", flag_name), flag_values))

    def mark_all_required(self, flag_names: Any, flag_values: Any = None) -> None:
        """Note several flags."""
        for name in flag_names:
            self.mark_required(name, flag_values)

    def run(self, main: Callable[..., Any], argv: Any = None, flags_parser: Any = None, **_: Any) -> None:
        """Parse the flags, and call the program's function; it does not end the program."""
        words = sys.argv if argv is None else argv
        if flags_parser is None:
            rest = sys.modules["absl.flags"].FLAGS(words, known_only=True)
        else:
            rest = flags_parser(words)
        for name, values in self._required:
            if values[name].value is None:
                values[name].value = MissingValue(f"--{name}")
        main(rest)


@functools.cache
def _flags() -> _Flags:
    return _Flags()


def _absl_flags(flags: Any) -> None:
    for owner in (flags, flags._validators):
        owner.mark_flag_as_required = _flags().mark_required
        owner.mark_flags_as_required = _flags().mark_all_required


def _absl_app(app: Any) -> None:
    app.run = _flags().run


def _tensorflow_app(tensorflow: Any) -> None:
    app = getattr(getattr(getattr(tensorflow, "compat", None), "v1", None), "app", None)
    if app is not None:
        app.run = lambda main=None, argv=None: _flags().run(main or sys.modules["__main__"].main, argv)


# --- functions run as commands ------------------------------------------------------------------------------------


class _Parameter:
    """Stands for what ``typer.Option`` and ``typer.Argument`` return."""

    def __init__(self, default: Any = ..., *names: str, **keywords: Any) -> None:
        factory = keywords.get("default_factory")
        self.default = factory() if factory is not None else default


def call_with_defaults(function: Callable[..., Any]) -> Any:
    """Call a function with the defaults of its parameters; those without one get values that cannot be used."""
    given: Dict[str, Any] = {}
    positional: List[Any] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        default = parameter.default
        for note in getattr(parameter.annotation, "__metadata__", ()):
            if default is parameter.empty and isinstance(note, _Parameter):
                default = note.default
        if isinstance(default, _Parameter):
            default = default.default
        if default is parameter.empty or default is ...:
            default = MissingValue(parameter.name)
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(default)
        else:
            given[parameter.name] = default
    return function(*positional, **given)


class _Typer:
    """Stands for ``typer.Typer``: called, it runs its callback and its first command."""

    def __init__(self, *_: Any, callback: Any = None, **__: Any) -> None:
        self._callback = callback
        self._commands: List[Callable[..., Any]] = []
        self._groups: List[_Typer] = []

    def command(self, *_: Any, **__: Any) -> Callable[[Any], Any]:
        """Take a function as a command."""

        def take(function: Any) -> Any:
            self._commands.append(function)
            return function

        return take

    def callback(self, *_: Any, **__: Any) -> Callable[[Any], Any]:
        """Take a function that runs before the command."""

        def take(function: Any) -> Any:
            self._callback = function
            return function

        return take

    def add_typer(self, group: _Typer, *_: Any, **__: Any) -> None:
        """Take a group of commands."""
        self._groups.append(group)

    def __call__(self, *_: Any, **__: Any) -> None:
        if self._callback is not None:
            call_with_defaults(self._callback)
        if self._commands:
            call_with_defaults(self._commands[0])
        elif self._groups:
            self._groups[0]()


def _typer(name: str) -> ModuleType:
    module = SilentModule(name)
    if name == "typer":
        module.__dict__.update(
            Typer=_Typer,
            Option=_Parameter,
            Argument=_Parameter,
            run=call_with_defaults,
            Exit=SystemExit,
            Abort=SystemExit,
        )
    return module


def _fire(name: str) -> ModuleType:
    module = SilentModule(name)
    module.__dict__["Fire"] = _run_component
    return module


def _run_component(component: Any = None, *_: Any, **__: Any) -> Any:
    return call_with_defaults(component) if callable(component) else None


def _click(click: Any) -> None:
    core = getattr(click, "core", click)

    def main(command: Any, *_: Any, **keywords: Any) -> Any:
        with core.Context(command, info_name=command.name or "program", **keywords.get("context", {})) as context:
            return _invoke(core, command, context)

    core.Command.main = main
    core.Command.__call__ = main


def _invoke(core: Any, command: Any, context: Any) -> Any:
    values = {}
    for parameter in command.params:
        value = parameter.get_default(context)
        if value is None or type(value).__name__ == "Sentinel":  # Click 8.2 and later mark what is not set
            value = () if parameter.multiple else None
            if parameter.required:
                value = MissingValue(parameter.human_readable_name)
        else:
            value = parameter.type_cast_value(context, value)
        if parameter.expose_value:
            values[parameter.name] = value
    context.params = values
    result = command.callback(**values) if command.callback is not None else None
    commands = getattr(command, "commands", None)
    if commands:
        first = next(iter(commands.values()))
        with core.Context(first, info_name=first.name, parent=context) as below:
            return _invoke(core, first, below)
    return result


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("argparse", _argparse),
    StandIn("json.encoder", _json),
    StandIn("absl.flags", _absl_flags),
    StandIn("absl.app", _absl_app),
    StandIn("tensorflow", _tensorflow_app),
    StandIn("typer", nothing, _typer),
    StandIn("fire", nothing, _fire),
    StandIn("click", _click),
)
