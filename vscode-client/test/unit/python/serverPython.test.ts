import assert from "node:assert/strict";
import { test } from "node:test";

import type { Command } from "../../../src/python/probe";
import { chooseServerPython, isServerPython, type Choice } from "../../../src/python/serverPython";

/** A machine with these interpreters, by path; a version of 0 does not start. */
function machine(versions: Record<string, number>, different: Partial<Choice> = {}) {
  const choice: Choice = {
    setting: "",
    selected: [],
    platform: "linux",
    searchPath: "/usr/bin:/opt/bin",
    ...different,
  };
  const asked: string[] = [];
  const probe = ([file]: Command) => {
    asked.push(file);
    const minor = versions[file] ?? 0;
    const version: [number, number] = [3, minor];
    return Promise.resolve(minor === 0 ? undefined : { executable: `${file}!`, version });
  };
  return { choose: () => chooseServerPython(choice, probe, (file) => file in versions), asked };
}

test("the setting comes first, with a path, an environment or a command", async () => {
  const versions = { "/a/bin/python": 12, "/opt/bin/python3.11": 11, "/sel": 13 };
  const own = await machine(versions, { setting: "/a/bin/python", selected: ["/sel"] }).choose();
  assert.deepEqual(own, { path: "/a/bin/python", version: [3, 12], source: "setting" });
  const folder = await machine(versions, { setting: "/a" }).choose();
  assert.ok(isServerPython(folder) && folder.path === "/a/bin/python");
  const command = await machine(versions, { setting: "python3.11" }).choose();
  assert.ok(isServerPython(command) && command.path === "/opt/bin/python3.11");
});

test("a setting that does not work is said and not passed over", async () => {
  const old = await machine({ "/old": 8, "/sel": 12 }, { setting: "/old", selected: ["/sel"] }).choose();
  assert.deepEqual(old, { tried: ["/old is Python 3.8"], badSetting: true });
  const gone = await machine({}, { setting: "nothing" }).choose();
  assert.deepEqual(gone, { tried: ["nothing does not start as a Python"], badSetting: true });
});

test("the selected environment is taken where it is new enough", async () => {
  const found = await machine({ "/sel": 10, "/usr/bin/python3": 12 }, { selected: ["/sel"] }).choose();
  assert.deepEqual(found, { path: "/sel", version: [3, 10], source: "selected" });
});

test("with an old one selected, a newer one on the PATH runs the server", async () => {
  const versions = { "/sel": 9, "/usr/bin/python3": 8, "/opt/bin/python3": 13 };
  const found = await machine(versions, { selected: ["/sel", "/sel"] }).choose();
  assert.deepEqual(found, { path: "/opt/bin/python3!", version: [3, 13], source: "discovered" });
});

test("relative folders of the PATH are not searched: they may be the workspace's", async () => {
  const { choose, asked } = machine({ "bin/python3": 12, "./python3": 12 }, { searchPath: ".:bin:" });
  assert.deepEqual(await choose(), { tried: [], badSetting: false });
  assert.deepEqual(asked, []);
});

test("on Windows the launcher is asked, and names the interpreter", async () => {
  const versions = { "C:\\Windows\\py.exe": 12, "C:\\Apps\\python.exe": 0 };
  const windows = { platform: "win32", searchPath: "C:\\Apps;C:\\Windows" } as const;
  const found = await machine(versions, windows).choose();
  assert.deepEqual(found, { path: "C:\\Windows\\py.exe!", version: [3, 12], source: "discovered" });
  // The shop's stand-in for Python starts and answers nothing.
  const none = await machine({ "C:\\Apps\\python.exe": 0 }, windows).choose();
  assert.deepEqual(none, { tried: ["C:\\Apps\\python.exe does not start as a Python"], badSetting: false });
});
