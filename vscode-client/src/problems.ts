/** Messages about what keeps programs from being evaluated, each with a way to mend it. */

import * as vscode from "vscode";

import { COMMANDS } from "./commandIds";
import type { ServerState } from "./lifecycle";
import type { RootStatus } from "./protocol";
import type { NoServerPython } from "./python/serverPython";

/** A button: its title, and the command that it gives. */
export interface Button {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

export interface Message {
  readonly text: string;
  readonly buttons: readonly Button[];
}

const SELECT: Button = { title: "Select Interpreter", command: COMMANDS.selectInterpreter };
const SHOW_LOGS: Button = { title: "Show Logs", command: COMMANDS.showLogs };
const RESTART: Button = { title: "Restart", command: COMMANDS.restart };

/** What is said of a root with a problem. */
export function problemMessage(root: RootStatus): Message {
  const scope = root.uri === "" ? [] : [root.uri];
  const select: Button = { ...SELECT, arguments: scope };
  switch (root.problemKind) {
    case "no-keras":
    case "no-backend": {
      const install: Button = { title: "Install TensorFlow", command: COMMANDS.install, arguments: [root.interpreter] };
      const buttons = root.interpreter === null ? [select, SHOW_LOGS] : [select, install, SHOW_LOGS];
      return { text: root.problem, buttons };
    }
    case "no-interpreter":
    case "interpreter-too-old":
      return { text: root.problem, buttons: [select, SHOW_LOGS] };
    case "other":
    case "":
      return { text: `${root.problem} ${root.advice}`.trim(), buttons: [select, RESTART, SHOW_LOGS] };
  }
}

/** What is said where no interpreter was found that can run the server. */
export function noPythonMessage(why: NoServerPython): Message {
  const tried = why.tried.length === 0 ? "" : ` Tried: ${why.tried.join("; ")}.`;
  const text = why.badSetting
    ? `The setting shapelens.serverInterpreter must name a Python 3.10 or newer: ${why.tried.join("; ")}.`
    : `ShapeLens needs a Python 3.10 or newer to run on, and found none.${tried}`;
  const select: Button = { ...SELECT, command: COMMANDS.selectServerInterpreter };
  const settings: Button = { title: "Open Settings", command: COMMANDS.openServerSetting };
  return { text, buttons: [select, settings] };
}

/** Tells each problem once; again only after it was gone. */
export class Problems {
  readonly #told = new Map<string, string>();

  constructor(private readonly show: (message: Message) => void = showError) {}

  take(roots: readonly RootStatus[]): void {
    for (const root of roots) {
      if (root.state === "warm" || root.state === "busy") {
        this.#told.delete(root.uri);
      } else if (root.state === "problem" && this.#told.get(root.uri) !== root.problem) {
        this.#told.set(root.uri, root.problem);
        this.show(problemMessage(root));
      }
    }
  }

  takeServer(state: ServerState): void {
    if (state.kind === "no-python") {
      this.show(noPythonMessage(state.why));
    } else if (state.kind === "failed") {
      this.show({ text: `The ShapeLens server does not run. ${state.why}`, buttons: [RESTART, SHOW_LOGS] });
    }
  }
}

function showError(message: Message): void {
  void (async () => {
    const title = await vscode.window.showErrorMessage(message.text, ...message.buttons.map((button) => button.title));
    const button = message.buttons.find((each) => each.title === title);
    if (button !== undefined) {
      await vscode.commands.executeCommand(button.command, ...(button.arguments ?? []));
    }
  })();
}
