/** What a path leads to. */

import { statSync, type Stats } from "node:fs";

export function isDirectory(file: string): boolean {
  return look(file)?.isDirectory() ?? false;
}

export function isFile(file: string): boolean {
  return look(file)?.isFile() ?? false;
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // below a file, or in a folder that may not be entered
  }
}
