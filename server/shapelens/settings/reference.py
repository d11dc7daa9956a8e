"""What documentation says of the settings: ``python -m shapelens.settings.reference`` writes it anew.

The table in the README stands between two comments there; the extension for VS Code has the same settings as
``contributes.configuration`` of its ``package.json``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from shapelens.settings.keys import KEYS, Key
from shapelens.settings.model import SECTION

README = Path(__file__).parents[3] / "README.md"
MANIFEST = Path(__file__).parents[3] / "vscode-client" / "package.json"
_TABLE = re.compile(r"(<!-- settings -->\n).*?(<!-- end of settings -->)", re.DOTALL)


def listed(readme: str) -> str:
    """Return the README with its table of settings made anew."""
    rows = ["| setting | default | project | what it does |", "|---|---|---|---|"]
    for key in KEYS.values():
        if key.documented:
            project = "yes" if key.of_project is not None else "no"
            rows.append(f"| `{key.name}` | {_default(key)} | {project} | {_meaning(key)} |")
    return _TABLE.sub(lambda found: found.group(1) + "\n".join(rows) + "\n" + found.group(2), readme)


def configuration() -> dict[str, Any]:
    """Return what the manifest of an extension for VS Code contributes as its configuration."""
    properties = {
        f"{SECTION}.{key.name}": {
            **key.kind.schema,
            "default": "" if key.default is None else _plain(key.default),
            "markdownDescription": key.meaning,
            "scope": key.scope.value,
            "order": position,
        }
        for position, key in enumerate(KEYS.values(), 1)
        if key.in_form
    }
    return {"title": "ShapeLens", "properties": properties}


def with_configuration(manifest: str) -> str:
    """Return the manifest of the extension with its configuration made anew and everything else as it was.

    Settings that the server does not have are the extension's own, and stay behind those that it has.
    """
    plain = json.loads(manifest)
    contributes = plain.setdefault("contributes", {})
    made, before = configuration(), contributes.get("configuration", {})
    ours = {f"{SECTION}.{name}" for name in KEYS}
    own = {name: item for name, item in before.get("properties", {}).items() if name not in ours}
    contributes["configuration"] = {**before, "title": made["title"], "properties": {**made["properties"], **own}}
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def _default(key: Key) -> str:
    return key.without or f"`{json.dumps(_plain(key.default)).strip(chr(34))}`"


def _plain(value: Any) -> Any:
    # JSON has one kind of numbers, and other programs write a whole one without a point.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _meaning(key: Key) -> str:
    words = key.kind.schema.get("enum", ())
    meanings = zip(words, key.kind.schema.get("markdownEnumDescriptions", ()), strict=True)
    return " ".join([key.meaning, *(f"`{word}`: {meaning[0].lower()}{meaning[1:]}" for word, meaning in meanings)])


def main() -> None:
    """Write the table, and the configuration where the extension lies beside."""
    README.write_text(listed(README.read_text("utf-8")), encoding="utf-8")
    if MANIFEST.exists():
        MANIFEST.write_text(with_configuration(MANIFEST.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
