/** What a report of a fault in ShapeLens needs, as text without the user's name in it. */

import type { RootStatus } from "./protocol";

export interface Surroundings {
  readonly extension: string;
  readonly editor: string;
  readonly platform: string;
  readonly remote: string | undefined;
  readonly trusted: boolean;
  readonly server: string;
  readonly python: string;
  readonly roots: readonly RootStatus[];
  /** What the server says of itself; empty where it does not run. */
  readonly ofServer: string;
  readonly home: string;
}

export function debugInformation(around: Surroundings): string {
  const lines = [
    `ShapeLens ${around.extension} in ${around.editor} on ${around.platform}`,
    `remote: ${around.remote ?? "no"}, workspace trusted: ${around.trusted ? "yes" : "no"}`,
    `server: ${around.server}; runs on ${around.python}`,
    ...around.roots.map((root) => `status: ${JSON.stringify(root)}`),
    "",
    around.ofServer,
  ];
  const text = `${lines.join("\n").trimEnd()}\n`;
  return around.home.length > 1 ? text.replaceAll(around.home, "~") : text;
}
