/** The server's process: how it is started from the libraries that the extension brings along. */

import { spawn, type ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { isDirectory } from "./files";
import { activated, condaPrefix, type Environment } from "./python/activation";

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Environment;
}

/**
 * How the server is started.
 *
 * Isolated (`-I`), so that neither the user's variables nor the workspace bring modules into it. The libraries are put
 * on its path by the script and not by PYTHONPATH, which the interpreters of models would inherit.
 */
export function launchOf(
  extensionPath: string,
  interpreter: string,
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
  isFolder: (path: string) => boolean = isDirectory,
): Launch {
  return {
    command: interpreter,
    args: ["-I", "-X", "utf8", path.join(extensionPath, "launch", "serve.py")],
    environment: activated(environment, condaPrefix(interpreter, platform, isFolder), platform),
  };
}

/** Start the server; it speaks over its standard streams and ends when these are closed. */
export function start(launch: Launch): ChildProcess {
  return spawn(launch.command, launch.args, {
    // Not the workspace: Windows looks for libraries in the working folder.
    cwd: tmpdir(),
    env: launch.environment,
    shell: false,
    stdio: "pipe",
    windowsHide: true,
  });
}
