/** The commands that a user can give. */

import { homedir } from "node:os";

import * as vscode from "vscode";
import { CodeLensRequest } from "vscode-languageclient/node";

import { COMMANDS } from "./commandIds";
import { debugInformation } from "./debugInformation";
import { uncalledFunctions, type PlainLens } from "./exampleInputs";
import { pickInterpreter } from "./interpreterPicker";
import type { Lifecycle } from "./lifecycle";
import type { ChannelLog } from "./log";
import { SERVER_COMMANDS } from "./protocol";
import type { PythonSelection } from "./python/selection";
import { SECTION } from "./settings";
import type { Status } from "./status";
import { batchSizeOf, documentOf, type Summaries } from "./summary";
import { isTrusted } from "./trust";

export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly lifecycle: Lifecycle;
  readonly log: ChannelLog;
  readonly selection: PythonSelection;
  readonly status: Status;
  readonly summaries: Summaries;
}

type Action = (parts: Parts, ...args: unknown[]) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  [COMMANDS.evaluateNow]: evaluateNow,
  [COMMANDS.pause]: async (parts) => ask(parts, SERVER_COMMANDS.pause),
  [COMMANDS.resume]: async (parts) => ask(parts, SERVER_COMMANDS.resume),
  [COMMANDS.restart]: ({ lifecycle }) => lifecycle.restart(),
  [COMMANDS.showSummary]: showSummary,
  [COMMANDS.setBatchSize]: setBatchSize,
  [COMMANDS.chooseCall]: async (parts, uri, name) => ask(parts, SERVER_COMMANDS.chooseCall, uri, name),
  [COMMANDS.giveExampleInputs]: giveExampleInputs,
  [COMMANDS.selectInterpreter]: ({ selection }, root) =>
    pickInterpreter(selection, "interpreter", uriOf(root) ?? activeUri()),
  [COMMANDS.selectServerInterpreter]: ({ selection }) => pickInterpreter(selection, "serverInterpreter", undefined),
  [COMMANDS.install]: install,
  [COMMANDS.showLogs]: async ({ log }) => {
    log.show();
    return Promise.resolve();
  },
  [COMMANDS.openServerSetting]: async () => openSetting("serverInterpreter"),
  [COMMANDS.openSandboxSetting]: async () => openSetting("sandbox"),
  [COMMANDS.copyDebugInformation]: copyDebugInformation,
};

export function registerCommands(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(ACTIONS).map(([id, action]) =>
      vscode.commands.registerCommand(id, (...args: unknown[]) => action(parts, ...args)),
    ),
  );
}

async function evaluateNow(parts: Parts, uri: unknown): Promise<void> {
  const document = uriOf(uri) ?? activePython();
  await ask(parts, SERVER_COMMANDS.evaluateNow, ...(document === undefined ? [] : [document.toString()]));
}

async function showSummary({ summaries }: Parts, uri: unknown): Promise<void> {
  const document = uriOf(uri) ?? activePython();
  if (document === undefined) {
    void vscode.window.showInformationMessage("Open a Python file to see the summary of its models.");
    return;
  }
  await summaries.show(document.toString());
}

async function setBatchSize({ summaries }: Parts): Promise<void> {
  const shown = activeUri();
  const document = shown && documentOf(shown);
  if (document === undefined) {
    return;
  }
  const text = await vscode.window.showInputBox({
    title: "Batch size of the summary",
    prompt: "FLOPs and activation memory are given for this many samples.",
    value: String(summaries.batchSize(document)),
    validateInput: (value) => (batchSizeOf(value) === undefined ? "A whole number from 1 to 1,000,000." : undefined),
  });
  const batchSize = text === undefined ? undefined : batchSizeOf(text);
  if (batchSize !== undefined) {
    summaries.setBatchSize(document, batchSize);
  }
}

async function giveExampleInputs(parts: Parts, uri: unknown, name: unknown): Promise<void> {
  if (typeof uri === "string" && typeof name === "string") {
    await ask(parts, SERVER_COMMANDS.giveExampleInputs, uri, name);
    return;
  }
  const editor = vscode.window.activeTextEditor;
  const document = activePython();
  const client = parts.lifecycle.client;
  if (editor === undefined || document === undefined || client === undefined) {
    notRunning(parts);
    return;
  }
  const textDocument = { uri: document.toString() };
  const lenses: readonly PlainLens[] = (await client.sendRequest(CodeLensRequest.type, { textDocument })) ?? [];
  const functions = uncalledFunctions(lenses, editor.selection.active.line);
  const [only] = functions;
  if (only === undefined) {
    void vscode.window.showInformationMessage("No function of this file waits for example inputs.");
    return;
  }
  const items = functions.map((each) => ({ label: each.name, description: `line ${String(each.line + 1)}`, each }));
  const options = { title: "Give example inputs", placeHolder: "for which function?" };
  const picked = functions.length === 1 ? only : (await vscode.window.showQuickPick(items, options))?.each;
  if (picked !== undefined) {
    await ask(parts, SERVER_COMMANDS.giveExampleInputs, picked.uri, picked.name);
  }
}

/** Install TensorFlow, Keras with it, by the interpreter itself: no shell has to understand its path. */
async function install(_parts: Parts, interpreter: unknown): Promise<void> {
  if (typeof interpreter === "string" && isTrusted()) {
    const shellArgs = ["-m", "pip", "install", "tensorflow"];
    vscode.window.createTerminal({ name: "Install TensorFlow", shellPath: interpreter, shellArgs }).show();
  }
  return Promise.resolve();
}

async function openSetting(key: string): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openSettings", `@id:${SECTION}.${key}`);
}

async function copyDebugInformation(parts: Parts): Promise<void> {
  const { context, lifecycle, status } = parts;
  const ofServer = await lifecycle.execute(SERVER_COMMANDS.debugInformation);
  const manifest = context.extension.packageJSON as { readonly version: string };
  const text = debugInformation({
    extension: manifest.version,
    editor: `${vscode.env.appName} ${vscode.version}`,
    platform: `${process.platform} ${process.arch}`,
    remote: vscode.env.remoteName,
    trusted: isTrusted(),
    server: lifecycle.state.kind,
    python: lifecycle.python === undefined ? "none" : `${lifecycle.python.path} (${lifecycle.python.source})`,
    roots: status.roots,
    ofServer: typeof ofServer === "string" ? ofServer : "",
    home: homedir(),
  });
  await vscode.env.clipboard.writeText(text);
  void vscode.window.showInformationMessage("The debug information of ShapeLens is in the clipboard.");
}

async function ask(parts: Parts, command: string, ...args: unknown[]): Promise<void> {
  if (parts.lifecycle.client === undefined) {
    notRunning(parts);
    return;
  }
  await parts.lifecycle.execute(command, ...args);
}

function notRunning({ lifecycle, log }: Parts): void {
  void (async () => {
    const text = lifecycle.state.kind === "starting" ? "ShapeLens is still starting." : "ShapeLens does not run.";
    const picked = await vscode.window.showWarningMessage(text, "Restart", "Show Logs");
    if (picked === "Restart") {
      await lifecycle.restart();
    } else if (picked === "Show Logs") {
      log.show();
    }
  })();
}

function activeUri(): vscode.Uri | undefined {
  return vscode.window.activeTextEditor?.document.uri;
}

function activePython(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === "python" ? document.uri : undefined;
}

/** Lenses and buttons give addresses as text; menus of the editor give them as objects. */
function uriOf(value: unknown): vscode.Uri | undefined {
  if (value instanceof vscode.Uri) {
    return value;
  }
  return typeof value === "string" && value !== "" ? vscode.Uri.parse(value) : undefined;
}
