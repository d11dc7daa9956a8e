import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";

import { launchOf } from "../../src/server";
import { readArchive, unpack } from "../support/archive";

const ROOT = process.cwd();
const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};
const { version } = manifest;
const VSIX = path.join(ROOT, `shapelens-${version}.vsix`);
const LIBS = "extension/bundled/libs/";
const MOST_BYTES = 4_000_000;

/** Pythons to start the server with; more may be named, such as the oldest and the newest that it runs on. */
const PYTHONS = (process.env["SHAPELENS_PYTHONS"] ?? "python3").split(path.delimiter);

let contents: Map<string, Buffer>;
let names: string[];
let extension: string;

before(async () => {
  assert.ok(existsSync(VSIX), "make vsix");
  contents = await readArchive(VSIX);
  names = [...contents.keys()];
  extension = mkdtempSync(path.join(tmpdir(), "shapelens-vsix-"));
  unpack(contents, "extension/", extension);
});

after(() => {
  rmSync(extension, { recursive: true, force: true });
});

test("everything that the extension needs is in the file", () => {
  for (const name of [
    "extension.vsixmanifest",
    "extension/package.json",
    "extension/readme.md",
    "extension/changelog.md",
    "extension/LICENSE.txt",
    "extension/media/icon.png",
    "extension/launch/serve.py",
    "extension/out/extension.js",
    "extension/out/diagram/page.js",
    "extension/out/diagram/worker.js",
  ]) {
    assert.ok(contents.has(name), name);
  }
  const packages = new Set(names.filter((name) => name.startsWith(LIBS)).map((name) => name.slice(LIBS.length)));
  for (const library of ["attr", "cattrs", "jedi", "lsprotocol", "parso", "pygls", "shapelens"]) {
    assert.ok(packages.has(`${library}/__init__.py`), library);
  }
  assert.ok(packages.has("jedi/third_party/typeshed/stdlib/builtins.pyi"), "jedi knows the standard library");
  for (const file of ["launch.py", "probe.py", "contract.py"])
    assert.ok(packages.has(`shapelens/worker/${file}`), file);
});

test("Python 3.10 finds what later ones have themselves", () => {
  assert.ok(contents.has(`${LIBS}exceptiongroup/__init__.py`));
  assert.ok(contents.has(`${LIBS}tomli/__init__.py`));
  assert.ok(contents.has(`${LIBS}typing_extensions.py`));
});

test("nothing else is in it, and nothing for one system only", () => {
  const unwanted = [
    /__pycache__|\.py[cod]$/,
    /\.(so|dylib|dll|exe)$/,
    /(^|\/)(tests?|node_modules|src|scripts)\//,
    /\.(ts|map|mjs)$/,
    /\.dist-info\/(RECORD|INSTALLER|WHEEL)$/,
    /django-stubs|typeshed\/stubs\//,
    /(^|\/)\.[^/]+$/,
  ];
  assert.deepEqual(
    names.filter((name) => unwanted.some((pattern) => pattern.test(name))),
    [],
  );
});

test("each library comes with its licence", () => {
  const libraries = new Set(names.flatMap((name) => /libs\/([^/]+\.dist-info)\//.exec(name)?.[1] ?? []));
  assert.ok(libraries.size >= 8);
  const licenses = contents.get("extension/out/licenses.txt")!.toString();
  for (const bundled of Object.keys(manifest.dependencies))
    assert.ok(new RegExp(`^${bundled} \\d`, "m").test(licenses), bundled);
  for (const library of libraries) {
    const own = names.filter((name) => name.startsWith(`${LIBS}${library}/`));
    assert.ok(
      own.some((name) => /licen[cs]e|copying/i.test(name)),
      library,
    );
  }
});

test("it is small, its times are fixed, and it tells nothing of the machine that made it", () => {
  const archive = readFileSync(VSIX);
  assert.ok(archive.length < MOST_BYTES, String(archive.length));
  // The time of the first file, behind its signature: the first one that archives know.
  assert.equal(archive.readUInt16LE(12), 0x21);
  const checkout = path.dirname(ROOT);
  assert.deepEqual(
    names.filter((name) => contents.get(name)!.includes(`${checkout}/`)),
    [],
  );
});

test("links in its texts lead somewhere from outside the repository", () => {
  for (const name of ["extension/readme.md", "extension/changelog.md"]) {
    const links = [
      ...contents
        .get(name)!
        .toString()
        .matchAll(/\]\(([^)]+)\)/g),
    ].map(([, link]) => link!);
    for (const link of links) assert.ok(/^(https:|#)/.test(link) || contents.has(`extension/${link}`), link);
  }
});

for (const python of PYTHONS) {
  test(`its server runs on ${path.basename(python)}, with nothing installed`, async () => {
    // A module of the user that would shadow one of the server's.
    const launch = launchOf(extension, python, { ...process.env, PYTHONPATH: path.join(ROOT, "scripts") });
    const server = spawn(launch.command, launch.args, { env: launch.environment, cwd: tmpdir() });
    const errors: Buffer[] = [];
    server.stderr.on("data", (data: Buffer) => errors.push(data));
    const connection = createMessageConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    connection.listen();
    try {
      const answer = await connection.sendRequest<{ serverInfo: unknown; capabilities: Record<string, unknown> }>(
        "initialize",
        { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions: { trusted: false } },
      );
      assert.deepEqual(answer.serverInfo, { name: "shapelens", version });
      assert.ok(answer.capabilities["hoverProvider"]);
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      const [code] = (await once(server, "exit")) as [number];
      assert.equal(code, 0, Buffer.concat(errors).toString());
    } finally {
      connection.dispose();
      server.kill();
    }
  });
}
