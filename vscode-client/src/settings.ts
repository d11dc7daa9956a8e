/** The user's settings: as the editor holds them, and as the server is told them. */

import * as vscode from "vscode";

export const SECTION = "shapelens";

/** Settings that the extension itself obeys; the server would complain about them. */
const CLIENT_ONLY = ["serverInterpreter"] as const;

const PATHS = ["interpreter", "cwd"] as const;

export type Values = Record<string, unknown>;

/** What `${...}` in a setting stands for; the server fills in the workspace folder by itself. */
export interface Variables {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Replace `${userHome}` and `${env:NAME}`; a variable that is not set becomes nothing. */
export function expand(text: string, variables: Variables): string {
  return text
    .replaceAll("${userHome}", variables.home)
    .replace(/\$\{env:([^}]*)\}/g, (_, name: string) => variables.environment[name] ?? "");
}

/**
 * What the server is told for one root.
 *
 * The interpreter that was selected in the editor stands in where the user's own setting is empty. Whether evaluation is
 * allowed is the editor's to say and no setting's.
 */
export function forServer(sent: unknown, selected: string | undefined, trusted: boolean, variables: Variables): Values {
  const values: Values = { ...(isObject(sent) ? sent : {}) };
  for (const key of CLIENT_ONLY) {
    Reflect.deleteProperty(values, key);
  }
  for (const key of PATHS) {
    const value = values[key];
    if (typeof value === "string") {
      values[key] = expand(value.trim(), variables);
    }
  }
  const own = values["interpreter"];
  values["interpreter"] = own === undefined || own === null || own === "" ? (selected ?? null) : own;
  values["trusted"] = trusted;
  return values;
}

/**
 * What the user has set, of all that the editor answers; the rest are the editor's own defaults.
 *
 * The server has the same defaults, below those of the project's `pyproject.toml`.
 */
export function chosen(answer: unknown, scopes: readonly unknown[]): unknown {
  const set = scopes.filter((scope) => scope !== undefined);
  const groups = set.filter(isObject);
  if (!isObject(answer) || groups.length < set.length) {
    return answer;
  }
  const keys = Object.keys(answer).filter((key) => groups.some((group) => group[key] !== undefined));
  return Object.fromEntries(
    keys.map((key) => [
      key,
      chosen(
        answer[key],
        groups.map((group) => group[key]),
      ),
    ]),
  );
}

/** What the user has set for a scope, of what the editor answers for it. */
export function chosenFor(answer: unknown, scope: vscode.Uri | undefined): unknown {
  const found = vscode.workspace.getConfiguration(undefined, scope).inspect(SECTION);
  return chosen(answer, [
    found?.globalValue,
    found?.workspaceValue,
    found?.workspaceFolderValue,
    found?.globalLanguageValue,
    found?.workspaceLanguageValue,
    found?.workspaceFolderLanguageValue,
  ]);
}

/** The setting of a text; empty where it is not set. */
export function textSetting(key: string, scope?: vscode.Uri): string {
  const value = vscode.workspace.getConfiguration(SECTION, scope).get(key);
  return typeof value === "string" ? value.trim() : "";
}

export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
