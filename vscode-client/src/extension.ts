/** Where the extension begins and ends: its parts, and how they are put together. */

import { homedir } from "node:os";

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { registerCommands } from "./commands";
import { registerDiagram } from "./diagram";
import { isDirectory, isFile } from "./files";
import { GraphHost } from "./graphHost";
import { Lifecycle } from "./lifecycle";
import { ChannelLog } from "./log";
import { Problems } from "./problems";
import {
  MODEL_GRAPH_CHANGED,
  SERVER_COMMANDS,
  STATUS,
  type ModelGraphChangedParams,
  type StatusParams,
} from "./protocol";
import { condaPrefix } from "./python/activation";
import { environmentsExtension } from "./python/environmentsExtension";
import { probe } from "./python/probe";
import { pythonExtension } from "./python/pythonExtension";
import { PythonSelection } from "./python/selection";
import { chooseServerPython, type NoServerPython, type ServerPython } from "./python/serverPython";
import { Recheck } from "./recheck";

import { expand, SECTION, textSetting } from "./settings";
import { Status } from "./status";
import { Summaries } from "./summary";
import { isTrusted, onTrusted } from "./trust";

let running: Lifecycle | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = new ChannelLog();
  const selection = new PythonSelection([environmentsExtension, pythonExtension], log);
  const lifecycle = new Lifecycle(context.extensionPath, log, selection, () => serverPython(selection), onClient);
  running = lifecycle;
  const status = new Status(lifecycle);
  const problems = new Problems();
  const recheck = new Recheck(() => void lifecycle.execute(SERVER_COMMANDS.evaluateNow));
  const summaries = new Summaries(async (document, batchSize) => {
    const text = await lifecycle.execute(SERVER_COMMANDS.showSummary, document, batchSize);
    return typeof text === "string" ? text : undefined;
  });
  const graphs = new GraphHost(lifecycle);

  function onClient(client: LanguageClient): void {
    client.onNotification(STATUS, (params: StatusParams) => {
      status.take(params);
      problems.take(params.roots);
      recheck.take(params.roots);
    });
    client.onNotification(MODEL_GRAPH_CHANGED, ({ uri }: ModelGraphChangedParams) => {
      const changed = vscode.Uri.parse(uri);
      graphs.changed(changed);
      summaries.changed(changed);
    });
  }

  context.subscriptions.push(
    log,
    selection,
    lifecycle,
    status,
    recheck,
    summaries,
    graphs,
    registerCommands({ context, lifecycle, log, selection, status, summaries }),
    lifecycle.onDidChangeState((state) => {
      problems.takeServer(state);
    }),
    selection.onDidChange(() => void selectionChanged(lifecycle, selection)),
    onTrusted(() => void trusted(lifecycle)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.serverInterpreter`)) {
        void lifecycle.restart();
      }
    }),
  );
  registerDiagram(context, graphs);
  // Not awaited: the editor must not wait for an interpreter to start.
  void lifecycle.start();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
  running = undefined;
}

async function serverPython(selection: PythonSelection): Promise<ServerPython | NoServerPython> {
  const setting = expand(textSetting("serverInterpreter"), { home: homedir(), environment: process.env });
  return chooseServerPython(
    {
      setting,
      // What is selected may be an environment that the workspace brings along.
      selected: isTrusted() && setting === "" ? await selectedPythons(selection) : [],
      platform: process.platform,
      searchPath: process.env["PATH"] ?? "",
    },
    probe,
    isFile,
  );
}

async function selectedPythons(selection: PythonSelection): Promise<string[]> {
  const folders = vscode.workspace.workspaceFolders?.map((folder) => folder.uri) ?? [undefined];
  const selected = await Promise.all(folders.map((folder) => selection.of(folder)));
  return selected.filter((path) => path !== undefined);
}

/** A running server is told; it is started anew only where it could not start, or ran in what is no longer active. */
async function selectionChanged(lifecycle: Lifecycle, selection: PythonSelection): Promise<void> {
  const python = lifecycle.python;
  const isDown = lifecycle.state.kind === "no-python" || lifecycle.state.kind === "failed";
  // Programs inherit the variables of the server, and those of conda environments are worth having.
  const isConda = (path: string): boolean => condaPrefix(path, process.platform, isDirectory) !== undefined;
  const selected = await selectedPythons(selection);
  const follows = python?.source === "selected" && !selected.includes(python.path);
  if (isDown || (follows && [python.path, ...selected].some(isConda))) {
    await lifecycle.restart();
  } else {
    await lifecycle.settingsChanged();
  }
}

/** What was not asked for before may be there now: the selection, and settings that name programs. */
async function trusted(lifecycle: Lifecycle): Promise<void> {
  if (lifecycle.client === undefined) {
    await lifecycle.restart();
  } else {
    await lifecycle.settingsChanged();
  }
}
