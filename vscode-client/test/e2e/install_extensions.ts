/** Installs the packed extension as a user does, beside the stub of the Python extension, for all tests of a run. */

import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { installExtension } from "./support/code_server.ts";
import { BARE_EXTENSIONS, CLIENT, EXTENSIONS, PYTHON_STUB } from "./support/places.ts";

const packed = process.argv[2] ?? newest();
const user = mkdtempSync(path.join(os.tmpdir(), "shapelens-e2e-install-"));
for (const folder of [EXTENSIONS, BARE_EXTENSIONS]) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(PYTHON_STUB, path.join(folder, "ms-python.python-2025.6.0"), { recursive: true });
}
try {
  installExtension({ extensions: EXTENSIONS, user }, packed);
} finally {
  rmSync(user, { recursive: true, force: true });
}

function newest(): string {
  const found = readdirSync(CLIENT)
    .filter((name) => name.endsWith(".vsix"))
    .map((name) => path.join(CLIENT, name));
  const [latest] = found.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (latest === undefined) throw new Error("There is no packed extension; make vsix makes it");
  return latest;
}
