import { existsSync } from "node:fs";
import path from "node:path";

const HERE = import.meta.dirname;

/** The root of the checkout. */
export const CHECKOUT = path.resolve(HERE, "../../../..");
export const CLIENT = path.join(CHECKOUT, "vscode-client");
export const FIXTURES = path.join(CHECKOUT, "fixtures/workspaces");
export const SCREENSHOTS = path.join(CHECKOUT, "tests/editors/screenshots");
export const CODE_SERVER = path.join(HERE, "../node_modules/code-server/out/node/entry.js");
export const PYTHON_STUB = path.join(HERE, "../python-stub");
export const ENVIRONMENTS_SCRIPT = path.join(HERE, "environments.py");

/** Environments that tests make: on the disk of the checkout, so that their files can be links. */
export const ENVIRONMENTS = path.join(HERE, "../.environments");
export const TAP = path.join(HERE, "tap.py");

/** Where the extensions of a run are installed, once for all of its servers. */
export const EXTENSIONS = path.join(HERE, "../.extensions/all");

/** The same without ShapeLens. */
export const BARE_EXTENSIONS = path.join(HERE, "../.extensions/bare");

/** Pictures and logs of steps that failed. */
export const FAILURES = path.join(HERE, "../.failures");

/** The environment of the checkout, which has Keras and TensorFlow. */
export const VENV = path.join(CHECKOUT, ".venv");
export const VENV_PYTHON = path.join(VENV, "bin/python");

/** Chromium as the system has it; its updates and its sandbox are the system's affair. */
export function findChromium(): string {
  const named = process.env["CHROMIUM"];
  const candidates = [
    ...(named === undefined ? [] : [named]),
    ...["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
      (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, name)),
    ),
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error("Chromium is not there; name it with CHROMIUM=...");
  return found;
}
