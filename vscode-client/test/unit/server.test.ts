import assert from "node:assert/strict";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";

import { launchOf, start } from "../../src/server";

const none = (): boolean => false;

test("the server is started isolated, by a script and without PYTHONPATH", () => {
  const launch = launchOf("/ext", "/usr/bin/python3", { PATH: "/bin", PYTHONPATH: "/mine" }, "linux", none);
  assert.equal(launch.command, "/usr/bin/python3");
  assert.deepEqual(launch.args, ["-I", "-X", "utf8", path.join("/ext", "launch", "serve.py")]);
  // The user's own variables reach the interpreters of models, as in a plain run.
  assert.deepEqual(launch.environment, { PATH: "/bin", PYTHONPATH: "/mine" });
});

test("an interpreter of conda gets the variables of its environment", () => {
  const isMeta = (folder: string): boolean => folder === "/conda/envs/tf/conda-meta";
  const launch = launchOf("/ext", "/conda/envs/tf/bin/python", { PATH: "/bin" }, "linux", isMeta);
  assert.equal(launch.environment["PATH"], "/conda/envs/tf/bin:/bin");
  assert.equal(launch.environment["CONDA_PREFIX"], "/conda/envs/tf");
});

test("a process is started without a shell and speaks over its streams", async () => {
  const child = start({
    command: process.execPath,
    args: ["-e", "process.stdin.pipe(process.stdout)"],
    environment: {},
  });
  child.stdin!.end("a;b");
  const [data] = (await once(child.stdout!, "data")) as [Buffer];
  assert.equal(data.toString(), "a;b");
  await once(child, "exit");
});
