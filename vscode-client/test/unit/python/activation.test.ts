import assert from "node:assert/strict";
import { test } from "node:test";

import { activated, condaPrefix } from "../../../src/python/activation";

test("an environment of conda is known by its folder conda-meta", () => {
  const isMeta = (folder: string): boolean => ["/c/envs/tf/conda-meta", "C:\\c\\envs\\tf\\conda-meta"].includes(folder);
  assert.equal(condaPrefix("/c/envs/tf/bin/python", "linux", isMeta), "/c/envs/tf");
  assert.equal(condaPrefix("C:\\c\\envs\\tf\\python.exe", "win32", isMeta), "C:\\c\\envs\\tf");
  assert.equal(condaPrefix("/w/.venv/bin/python", "linux", isMeta), undefined);
});

test("its folders come first on the PATH, however that is spelt", () => {
  const environment = activated({ Path: "C:\\Windows", VIRTUAL_ENV: "C:\\v" }, "C:\\c", "win32");
  assert.ok(environment["Path"]!.startsWith("C:\\c;C:\\c\\Library\\mingw-w64\\bin;"));
  assert.ok(environment["Path"]!.endsWith(";C:\\Windows"));
  assert.equal(environment["PATH"], undefined);
  assert.equal(environment["VIRTUAL_ENV"], undefined);
  assert.equal(activated({}, "/c/envs/tf", "linux")["PATH"], "/c/envs/tf/bin");
  assert.equal(activated({}, "/c/envs/tf", "linux")["CONDA_DEFAULT_ENV"], "tf");
});

test("other environments need no activation", () => {
  const environment = { PATH: "/bin" };
  assert.equal(activated(environment, undefined, "linux"), environment);
});
