import { execFileSync } from "node:child_process";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes that descend from one, itself left out. */
export function descendants(ancestor: number): Process[] {
  const rows = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const all = rows.flatMap((row): Process[] => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
  const family = new Set([ancestor]);
  const found: Process[] = [];
  // A child may be listed before its parent.
  for (let size = -1; size !== found.length;) {
    size = found.length;
    for (const child of all.filter(({ pid, parent }) => family.has(parent) && !family.has(pid))) {
      family.add(child.pid);
      found.push(child);
    }
  }
  return found;
}

/** The language servers among the descendants of a process. */
export function servers(ancestor: number): Process[] {
  return withoutForks(descendants(ancestor).filter(({ command }) => /launch[\\/]serve\.py/.test(command)));
}

/** The hosts, which run the programs of the user, among the descendants of a process. */
export function hosts(ancestor: number): Process[] {
  return withoutForks(descendants(ancestor).filter(({ command }) => /worker[\\/]launch\.py/.test(command)));
}

/** A fork has the command line of the process that it was made by. */
function withoutForks(processes: readonly Process[]): Process[] {
  return processes.filter(({ parent }) => !processes.some(({ pid }) => pid === parent));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
