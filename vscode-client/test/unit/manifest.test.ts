import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { COMMANDS } from "../../src/commandIds";

const ROOT = process.cwd();

interface Manifest {
  readonly version: string;
  readonly icon: string;
  readonly main: string;
  readonly extensionKind: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: string; readonly restrictedConfigurations: readonly string[] };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly walkthroughs: readonly { readonly steps: readonly Step[] }[];
  };
}

interface Setting {
  readonly scope: string;
  readonly markdownDescription?: string;
  readonly description?: string;
  readonly default?: unknown;
}

interface Step {
  readonly id: string;
  readonly description: string;
  readonly media: { readonly markdown?: string; readonly image?: string; readonly altText?: string };
}

const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as Manifest;
const { contributes } = manifest;
const ids = new Set(contributes.commands.map(({ command }) => command));

test("the commands that users find are commands of the extension", () => {
  const known = new Set<string>(Object.values(COMMANDS));
  for (const id of ids) assert.ok(known.has(id), id);
  for (const { command } of Object.values(contributes.menus).flat()) assert.ok(ids.has(command), command);
});

test("the walkthrough has four steps, and what it shows is there", () => {
  const steps = contributes.walkthroughs[0]!.steps;
  assert.equal(steps.length, 4);
  for (const step of steps) {
    const shown = step.media.image ?? step.media.markdown ?? "";
    assert.ok(existsSync(path.join(ROOT, shown)) && shown !== "", step.id);
    assert.equal(step.media.image === undefined, step.media.altText === undefined, step.id);
    for (const [, id] of step.description.matchAll(/command:(shapelens\.\w+)/g)) assert.ok(ids.has(id!), id);
  }
});

test("a workspace that is not trusted chooses no programs and no sandbox", () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, "limited");
  for (const key of ["interpreter", "serverInterpreter", "sandbox"]) {
    assert.ok(restrictedConfigurations.includes(`shapelens.${key}`), key);
  }
  for (const key of restrictedConfigurations) assert.ok(key in contributes.configuration.properties, key);
});

test("every setting is explained and has a default and a scope, and none declares trust", () => {
  for (const [key, setting] of Object.entries(contributes.configuration.properties)) {
    assert.ok(setting.markdownDescription ?? setting.description, key);
    assert.notEqual(setting.default, undefined, key);
    assert.ok(setting.scope, key);
  }
  assert.ok(!("shapelens.trusted" in contributes.configuration.properties));
});

test("the extension runs beside the workspace and has the version of the server", () => {
  assert.deepEqual(manifest.extensionKind, ["workspace"]);
  const server = readFileSync(path.join(ROOT, "..", "server", "shapelens", "__init__.py"), "utf8");
  assert.equal(manifest.version, /__version__ = "(.+)"/.exec(server)?.[1]);
  assert.ok(existsSync(path.join(ROOT, manifest.icon)));
});

test("the lock file names no registry", () => {
  assert.doesNotMatch(readFileSync(path.join(ROOT, "package-lock.json"), "utf8"), /"resolved"/);
});
