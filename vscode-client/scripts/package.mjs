// Makes shapelens-<version>.vsix from out/ and bundled/, the same one from the same sources wherever and whenever it runs.
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { createVSIX, listFiles } from "@vscode/vsce";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { name, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const file = path.join(root, `${name}-${version}.vsix`);

// Archives carry local times and the modes of files. 315532800 is the first time that the format knows.
process.env["TZ"] = "UTC";
process.env["SOURCE_DATE_EPOCH"] ??= "315532800";
for (const packed of await listFiles({ cwd: root, packageManager: 0 })) {
  chmodSync(path.join(root, packed), 0o644);
}

await createVSIX({
  cwd: root,
  packagePath: file,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});

const size = (statSync(file).size / 1e6).toFixed(1);
const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
console.log(`${path.basename(file)}: ${size} MB, sha256 ${hash}`);
