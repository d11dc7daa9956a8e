import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { chromium, type Browser } from "playwright-core";

import { CodeServer } from "./code_server.ts";
import { EXTENSIONS, FAILURES, findChromium, FIXTURES, VENV } from "./places.ts";
import { Workbench } from "./workbench.ts";

const CHROMIUM_ARGUMENTS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];

/** What every test sets: quiet, and with nothing that blinks or asks. */
const SETTINGS: Readonly<Record<string, unknown>> = {
  "breadcrumbs.enabled": false,
  "editor.cursorBlinking": "solid",
  "editor.minimap.enabled": false,
  "editor.smoothScrolling": false,
  "editor.wordBasedSuggestions": "off",
  "extensions.ignoreRecommendations": true,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "window.commandCenter": false,
  "workbench.layoutControl.enabled": false,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** The window of a page: its size, and the pixels of a picture for each of its own. */
export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
}

export interface SessionOptions {
  /** Settings of the user, over those that every test has. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The folder of the extensions that are installed; all of them where it is left out. */
  readonly extensions?: string;
}

/** One server of the workbench and one browser, with a folder of their own that goes with them. */
export class Session {
  private constructor(
    readonly folder: string,
    readonly server: CodeServer,
    private readonly browser: Browser,
  ) {}

  /** Starts both; what the options need of files may be made in the folder that they are told. */
  static async start(given: SessionOptions | ((folder: string) => SessionOptions) = {}): Promise<Session> {
    if (!existsSync(EXTENSIONS))
      throw new Error("No extension is installed yet: node --import tsx install_extensions.ts");
    const folder = mkdtempSync(path.join(os.tmpdir(), "shapelens-e2e-"));
    // Pictures show the path of the interpreter, and nobody's folders are to be seen in them.
    const python = linked(VENV, path.join(folder, ".venv"));
    const options = typeof given === "function" ? given(folder) : given;
    const folders = { extensions: options.extensions ?? EXTENSIONS, user: path.join(folder, "user") };
    const [server, browser] = await Promise.all([
      CodeServer.start(folders, { ...SETTINGS, "python.defaultInterpreterPath": python, ...options.settings }),
      chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS }),
    ]);
    return new Session(folder, server, browser);
  }

  /** A copy of a workspace of the fixtures, with more files where they are given. */
  workspace(name: string, files: Readonly<Record<string, string>> = {}): string {
    const copy = path.join(mkdtempSync(path.join(this.folder, "workspace-")), name);
    if (existsSync(path.join(FIXTURES, name))) cpSync(path.join(FIXTURES, name), copy, { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
      writeFileSync(path.join(copy, file), text);
    }
    return copy;
  }

  /** Opens a folder in a page that shares nothing with the pages before it. */
  async open(workspace: string, view: View = {}): Promise<Workbench> {
    const context = await this.browser.newContext({
      viewport: { width: view.width ?? 1280, height: view.height ?? 800 },
      deviceScaleFactor: view.scale ?? 1,
    });
    // The loader of these files wraps functions that have names in calls of it, also those that run in the page.
    await context.addInitScript("globalThis.__name = (named) => named;");
    return Workbench.open(await context.newPage(), `${this.server.address}/?folder=${encodeURIComponent(workspace)}`);
  }

  /** Copies the pages' pictures and all logs to where they outlive the session; returns that folder. */
  async keepEvidence(title: string): Promise<string> {
    const folder = path.join(FAILURES, title.replaceAll(/\W+/g, "-"));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const pages = this.browser.contexts().flatMap((context) => context.pages());
    await Promise.all(pages.map((page, at) => page.screenshot({ path: path.join(folder, `page-${at + 1}.png`) })));
    cpSync(path.join(this.folder, "user", "logs"), path.join(folder, "logs"), { recursive: true });
    writeFileSync(path.join(folder, "code-server.log"), this.server.log);
    return folder;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Gives an environment another place, and returns its interpreter there. */
export function linked(environment: string, place: string): string {
  symlinkSync(environment, place, "dir");
  return path.join(place, "bin", "python");
}
