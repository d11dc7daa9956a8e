"""What is generated is up to date: the reference, the README's lists, the settings of the extension for VS Code."""

from __future__ import annotations

import json

import pytest

from shapelens.diagnostics import RULES
from shapelens.diagnostics import reference as diagnostics
from shapelens.diagnostics.reference import PAGE, README, page
from shapelens.settings import reference as settings
from shapelens.settings.keys import KEYS
from shapelens.settings.reading import parse
from shapelens.settings.reference import MANIFEST, configuration, with_configuration


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "make reference"
    assert all(f"\n## {rule.code}\n" in page() for rule in RULES)


def test_the_lists_of_the_readme_are_up_to_date() -> None:
    readme = README.read_text("utf-8")
    assert diagnostics.listed(readme) == readme, "make reference"
    assert settings.listed(readme) == readme, "make reference"
    assert all(f"[{rule.code}](" in readme for rule in RULES)
    assert all(f"| `{key.name}` |" in readme for key in KEYS.values() if key.documented)


def test_the_manifest_of_the_extension_is_up_to_date() -> None:
    if not MANIFEST.exists():
        pytest.skip("the extension does not lie beside the server")
    manifest = MANIFEST.read_text("utf-8")
    assert with_configuration(manifest) == manifest, "make reference"


def test_other_keys_of_a_manifest_stay_as_they_are() -> None:
    own = {"shapelens.serverInterpreter": {"type": "string"}}
    old = {"title": "Old", "order": 1, "properties": {**own, "shapelens.trusted": {}, "shapelens.device": {}}}
    contributes: dict[str, object] = {"commands": [{"a": 1}], "configuration": old, "views": {}}
    plain = {"name": "é", "contributes": contributes, "last": []}
    made = with_configuration(json.dumps(plain))
    properties = {**configuration()["properties"], **own}
    contributes["configuration"] = {"title": "ShapeLens", "order": 1, "properties": properties}
    assert made == json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    assert with_configuration(made) == made
    assert with_configuration("{}").startswith('{\n  "contributes": {\n    "configuration": {\n')


def test_an_editor_that_sends_the_defaults_of_its_form_changes_nothing() -> None:
    properties = configuration()["properties"]
    sent = {name.removeprefix("shapelens."): item["default"] for name, item in properties.items()}
    options, complaints = parse(sent)
    assert complaints == ()
    for key in KEYS.values():
        if key.in_form:
            assert getattr(options, key.attribute) == key.default, key.name


def test_the_form_of_an_editor_knows_bounds_words_and_scopes() -> None:
    properties = configuration()["properties"]
    seconds, memory = properties["shapelens.budget.seconds"], properties["shapelens.budget.memoryMb"]
    assert (seconds["type"], seconds["minimum"], seconds["maximum"], seconds["default"]) == ("number", 0.1, 3600, 10)
    assert (memory["type"], memory["default"]) == ("integer", 2048)
    sandbox = properties["shapelens.sandbox"]
    assert (sandbox["enum"], sandbox["scope"]) == (["auto", "strict", "off"], "machine-overridable")
    assert properties["shapelens.interpreter"]["scope"] == "machine-overridable"
    severity = properties["shapelens.diagnostics.severity"]
    assert set(severity["properties"]) == {rule.code for rule in RULES}
    assert severity["properties"]["unbuilt-model"]["enum"] == ["error", "warning", "information", "hint", "off"]
    assert "shapelens.trusted" not in properties
    for item in properties.values():
        assert item["markdownDescription"].endswith(".") and "\n" not in item["markdownDescription"]
        assert len(item.get("enum", ())) == len(item.get("markdownEnumDescriptions", ()))
