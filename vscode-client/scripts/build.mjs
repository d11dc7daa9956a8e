// Builds out/: the extension, and what runs in its webviews.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build, context } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const production = process.argv.includes("--production");

const common = {
  absWorkingDir: root,
  bundle: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  minify: production,
  sourcemap: production ? false : "linked",
};

const extension = {
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "out/extension.js",
  external: ["vscode"],
  format: "cjs",
  platform: "node",
  target: "node20",
  // Prefer the modules that a bundler can look into, so that what is unused stays out.
  mainFields: ["module", "main"],
};

const diagram = {
  ...common,
  entryPoints: ["src/diagram/webview/page.ts", "src/diagram/webview/worker.ts"],
  outdir: "out/diagram",
  format: "iife",
  platform: "browser",
  // The Chromium of the oldest editor that the extension runs in.
  target: "chrome122",
};

const builds = [extension, diagram];

if (process.argv.includes("--watch")) {
  for (const options of builds) {
    await (await context(options)).watch();
  }
} else {
  const results = await Promise.all(builds.map((options) => build({ ...options, metafile: true })));
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  mkdirSync(path.join(root, "out"), { recursive: true });
  writeFileSync(path.join(root, "out", "licenses.txt"), licenses(inputs));
}

/** The licences of the packages whose code went into the bundles, as they ask for. */
function licenses(inputs) {
  const packages = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(path.join(root, folder)).find((each) => /^(licen[cs]e|copying)/i.test(each));
      if (file === undefined) {
        throw new Error(`${name} has no text of its licence (${license})`);
      }
      return `${name} ${version}\n\n${readFileSync(path.join(root, folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
