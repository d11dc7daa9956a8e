import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { CODE_SERVER } from "./places.ts";

export interface Folders {
  /** Extensions, shared by the servers of one run. */
  readonly extensions: string;
  /** Settings, logs and caches of one server. */
  readonly user: string;
}

/** A variable of the surrounding editor or of the user's own caches must not reach the workbench under test. */
function environment(folders: Folders): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|XDG_|NODE_|npm_|PYTHON)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    XDG_CACHE_HOME: path.join(folders.user, "cache"),
    XDG_CONFIG_HOME: path.join(folders.user, "config"),
    XDG_DATA_HOME: path.join(folders.user, "data"),
  };
}

function commandLine(folders: Folders, ...more: string[]): string[] {
  const config = path.join(folders.user, "code-server.yaml");
  mkdirSync(folders.user, { recursive: true });
  writeFileSync(config, "auth: none\n");
  return [
    CODE_SERVER,
    ...["--config", config, "--user-data-dir", folders.user, "--extensions-dir", folders.extensions],
    ...more,
  ];
}

/** Install an extension; raises with the output of the command where that fails. */
export function installExtension(folders: Folders, vsix: string): void {
  const done = spawnSync(process.execPath, commandLine(folders, "--install-extension", vsix, "--force"), {
    env: environment(folders),
    encoding: "utf8",
  });
  if (done.status !== 0 || /failed|error/i.test(done.stderr)) {
    throw new Error(`${vsix} was not installed:\n${done.stdout}${done.stderr}`);
  }
}

/** The server of the workbench: one process that serves any number of pages. */
export class CodeServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
    private readonly output: readonly string[],
  ) {}

  static async start(folders: Folders, settings: Readonly<Record<string, unknown>>): Promise<CodeServer> {
    const user = path.join(folders.user, "User");
    mkdirSync(user, { recursive: true });
    writeFileSync(path.join(user, "settings.json"), JSON.stringify(settings, null, 2));
    const child = spawn(
      process.execPath,
      commandLine(
        folders,
        "--auth",
        "none",
        "--disable-telemetry",
        "--disable-update-check",
        "--bind-addr",
        "127.0.0.1:0",
      ),
      { env: environment(folders), stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    endWithUs(child);
    const output: string[] = [];
    child.stderr.on("data", (text: Buffer) => output.push(text.toString()));
    const lines = createInterface(child.stdout).on("line", (line) => output.push(line));
    const address = await new Promise<string | undefined>((resolve) => {
      lines.on("line", (line) => {
        const found = /HTTP server listening on (\S+?)\/?$/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
      lines.on("close", () => {
        resolve(undefined);
      });
    });
    if (address === undefined) throw new Error(`The workbench's server ended at once:\n${output.join("\n")}`);
    return new CodeServer(child, address, output);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What the server printed so far. */
  get log(): string {
    return this.output.join("\n");
  }

  /** Ends the server and, with its process group, the extension hosts that it keeps for pages which may come back. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.pid === undefined) return;
    const gone = once(this.child, "exit");
    process.kill(-this.child.pid, "SIGTERM");
    await gone;
  }
}

/** A run that is broken off must not leave a server behind; its process group is its own, so the terminal spares it. */
function endWithUs(child: ChildProcess): void {
  const kill = (): void => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  };
  process.on("exit", kill);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
}
