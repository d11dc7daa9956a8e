import assert from "node:assert/strict";
import { test } from "node:test";

import { EventEmitter, Uri } from "vscode";

import type { PythonProvider } from "../../../src/python/provider";
import { PythonSelection } from "../../../src/python/selection";
import { stage } from "../../support/vscode";

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const silent = { info: () => undefined };

class Provider implements PythonProvider {
  readonly changed = new EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  path: string | undefined = "/a/python";
  asked = 0;
  selections = 0;
  disposed = false;
  constructor(readonly name = "provider") {}
  selected(folder: Uri | undefined): Promise<string | undefined> {
    this.asked += 1;
    return this.path === "fail"
      ? Promise.reject(new Error("no"))
      : Promise.resolve(this.path && `${folder?.path ?? ""}${this.path}`);
  }
  select(): Promise<void> {
    this.selections += 1;
    return Promise.resolve();
  }
  dispose(): void {
    this.disposed = true;
  }
}

test("the first extension that is there is asked, for each folder", async () => {
  const provider = new Provider();
  const none = (): Promise<undefined> => Promise.resolve(undefined);
  const selection = new PythonSelection([none, () => Promise.resolve(provider)], silent);
  assert.equal(await selection.of(Uri.file("/w")), "/w/a/python");
  assert.equal(await selection.of(undefined), "/a/python");
  assert.equal(await selection.canSelect(), true);
  await selection.select();
  assert.equal(provider.selections, 1);
  selection.dispose();
  assert.ok(provider.disposed);
});

test("a storm of announcements is one look, and a change only where the path differs", async () => {
  const provider = new Provider();
  const selection = new PythonSelection([() => Promise.resolve(provider)], silent, 10);
  let changes = 0;
  selection.onDidChange(() => (changes += 1));
  await selection.of(undefined);
  for (let count = 0; count < 50; count += 1) provider.changed.fire();
  await pause(50);
  assert.equal(provider.asked, 2);
  assert.equal(changes, 0);
  provider.path = "/b/python";
  provider.changed.fire();
  await pause(50);
  assert.equal(changes, 1);
  assert.equal(await selection.of(undefined), "/b/python");
  selection.dispose();
});

test("an extension that fails has nothing selected, and one that comes later is heard", async () => {
  const failing = new Provider();
  failing.path = "fail";
  let found: Provider | undefined = failing;
  const selection = new PythonSelection([() => Promise.resolve(found)], silent, 10);
  assert.equal(await selection.of(undefined), undefined);
  let changes = 0;
  selection.onDidChange(() => (changes += 1));
  found = new Provider();
  stage.extensionsChanged.fire(undefined);
  await pause(50);
  assert.equal(changes, 1);
  assert.ok(failing.disposed);
  assert.equal(await selection.of(undefined), "/a/python");
  selection.dispose();
});
