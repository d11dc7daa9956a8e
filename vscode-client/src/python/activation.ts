/** What activating a conda environment does to the variables of a process. */

import * as path from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of the conda environment that an interpreter belongs to; undefined where it belongs to none. */
export function condaPrefix(
  interpreter: string,
  platform: NodeJS.Platform,
  isFolder: (path: string) => boolean,
): string | undefined {
  const dialect = platform === "win32" ? path.win32 : path.posix;
  const folder = dialect.dirname(interpreter);
  // python.exe lies at the top of an environment on Windows.
  const prefix = platform === "win32" ? folder : dialect.dirname(folder);
  return isFolder(dialect.join(prefix, "conda-meta")) ? prefix : undefined;
}

/**
 * The variables of a process that runs in a conda environment as if it were activated.
 *
 * On Windows, libraries of the environment are found by the PATH alone. `conda run` would do the same, but it may not be
 * on the PATH itself, and it stands between the editor and the server's streams.
 */
export function activated(
  environment: Environment,
  prefix: string | undefined,
  platform: NodeJS.Platform,
): Environment {
  if (prefix === undefined) {
    return environment;
  }
  const windows = platform === "win32";
  const dialect = windows ? path.win32 : path.posix;
  const inside = windows
    ? ["", "Library\\mingw-w64\\bin", "Library\\usr\\bin", "Library\\bin", "Scripts", "bin"]
    : ["bin"];
  const folders = inside.map((folder) => (folder === "" ? prefix : dialect.join(prefix, folder)));
  // Variables of Windows know no case, but this object does.
  const name =
    Object.keys(environment).find((key) => key === "PATH" || (windows && key.toUpperCase() === "PATH")) ?? "PATH";
  const before = environment[name];
  return {
    ...environment,
    [name]: [...folders, ...(before ? [before] : [])].join(dialect.delimiter),
    CONDA_PREFIX: prefix,
    CONDA_DEFAULT_ENV: dialect.basename(prefix),
    // A virtual environment that was active in the terminal would rank before this one.
    VIRTUAL_ENV: undefined,
  };
}
