/** The output channel: what the server writes to standard error, and what the extension does. */

import * as vscode from "vscode";

export interface Log {
  info(message: string): void;
}

/** The channel "ShapeLens"; its lines of ours look like those of the server. */
export class ChannelLog implements Log, vscode.Disposable {
  readonly channel = vscode.window.createOutputChannel("ShapeLens", "log");

  info(message: string): void {
    this.channel.appendLine(`${timestamp(new Date())} INFO extension: ${message}`);
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}

/** Local time as Python's logging writes it: `2026-01-31 09:05:07,042`. */
export function timestamp(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${String(time.getFullYear())}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${clock},${String(time.getMilliseconds()).padStart(3, "0")}`;
}
