// Runs the tests of a folder of test/, such as unit, each bundled with a stand-in for the editor's API.
// Names or parts of names of test files may follow.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [folder = "unit", ...wanted] = process.argv.slice(2);
const tests = path.join(root, "test", folder);
const out = path.join(root, "out", "test", folder);

const entryPoints = readdirSync(tests, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .map((file) => path.join(tests, file));

rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  alias: { vscode: path.join(root, "test", "support", "vscode.ts") },
  bundle: true,
  entryPoints,
  format: "cjs",
  logLevel: "warning",
  mainFields: ["module", "main"],
  outbase: tests,
  outdir: out,
  platform: "node",
  sourcemap: "inline",
  target: "node20",
});
const files = entryPoints.map((file) => path.join(out, path.relative(tests, file)).replace(/\.ts$/, ".js"));
const reporter = process.env["CI"] || !process.stdout.isTTY ? "dot" : "spec";
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", "--test-concurrency=2", `--test-reporter=${reporter}`, ...files],
  { stdio: "inherit", cwd: root },
);
process.exit(status ?? 1);
