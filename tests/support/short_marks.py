"""What a program's comments ask of its short plain run."""

from __future__ import annotations

import ast
import io
import re
import shlex
import tokenize

_SET = re.compile(r"#\s*oracle:\s*set\s+(\w+)\s*=\s*(.+?)\s*$")
_ARGUMENTS = re.compile(r"#\s*oracle:\s*arguments\s+(.+?)\s*$")


class Marks:
    """What a program's comments ask of its short run: ``# oracle: set NAME = VALUE``, ``# oracle: arguments ...``."""

    def __init__(self, text: str) -> None:
        self.values: dict[str, str] = {}
        self.arguments: list[str] = []
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type != tokenize.COMMENT:
                continue
            if match := _SET.match(token.string):
                self.values[match[1]] = match[2]
            elif match := _ARGUMENTS.match(token.string):
                self.arguments = shlex.split(match[1])

    def applied(self, text: str) -> str:
        """Return the text with other values in the assignments to these names; nothing else moves.

        Raises ValueError for a name without such an assignment, and where the new value would move other code.
        """
        lines = text.split("\n")
        left = dict(self.values)
        for node in ast.walk(ast.parse(text)):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or len(targets) != 1 or node.value is None:
                continue
            name = getattr(targets[0], "id", "")
            if name not in self.values:
                continue
            value, line = node.value, node.value.lineno - 1
            if value.end_lineno != value.lineno:
                raise ValueError(f"oracle: set {name}: its value stands on more than one line")
            encoded = lines[line].encode("utf-8")
            after = encoded[value.end_col_offset or 0 :].decode("utf-8")
            size = (value.end_col_offset or 0) - value.col_offset
            if after.strip() and not after.lstrip().startswith("#") and len(self.values[name]) > size:
                raise ValueError(f"oracle: set {name}: the new value would move the rest of the line")
            before = encoded[: value.col_offset].decode("utf-8")
            lines[line] = before + self.values[name].ljust(size) + after
            left.pop(name, None)
        if left:
            raise ValueError(f"oracle: set {', '.join(left)}: nothing is assigned to that name")
        return "\n".join(lines)
