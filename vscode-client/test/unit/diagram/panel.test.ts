import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Utils } from "vscode-uri";

import { registerDiagram } from "../../../src/diagram";
import type { FromPage, ToPage } from "../../../src/diagram/messages";
import { pageHtml } from "../../../src/diagram/page";
import { fileName } from "../../../src/diagram/saving";
import type { ModelGraphResult } from "../../../src/protocol";
import {
  EventEmitter,
  type Range,
  stage,
  TextEditorRevealType,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "../../support/vscode";
import { model, node, URI } from "./models";

/** A panel as the workbench gives it, with the page's side of the conversation. */
class Panel {
  readonly messages = new EventEmitter<FromPage>();
  readonly closed = new EventEmitter<undefined>();
  readonly sent: ToPage[] = [];
  readonly webview = {
    cspSource: "https://resources.example",
    options: {} as unknown,
    html: "",
    asWebviewUri: (uri: Uri) => uri,
    onDidReceiveMessage: this.messages.event,
    postMessage: (message: ToPage) => {
      this.sent.push(message);
      return Promise.resolve(true);
    },
  };
  readonly onDidDispose = this.closed.event;
  viewColumn = 2;
  revealed = 0;
  disposed = false;
  reveal(): void {
    this.revealed += 1;
  }
  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.closed.fire(undefined);
    }
  }
}

const panels: Panel[] = [];
const selections = new EventEmitter<{ textEditor: unknown }>();
const revealed: unknown[] = [];
const written: { path: string; text: string }[] = [];
let target: Uri | undefined;
let serializer: { deserializeWebviewPanel(panel: unknown, state: unknown): Promise<void> } | undefined;

// The rest of the editor's API that the diagram uses.
Object.assign(Uri, { joinPath: Utils.joinPath.bind(Utils) });
Object.assign(TextEditorRevealType, { InCenterIfOutsideViewport: 2 });
Object.assign(window, {
  onDidChangeTextEditorSelection: selections.event,
  createWebviewPanel: () => {
    const panel = new Panel();
    panels.push(panel);
    return panel;
  },
  registerWebviewPanelSerializer: (_type: string, registered: typeof serializer) => {
    serializer = registered;
    return { dispose: () => undefined };
  },
  showTextDocument: (document: unknown, options: unknown) => {
    stage.shown.push({ document, options });
    return Promise.resolve({ revealRange: (range: unknown) => revealed.push(range) });
  },
  showSaveDialog: () => Promise.resolve(target),
});
Object.assign(workspace, {
  fs: {
    writeFile: (uri: Uri, bytes: Uint8Array) => {
      if (uri.path.endsWith("full.svg")) return Promise.reject(new Error("no space left"));
      written.push({ path: uri.path, text: new TextDecoder().decode(bytes) });
      return Promise.resolve();
    },
  },
});

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function setUp(graph: (uri: Uri) => Promise<ModelGraphResult | null>) {
  const changed = new EventEmitter<Uri>();
  const context = { subscriptions: [] as { dispose(): unknown }[], extensionUri: Uri.file("/ext") };
  const host = { graph, onDidChangeGraph: changed.event };
  const diagram = registerDiagram(context as never, host);
  return { changed, context, diagram };
}

const RESULT: ModelGraphResult = { version: 1, models: [model([node("a")], [])] };
const FILE = Uri.parse(URI);

beforeEach(() => {
  panels.length = 0;
  stage.commands.clear();
  stage.shown.length = 0;
  stage.messages.length = 0;
  stage.visibleEditors = [];
  stage.activeEditor = undefined;
  written.length = 0;
});

test("the page may load nothing but what the extension brings", () => {
  const html = pageHtml({ script: "s.js", worker: "w.js", style: "d.css", source: "https://own", nonce: "n0" });
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
  assert.equal(
    policy,
    "default-src 'none'; style-src https://own; script-src 'nonce-n0'; connect-src https://own; worker-src blob:; img-src blob:",
  );
  assert.ok(html.includes('<script nonce="n0" src="s.js">') && html.includes('data-worker="w.js"'));
});

test("the graph is sent once the page is ready, and again after each evaluation of its document", async () => {
  const { changed, diagram } = setUp(() => Promise.resolve(RESULT));
  diagram.show(FILE);
  const [panel] = panels;
  changed.fire(Uri.parse(URI));
  await turn();
  assert.deepEqual(panel!.sent, [], "nobody listens yet");
  panel!.messages.fire({ type: "ready" });
  await turn();
  assert.deepEqual(panel!.sent, [{ type: "graph", uri: URI, result: RESULT }]);
  changed.fire(Uri.parse(URI));
  changed.fire(Uri.parse("file:///other.py"));
  await turn();
  assert.equal(panel!.sent.length, 2);
  panel!.dispose();
  changed.fire(Uri.parse(URI));
  await turn();
  assert.equal(panel!.sent.length, 2, "a closed panel asks no more");
});

test("an answer that a later one overtook is dropped", async () => {
  const answers: ((result: ModelGraphResult | null) => void)[] = [];
  const { changed, diagram } = setUp(() => new Promise((resolve) => answers.push(resolve)));
  diagram.show(FILE);
  panels[0]!.messages.fire({ type: "ready" });
  changed.fire(Uri.parse(URI));
  answers[1]!({ ...RESULT, version: 2 });
  answers[0]!(RESULT);
  await turn();
  assert.deepEqual(
    panels[0]!.sent.map((message) => message.type === "graph" && message.result?.version),
    [2],
  );
});

test("a document has one panel, which is brought to the front", () => {
  const { diagram, context } = setUp(() => Promise.resolve(null));
  diagram.show(FILE);
  diagram.show(FILE);
  assert.equal(panels.length, 1);
  assert.equal(panels[0]!.revealed, 1);
  panels[0]!.dispose();
  diagram.show(FILE);
  assert.equal(panels.length, 2);
  for (const each of context.subscriptions) each.dispose();
  assert.equal(panels[1]!.disposed, true);
});

test("the command takes the document of a link or of the active editor", () => {
  setUp(() => Promise.resolve(null));
  const show = stage.commands.get("shapelens.showDiagram")!;
  show();
  assert.equal(stage.messages.length, 1, "no file is open");
  stage.activeEditor = { document: { uri: Uri.parse("file:///active.py") } };
  show();
  show(URI);
  show(Uri.parse(URI));
  assert.equal(panels.length, 2);
});

test("the cursor of a Python file is told to the page, before and after it moves", async () => {
  const { diagram } = setUp(() => Promise.resolve(RESULT));
  const textEditor = (line: number, languageId = "python") => ({
    document: { uri: Uri.parse(URI), languageId },
    selection: { active: { line, character: 2 } },
    viewColumn: 1,
  });
  stage.visibleEditors = [textEditor(3)];
  diagram.show(FILE);
  panels[0]!.messages.fire({ type: "ready" });
  await turn();
  selections.fire({ textEditor: textEditor(7) });
  selections.fire({ textEditor: textEditor(8, "markdown") });
  const cursors = panels[0]!.sent.filter((message) => message.type === "cursor");
  assert.deepEqual(
    cursors.map(({ position }) => position.line),
    [3, 7],
  );
});

test("a node leads to its text, in the column that shows it, and takes the keyboard only when asked", async () => {
  const { diagram } = setUp(() => Promise.resolve(RESULT));
  diagram.show(FILE);
  const range = { start: { line: 4, character: 0 }, end: { line: 4, character: 9 } };
  panels[0]!.messages.fire({ type: "reveal", uri: URI, range, focus: false });
  stage.visibleEditors = [{ document: { uri: Uri.parse(URI) }, viewColumn: 3 }];
  panels[0]!.messages.fire({ type: "reveal", uri: URI, range, focus: true });
  await turn();
  const options = stage.shown.map(
    (each) => each.options as { viewColumn: number; preserveFocus: boolean; selection: Range },
  );
  assert.deepEqual(
    options.map(({ viewColumn, preserveFocus }) => [viewColumn, preserveFocus]),
    [
      [ViewColumn.One, true],
      [3, false],
    ],
  );
  assert.equal(revealed.length, 2);
});

test("an export is written where the person says, and a failure is told", async () => {
  const { diagram } = setUp(() => Promise.resolve(RESULT));
  diagram.show(FILE);
  const send = async (message: FromPage): Promise<void> => {
    panels[0]!.messages.fire(message);
    await turn();
    await turn();
  };
  target = undefined;
  await send({ type: "save", format: "svg", name: "model", data: "<svg/>" });
  assert.deepEqual(written, []);
  target = Uri.file("/out/model.svg");
  await send({ type: "save", format: "svg", name: "model", data: "<svg/>" });
  target = Uri.file("/out/model.png");
  await send({ type: "save", format: "png", name: "model", data: new TextEncoder().encode("png") });
  assert.deepEqual(written, [
    { path: "/out/model.svg", text: "<svg/>" },
    { path: "/out/model.png", text: "png" },
  ]);
  target = Uri.file("/out/full.svg");
  await send({ type: "save", format: "svg", name: "model", data: "<svg/>" });
  assert.match(stage.messages.at(-1)!.text, /no space left/);
});

test("file names hold what every system takes", () => {
  assert.equal(fileName("model", "svg"), "model.svg");
  assert.equal(fileName("my model/v2: best", "png"), "my_model_v2_best.png");
  assert.equal(fileName("../..", "svg"), "model.svg");
  assert.equal(fileName("modèle", "svg"), "modèle.svg");
});

test("a window that opens again gets its diagrams back", async () => {
  setUp(() => Promise.resolve(RESULT));
  const [kept, foreign] = [new Panel(), new Panel()];
  await serializer!.deserializeWebviewPanel(kept, { uri: URI });
  await serializer!.deserializeWebviewPanel(foreign, { nothing: true });
  kept.messages.fire({ type: "ready" });
  await turn();
  assert.equal(kept.sent.length, 1);
  assert.equal(foreign.disposed, true);
});
