// The interface that the Python extension exports (its package @vscode/python-extension), as far as a client may call
// it: every promise is one here too, and the environment changes when the user picks another.
"use strict";

const path = require("node:path");
const vscode = require("vscode");

/** @param {string} interpreter */
function resolved(interpreter) {
  const folder = path.dirname(path.dirname(interpreter));
  return {
    id: interpreter,
    path: interpreter,
    executable: { uri: vscode.Uri.file(interpreter), bitness: "64-bit", sysPrefix: folder },
    environment: {
      type: "VirtualEnvironment",
      name: path.basename(folder),
      folderUri: vscode.Uri.file(folder),
      workspaceFolder: undefined,
    },
    version: { major: 3, minor: 11, micro: 0, release: { level: "final", serial: 0 }, sysVersion: "3.11.0" },
    tools: ["Venv"],
  };
}

/** @param {vscode.ExtensionContext} context */
exports.activate = (context) => {
  const settings = () => vscode.workspace.getConfiguration("python");
  let active = settings().get("defaultInterpreterPath", "python");
  const changed = new vscode.EventEmitter();
  const environmentsChanged = new vscode.EventEmitter();
  const variablesChanged = new vscode.EventEmitter();

  /** @param {string} interpreter */
  const select = (interpreter) => {
    active = interpreter;
    changed.fire({ id: active, path: active, resource: vscode.workspace.workspaceFolders?.[0] });
  };
  const known = () => settings().get("stub.interpreters", [active]).map(resolved);

  context.subscriptions.push(
    changed,
    environmentsChanged,
    variablesChanged,
    vscode.commands.registerCommand("python.setInterpreter", async () => {
      const picked = await vscode.window.showQuickPick(
        known().map((environment) => environment.path),
        { title: "Select Interpreter", placeHolder: active },
      );
      if (picked !== undefined) select(picked);
    }),
  );

  return {
    ready: Promise.resolve(),
    debug: {
      getRemoteLauncherCommand: async () => [],
      getDebuggerPackagePath: async () => undefined,
    },
    environments: {
      getActiveEnvironmentPath: () => ({ id: active, path: active }),
      /** @param {string | { path: string }} environment */
      updateActiveEnvironmentPath: async (environment) =>
        select(typeof environment === "string" ? environment : environment.path),
      onDidChangeActiveEnvironmentPath: changed.event,
      get known() {
        return known();
      },
      onDidChangeEnvironments: environmentsChanged.event,
      refreshEnvironments: async () => environmentsChanged.fire({ type: "update", env: resolved(active) }),
      /** @param {string | { path: string }} environment */
      resolveEnvironment: async (environment) =>
        resolved(typeof environment === "string" ? environment : environment.path),
      getEnvironmentVariables: () => process.env,
      onDidEnvironmentVariablesChange: variablesChanged.event,
    },
  };
};
