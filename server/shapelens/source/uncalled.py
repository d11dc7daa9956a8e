"""Code that a file defines and never calls, and the calls by which it can be evaluated all the same.

A call comes from a comment, else from the defaults of the parameters and from comments that give their shapes; a number
is never guessed. Told from the text alone; a text that does not parse has none.
"""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from shapelens.source.comments import CallComment, Comments, ShapeComment, read_comments
from shapelens.source.definitions import (
    Definition,
    Parameter,
    definitions,
    framework_names,
    loaded_names,
    span_of,
)
from shapelens.source.lines import Lines
from shapelens.worker.contract import ExtraCall, GivenShape, Location, Span

_HARMLESS_DECORATORS = frozenset(
    ("cache", "deprecated", "function", "lru_cache", "register_keras_serializable", "wraps", "with_name_scope")
)
"""Last names of decorators that leave a function callable as it is written."""

_NEVER_CALLED = frozenset(
    "download export log plot print save setup setupclass setupmodule show teardown test tests upload".split()
)
"""First words of names of functions that do something rather than make something."""

_TENSOR_NAMES = frozenset(
    "features hidden_states image images input input_tensor inputs key keys logits q k query queries sequence tensor "
    "tokens v value values x y_pred y_true".split()
)


@dataclass(frozen=True)
class Uncalled:
    """A function or class that nothing in its file calls."""

    name: str
    span: Span
    """The name in its definition."""
    body: Span
    """The definition, its decorators included."""
    calls: tuple[ExtraCall, ...] = ()
    by_comment: bool = False
    """Whether the calls are the user's own."""
    example: tuple[str, ...] = ()
    """Lines of comments to be filled in; none where a call is known."""


@dataclass(frozen=True)
class Outline:
    """What a file has besides the program that it runs."""

    functions: tuple[Uncalled, ...] = ()
    calls: tuple[ExtraCall, ...] = ()
    given: tuple[GivenShape, ...] = ()
    """Shapes of names that are no parameters."""


EMPTY = Outline()


@functools.lru_cache(maxsize=16)
def outline(path: str, text: str) -> Outline:
    """Return the code of a file that nothing in it calls, and the calls to evaluate."""
    comments = read_comments(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strings with strange escapes
            tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return EMPTY
    return _Outliner(path, Lines(text), tree, comments).outline()


def _reached(tree: ast.Module, known: dict[str, Definition], more: Iterable[str]) -> set[str]:
    """Return the names of definitions that the module's own statements lead to."""
    waiting = [*(name for name in loaded_names(tree.body, enter=False) if name in known), *more]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for other in known[name].loads if other in known]
    return found


class _Outliner:
    def __init__(self, path: str, lines: Lines, tree: ast.Module, comments: Comments) -> None:
        self._path = path
        self._lines = lines
        self._tree = tree
        self._comments = comments
        self._known = definitions(tree)
        self._shapes: dict[str, list[ShapeComment]] = {name: [] for name in self._known}
        """Shapes of parameters, by the definition that has them."""
        self._given: list[GivenShape] = []
        self._place_shapes()

    def outline(self) -> Outline:
        comment_calls = {name: self._comment_calls(name) for name in self._known}
        explicit = [name for name, calls in comment_calls.items() if calls]
        at_first = _reached(self._tree, self._known, ())
        if not self._comments.calls and at_first == self._known.keys():
            return Outline(given=tuple(self._given))
        reached = set(at_first)
        worth = self._worth_calling()
        found: dict[str, Uncalled] = {}
        for name in self._entries_first(reached):
            definition = self._known[name]
            told = comment_calls[name] or (self._shapes[name] and name not in at_first)
            if name in reached and not told:
                continue
            whole = replace(span_of(self._lines, definition.node), line=definition.first_line)
            uncalled = Uncalled(name, self._name_span(definition), whole)
            if comment_calls[name]:
                found[name] = replace(uncalled, calls=tuple(comment_calls[name]), by_comment=True)
            elif name in worth:
                call = self._call(definition)
                lines = () if call is not None and self._is_full(definition) else self._example(definition)
                found[name] = replace(uncalled, calls=(call,) if call else (), example=lines)
            if name in found and found[name].calls:
                reached |= _reached(self._tree, self._known, [name])
        loose = [call for comment in self._comments.calls for call in self._loose(comment, explicit)]
        ordered = sorted(found.values(), key=lambda item: item.span)
        calls = [call for item in ordered for call in item.calls] + loose
        return Outline(tuple(ordered), tuple(calls), tuple(self._given))

    # --- comments -----------------------------------------------------------------------------------------

    def _place_shapes(self) -> None:
        for comment in self._comments.shapes:
            definition = next((item for item in self._known.values() if self._belongs(comment.span, item)), None)
            if definition is not None and comment.name in {item.name for item in definition.tensors}:
                self._shapes[definition.name].append(comment)
                continue
            scope = span_of(self._lines, definition.node) if definition else None
            self._given.append(GivenShape(comment.name, comment.structure, self._at(comment.span), scope))

    def _belongs(self, span: Span, definition: Definition) -> bool:
        """Tell whether a comment stands in a definition, or right above it."""
        first = definition.first_line
        while first > 0 and self._lines[first - 1].lstrip().startswith("#"):
            first -= 1
        return first <= span.line <= definition.last_line

    def _comment_calls(self, name: str) -> list[ExtraCall]:
        definition = self._known[name]
        found = []
        for comment in self._comments.calls:
            if comment.function != name:
                continue
            expression, names = comment.expression, comment.names
            inputs = self._inputs(definition)
            if definition.is_class and inputs is not None and self._only_makes(comment):
                expression += f"({inputs})"
                names |= {item.name for item in self._shapes[name]}
            found.append(ExtraCall(expression, self._at(comment.span), self._values(names, name)))
        return found

    def _loose(self, comment: CallComment, explicit: Sequence[str]) -> Iterator[ExtraCall]:
        """Yield a call of something that the file does not define, such as an imported function."""
        if comment.function not in explicit:
            yield ExtraCall(comment.expression, self._at(comment.span), self._values(comment.names, ""))

    @staticmethod
    def _only_makes(comment: CallComment) -> bool:
        """Tell whether a comment makes an object of a class and does not call it."""
        node = ast.parse(comment.expression, mode="eval").body
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)

    def _values(self, names: Iterable[str], function: str) -> tuple[GivenShape, ...]:
        """Return the shapes that comments give for names, those that belong to the function first."""
        wanted = set(names)
        found: dict[str, GivenShape] = {}
        for item in self._shapes.get(function, ()):
            if item.name in wanted:
                found[item.name] = GivenShape(item.name, item.structure, self._at(item.span))
        for given in self._given:
            if given.name in wanted and given.scope is None:
                found.setdefault(given.name, given)
        return tuple(found.values())

    # --- calls that follow from the definition -------------------------------------------------------------

    def _call(self, definition: Definition) -> ExtraCall | None:
        """Return the call whose arguments follow from defaults and comments, or None where some do not."""
        made = self._arguments(definition.parameters, definition.name)
        if made is None or not definition.can_be_called:
            return None
        expression = f"{definition.name}({made})"
        inputs = self._inputs(definition) if definition.is_class else None
        if inputs is not None:
            expression += f"({inputs})"
        elif definition.is_class and not definition.has_init:
            return None
        shapes = self._shapes[definition.name]
        place = shapes[0].span if shapes else self._name_span(definition)
        given = self._values((item.name for item in shapes), definition.name)
        unsure = [*definition.parameters, *(definition.inputs if inputs is not None else ())]
        certain = not any(item.may_be_meant_to_be_given for item in unsure)
        return ExtraCall(expression, self._at(place), given, certain=bool(shapes) or certain)

    def _inputs(self, definition: Definition) -> str | None:
        """Return the arguments that a layer or model is called with, None where comments do not give them."""
        return self._arguments(definition.inputs, definition.name) if definition.inputs else None

    def _is_full(self, definition: Definition) -> bool:
        """Tell whether everything of a definition is reached by the call that follows from it."""
        return not definition.is_class or not definition.inputs or self._inputs(definition) is not None

    def _arguments(self, parameters: Sequence[Parameter], function: str) -> str | None:
        given = {item.name for item in self._shapes[function]}
        written: list[str] = []
        for item in parameters:
            if item.name in given:
                value = item.name
            elif item.has_default:
                continue
            elif item.value is not None:
                value = item.value
            else:
                return None
            # Keras wants the first input of a layer by its position.
            positional = item.positional and len(written) == 0 and item is parameters[0]
            written.append(value if positional or item.only_positional else f"{item.name}={value}")
        return ", ".join(written)

    def _example(self, definition: Definition) -> tuple[str, ...]:
        """Return the comments that would make a definition callable, with dots for what the user knows."""
        wanted = [item for item in (*definition.parameters, *definition.inputs) if item.must_be_given]
        if not definition.can_be_called or (not wanted and not definition.inputs):
            return ()
        given = {item.name for item in self._shapes[definition.name]}
        known = {item.name for item in definition.inputs} | _TENSOR_NAMES | definition.called_on
        tensors = [item.name for item in wanted if item.name in known]
        lines = [f"# shapelens: shape {name} = (None, ...)" for name in tensors if name not in given]
        values = [item.name for item in definition.parameters if item.must_be_given and item.name not in tensors]
        if values:
            parts: list[str] = []
            for item in definition.parameters:
                if item.must_be_given:
                    value = item.name if item.name in tensors else "..."
                    positional = item.only_positional or (item.positional and not parts and value != "...")
                    parts.append(value if positional else f"{item.name}={value}")
            lines.append(f"# shapelens: call {definition.name}({', '.join(parts)})")
        return tuple(lines)

    # --- which ---------------------------------------------------------------------------------------------

    def _worth_calling(self) -> set[str]:
        """Return the definitions that have to do with layers or tensors, themselves or through others of the file."""
        frameworks = framework_names(self._tree)
        worth = {name for name, item in self._known.items() if item.loads & frameworks}
        grown = True
        while grown:
            more = {name for name, item in self._known.items() if name not in worth and item.loads & worth}
            worth |= more
            grown = bool(more)
        return {name for name in worth if self._is_callable_kind(self._known[name])}

    def _is_callable_kind(self, definition: Definition) -> bool:
        if not definition.is_class:
            first_word = definition.name.strip("_").lower().partition("_")[0]
            if first_word in _NEVER_CALLED or definition.is_generator:
                return False
        return definition.decorators <= _HARMLESS_DECORATORS

    def _entries_first(self, reached: set[str]) -> list[str]:
        """Return the names so that what is used by other uncalled code comes behind that code."""
        unreached = [name for name in self._known if name not in reached]
        used = {
            other: sum(other in self._known[name].loads for name in unreached if name != other) for other in unreached
        }
        return sorted(self._known, key=lambda name: (used.get(name, 0) > 0, self._known[name].first_line))

    def _name_span(self, definition: Definition) -> Span:
        line = definition.node.lineno - 1
        text = self._lines[line]
        keyword = span_of(self._lines, definition.node).column
        column = text.find(definition.name, text.find(" ", keyword))
        return Span(line, column, line, column + len(definition.name))

    def _at(self, span: Span) -> Location:
        return Location(self._path, span)
