"""Quick fixes of ``shapelens serve`` with a real TensorFlow: what is offered is applied, and the error is gone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from lsprotocol import types

from lsp import client as client_module
from lsp.test_code_actions import applied, edits_of
from lsp.test_end_to_end import Editor, start

pytestmark = pytest.mark.slow

CNN = """\
import keras
import numpy as np
from keras import layers

images = np.zeros((64, 28, 28, 1), "float32")
labels = np.zeros((64,), "int64")

model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(images, labels, batch_size=32)
"""


def grave(diagnostics: Sequence[types.Diagnostic]) -> list[types.Diagnostic]:
    """Return the errors and warnings."""
    return [item for item in diagnostics if item.severity in (1, 2)]


async def apply(editor: Editor, uri: str, text: str, action: types.CodeAction) -> list[types.Diagnostic]:
    """Have an editor apply an action to a text, and return what is shown afterwards."""
    ((changed, edits),) = edits_of(await editor.client.resolve(action)).items()
    assert changed == uri
    version = editor.client.change(uri, applied(text, edits))
    return await editor.landed(uri, version)


@pytest.mark.asyncio
async def test_what_is_offered_for_a_missing_flatten_mends_it(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "SECONDS", 60.0)
    editor = await start(tmp_path, repository)
    try:
        uri = editor.open("cnn.py", CNN)
        (error,) = grave(await editor.landed(uri))
        assert error.code == "loss-target-mismatch"
        start_of, end_of = error.range.start, error.range.end
        place = (start_of.line, start_of.character, end_of.line, end_of.character)
        actions = await editor.client.actions(uri, place, "quickfix", diagnostics=[error])
        *fixes, ignore = actions
        assert ignore.title == "Ignore loss-target-mismatch on this line"
        for action in actions:
            assert action.diagnostics == (error,)
            left = [item.code for item in grave(await apply(editor, uri, CNN, action))]
            assert left == [], action.title
            version = editor.client.change(uri, CNN)
            assert [item.code for item in grave(await editor.landed(uri, version))] == [error.code]
        preferred = [action for action in fixes if action.is_preferred]
        everything = await editor.client.actions(uri, place, "source.fixAll.shapelens")
        assert len(everything) == bool(preferred)
        for action in everything:
            assert grave(await apply(editor, uri, CNN, action)) == []
        for method in (
            types.LOG_TRACE,
            types.PROGRESS,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE,
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
        ):
            editor.client.take(method)
        assert await editor.client.finish() == 0
    finally:
        await editor.client.kill()
        sys.stderr.write(editor.client.stderr)
