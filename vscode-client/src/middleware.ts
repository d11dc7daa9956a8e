/** What is changed in messages between the library and the server. Nothing here stands in the way of typing. */

import { homedir } from "node:os";

import * as vscode from "vscode";
import type { ConfigurationParams, Middleware } from "vscode-languageclient/node";

import { COMMANDS } from "./commandIds";
import { SERVER_COMMANDS } from "./protocol";
import { chosenFor, forServer, SECTION, type Values } from "./settings";
import { isTrusted } from "./trust";

export interface MiddlewareHost {
  /** The interpreter that is selected for a folder, or for files outside of every folder. */
  selected(folder: vscode.Uri | undefined): Promise<string | undefined>;
  /** Tell the server that settings changed. */
  settingsChanged(): Promise<void>;
}

export function middleware(host: MiddlewareHost): Middleware {
  return {
    workspace: {
      configuration: async (params, token, next) => {
        const answers: unknown = await next(params, token);
        return Array.isArray(answers) ? await completed(params, answers, host) : (answers as []);
      },
      // The library would send the settings of one folder to all of them; the server asks for those of each.
      didChangeConfiguration: async () => host.settingsChanged(),
    },
    provideCodeLenses: async (document, token, next) => withDiagrams(await next(document, token)),
  };
}

/** The settings that the server asked for, completed by what the editor knows. */
export async function completed(
  params: ConfigurationParams,
  answers: readonly unknown[],
  host: Pick<MiddlewareHost, "selected">,
): Promise<unknown[]> {
  return Promise.all(
    answers.map(async (answer, index) => {
      const item = params.items[index];
      return item?.section === SECTION ? await completedOne(answer, item.scopeUri ?? undefined, host) : answer;
    }),
  );
}

async function completedOne(
  answer: unknown,
  scope: string | undefined,
  host: Pick<MiddlewareHost, "selected">,
): Promise<Values> {
  const trusted = isTrusted();
  // Asking for the selection may run what the workspace brings.
  const uri = scope ? vscode.Uri.parse(scope) : undefined;
  const selected = trusted ? await host.selected(uri) : undefined;
  return forServer(chosenFor(answer, uri), selected, trusted, { home: homedir(), environment: process.env });
}

/** Puts a lens that draws the models of the file beside each lens that opens their summary. */
export function withDiagrams(lenses: vscode.CodeLens[] | null | undefined): vscode.CodeLens[] | null | undefined {
  return lenses?.flatMap((lens) => {
    if (lens.command?.command !== SERVER_COMMANDS.showSummary) {
      return [lens];
    }
    const uri: unknown = lens.command.arguments?.[0];
    const command = { title: "diagram", command: COMMANDS.showDiagram, arguments: [uri] };
    return [lens, new vscode.CodeLens(lens.range, command)];
  });
}
