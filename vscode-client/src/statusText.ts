/** What the status items say: words only, for tests without an editor. */

import type { ServerState } from "./lifecycle";
import { COMMANDS } from "./commandIds";
import type { ProblemKind, RootStatus } from "./protocol";

export type Severity = "information" | "warning" | "error";

export interface Item {
  readonly text: string;
  readonly detail: string;
  readonly severity: Severity;
  readonly busy: boolean;
  readonly command: { readonly title: string; readonly command: string };
}

const PAUSE = { title: "Pause", command: COMMANDS.pause };
const RESUME = { title: "Resume", command: COMMANDS.resume };
const RESTART = { title: "Restart", command: COMMANDS.restart };
const SHOW_LOGS = { title: "Show Logs", command: COMMANDS.showLogs };
const SELECT = { title: "Select Interpreter", command: COMMANDS.selectInterpreter };
const TRUST = { title: "Manage Trust", command: "workbench.trust.manage" };

const PROBLEMS: Readonly<Record<ProblemKind, string>> = {
  "": "Cannot evaluate",
  "no-keras": "Keras is not installed",
  "no-backend": "Keras has no backend",
  "no-interpreter": "No interpreter",
  "interpreter-too-old": "Python is too old",
  other: "Cannot evaluate",
};

/** What goes on: the server, or the root of the file that is shown. */
export function stateItem(server: ServerState, root: RootStatus | undefined): Item {
  const plain = stateOf(server, root);
  // Items of several extensions stand in one list.
  return { ...plain, text: `ShapeLens: ${plain.text}` };
}

function stateOf(server: ServerState, root: RootStatus | undefined): Item {
  switch (server.kind) {
    case "starting":
      return item("Starting", "the language server", { busy: true, command: SHOW_LOGS });
    case "stopped":
      return item("Stopped", "the language server", { severity: "warning", command: RESTART });
    case "failed":
      return item("The server does not run", server.why, { severity: "error", command: RESTART });
    case "no-python":
      return item("No Python for the server", "Python 3.10 or newer is needed", { severity: "error", command: SELECT });
    case "running":
      return root === undefined ? item("Ready", "", { command: PAUSE }) : ofRoot(root);
  }
}

function ofRoot(root: RootStatus): Item {
  switch (root.state) {
    case "untrusted":
      return item("Off", "the workspace is not trusted", { severity: "warning", command: TRUST });
    case "paused":
      return item("Paused", "nothing is evaluated", { severity: "warning", command: RESUME });
    case "cold":
      return item("Ready", "starts with the first file that uses Keras", { command: PAUSE });
    case "starting":
      return item("Starting", root.stage, { busy: true, command: PAUSE });
    case "warm":
      return item("Ready", "", { command: PAUSE });
    case "busy":
      return item("Evaluating", "", { busy: true, command: PAUSE });
    case "problem":
      return item(PROBLEMS[root.problemKind], problemDetail(root), {
        severity: "error",
        command: root.problemKind === "other" || root.problemKind === "" ? SHOW_LOGS : SELECT,
      });
  }
}

/** The environment that runs the programs of a root; undefined where there is nothing to say of it. */
export function environmentItem(root: RootStatus | undefined): Item | undefined {
  if (root === undefined || root.state === "untrusted") {
    return undefined;
  }
  const keras = root.keras === null ? "" : `Keras ${root.keras}`;
  const python = root.python === null ? "" : `Python ${root.python}`;
  const text = joined(" · ", keras, python) || "Interpreter";
  const environment = root.interpreter === null ? "none" : environmentName(root.interpreter);
  return item(text, joined(" · ", backendText(root), root.device ?? "", environment), { command: SELECT });
}

/** How evaluations are kept from doing harm; undefined before that is known. */
export function sandboxItem(root: RootStatus | undefined): Item | undefined {
  if (!root?.sandbox || root.state === "untrusted") {
    return undefined;
  }
  const severity = root.sandbox === "off" ? "warning" : "information";
  const command = { title: "Settings", command: COMMANDS.openSandboxSetting };
  return item(`Sandbox ${root.sandbox}`, root.sandboxDetail, { severity, command });
}

/** What its name leaves open; the whole sentence would push the command out of sight, and a message has told it. */
function problemDetail(root: RootStatus): string {
  const isNamed = root.problemKind !== "" && root.problemKind !== "other" && root.interpreter !== null;
  return isNamed ? environmentName(root.interpreter) : joined(" ", root.problem, root.advice);
}

/** The name of an environment's folder, which tells more in a narrow place than the whole path. */
function environmentName(interpreter: string): string {
  const parts = interpreter.split(/[\\/]/);
  const isInside = ["bin", "scripts"].includes(parts.at(-2)?.toLowerCase() ?? "");
  const name = parts.at(isInside ? -3 : -2) ?? "";
  // The system's own Python has no folder with a name of its own.
  return ["", "usr", "local"].includes(name) ? interpreter : name;
}

function backendText(root: RootStatus): string {
  const version = root.tensorflow;
  if (root.backend === null || root.backend === "tensorflow") {
    return version === null ? (root.backend ?? "") : `TensorFlow ${version}`;
  }
  return root.backend;
}

function item(text: string, detail: string, more: Partial<Item> & Pick<Item, "command">): Item {
  return { text, detail, severity: "information", busy: false, ...more };
}

function joined(separator: string, ...parts: string[]): string {
  return parts.filter((part) => part !== "").join(separator);
}

/** The status of the innermost root of a document, by addresses; undefined where none is known. */
export function rootOf(roots: readonly RootStatus[], document: string | undefined): RootStatus | undefined {
  const around = roots.filter((root) => root.uri !== "" && document !== undefined && isBelow(document, root.uri));
  around.sort((one, other) => other.uri.length - one.uri.length);
  return around[0] ?? roots.find((root) => root.uri === "") ?? roots[0];
}

function isBelow(document: string, root: string): boolean {
  return document === root || document.startsWith(root.endsWith("/") ? root : `${root}/`);
}
