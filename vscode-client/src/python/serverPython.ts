/** The interpreter that runs the server. */

import * as path from "node:path";

import type { Command, Probe, PythonFacts } from "./probe";

/** The oldest Python that the server runs on. */
export const OLDEST: readonly [number, number] = [3, 10];

export interface ServerPython {
  /** An absolute path; symbolic links in it are kept. */
  readonly path: string;
  readonly version: readonly [number, number];
  readonly source: "setting" | "selected" | "discovered";
}

/** Why there is none: what was tried, each with what is wrong with it. */
export interface NoServerPython {
  readonly tried: readonly string[];
  /** Whether the user's own setting is what is wrong. */
  readonly badSetting: boolean;
}

export interface Choice {
  /** The setting `shapelens.serverInterpreter`, variables replaced; empty where it is not set. */
  readonly setting: string;
  /** The interpreters selected for the workspace folders; none where the workspace is not trusted. */
  readonly selected: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly searchPath: string;
}

export function isServerPython(found: ServerPython | NoServerPython): found is ServerPython {
  return "path" in found;
}

/**
 * The first of these that is new enough: the user's setting, the selected interpreter, what is on the PATH.
 *
 * A setting that does not work is said and never passed over.
 */
export async function chooseServerPython(
  choice: Choice,
  probe: Probe,
  isFile: (path: string) => boolean,
): Promise<ServerPython | NoServerPython> {
  if (choice.setting !== "") {
    const file = located(choice.setting, choice, isFile);
    const facts = file === undefined ? undefined : await probe([file]);
    if (file !== undefined && facts !== undefined && isNewEnough(facts)) {
      return { path: file, version: facts.version, source: "setting" };
    }
    return { tried: [`${choice.setting} ${fault(facts)}`], badSetting: true };
  }
  const tried: string[] = [];
  for (const file of new Set(choice.selected)) {
    const facts = await probe([file]);
    if (facts !== undefined && isNewEnough(facts)) {
      return { path: file, version: facts.version, source: "selected" };
    }
    tried.push(`${file} ${fault(facts)}`);
  }
  for (const command of onSearchPath(choice, isFile)) {
    const facts = await probe(command);
    if (facts !== undefined && isNewEnough(facts)) {
      // Its own name: launchers and version managers put stand-ins on the PATH, which look for it anew at each start.
      return { path: facts.executable, version: facts.version, source: "discovered" };
    }
    tried.push(`${command.join(" ")} ${fault(facts)}`);
  }
  return { tried, badSetting: false };
}

function isNewEnough(facts: PythonFacts): boolean {
  const [major, minor] = facts.version;
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function fault(facts: PythonFacts | undefined): string {
  return facts === undefined ? "does not start as a Python" : `is Python ${facts.version.join(".")}`;
}

/** The interpreter that the setting means: a path, the folder of an environment, or a command. */
function located(setting: string, choice: Choice, isFile: (path: string) => boolean): string | undefined {
  const dialect = dialectOf(choice.platform);
  if (!dialect.isAbsolute(setting)) {
    return folders(choice)
      .flatMap((folder) => names(setting, choice.platform).map((name) => dialect.join(folder, name)))
      .find(isFile);
  }
  const inside = choice.platform === "win32" ? ["Scripts\\python.exe", "python.exe"] : ["bin/python", "bin/python3"];
  return [setting, ...inside.map((name) => dialect.join(setting, name))].find(isFile);
}

/** Every Python on the PATH, and the launcher of Windows, in the order in which they are tried. */
function onSearchPath(choice: Choice, isFile: (path: string) => boolean): Command[] {
  const dialect = dialectOf(choice.platform);
  const windows = choice.platform === "win32";
  const commands: Command[] = [];
  for (const command of windows ? ["py", "python", "python3"] : ["python3", "python"]) {
    for (const folder of folders(choice)) {
      const file = names(command, choice.platform)
        .map((name) => dialect.join(folder, name))
        .find(isFile);
      if (file !== undefined) {
        commands.push(command === "py" ? [file, "-3"] : [file]);
      }
    }
  }
  return commands;
}

/** Relative entries of the PATH would count from the workspace, which must not bring its own Python. */
function folders(choice: Choice): string[] {
  const dialect = dialectOf(choice.platform);
  return choice.searchPath.split(dialect.delimiter).filter((folder) => dialect.isAbsolute(folder));
}

function names(command: string, platform: NodeJS.Platform): string[] {
  return platform === "win32" && !command.toLowerCase().endsWith(".exe") ? [`${command}.exe`] : [command];
}

function dialectOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === "win32" ? path.win32 : path.posix;
}
