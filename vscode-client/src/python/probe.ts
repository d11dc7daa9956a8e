/** Asking an interpreter for its version. */

import { execFile } from "node:child_process";
import { tmpdir } from "node:os";

/** A command that starts Python, such as `["py", "-3"]`. */
export type Command = readonly [string, ...string[]];

export interface PythonFacts {
  /** What the interpreter calls itself; differs from the command where that is a launcher. */
  readonly executable: string;
  readonly version: readonly [number, number];
}

export type Probe = (command: Command) => Promise<PythonFacts | undefined>;

const QUESTION = "import sys; print('shapelens', sys.version_info[0], sys.version_info[1], sys.executable)";
const ANSWER = /^shapelens (\d+) (\d+) (.+?)\r?$/m;

const PATIENCE_MS = 10_000;

/**
 * What a command answers that starts Python; undefined where it does not.
 *
 * It is run without a shell, away from the workspace and isolated, so that no file of the workspace takes part.
 */
export const probe: Probe = (command) =>
  new Promise((resolve) => {
    const [file, ...before] = command;
    execFile(
      file,
      [...before, "-I", "-X", "utf8", "-c", QUESTION],
      { timeout: PATIENCE_MS, windowsHide: true, cwd: tmpdir(), encoding: "utf8" },
      (error, output) => {
        resolve(error ? undefined : readAnswer(output));
      },
    ).stdin?.end();
  });

export function readAnswer(output: string): PythonFacts | undefined {
  const [, major, minor, executable] = ANSWER.exec(output) ?? [];
  return executable === undefined ? undefined : { executable, version: [Number(major), Number(minor)] };
}
