/** A stand-in for the editor's API: as much of it as the unit tests meet, and what they look at afterwards. */

import { URI } from "vscode-uri";

export { URI as Uri };

type Listener<Value> = (value: Value) => unknown;

export class Disposable {
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }
  constructor(private readonly action: () => unknown) {}
  dispose(): void {
    this.action();
  }
}

export class EventEmitter<Value> {
  readonly #listeners = new Set<Listener<Value>>();
  readonly event = (listener: Listener<Value>): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };
  get size(): number {
    return this.#listeners.size;
  }
  fire(value: Value): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
}

export class CodeLens {
  constructor(
    readonly range: Range,
    readonly command?: { title: string; command: string; arguments?: unknown[] },
  ) {}
}

export class RelativePattern {
  constructor(
    readonly base: unknown,
    readonly pattern: string,
  ) {}
}

export enum LanguageStatusSeverity {
  Information = 0,
  Warning = 1,
  Error = 2,
}

export enum ConfigurationTarget {
  Global = 1,
  Workspace = 2,
  WorkspaceFolder = 3,
}

export enum TextEditorRevealType {
  InCenterIfOutsideViewport = 2,
}

export enum ViewColumn {
  Beside = -2,
  Active = -1,
  One = 1,
}

export interface Extension {
  isActive: boolean;
  exports: unknown;
  activate(): Promise<unknown>;
}

/** What a test sets up and looks at. */
export const stage = {
  trusted: true,
  trustGranted: new EventEmitter<undefined>(),
  extensions: new Map<string, Extension>(),
  extensionsChanged: new EventEmitter<undefined>(),
  settings: new Map<string, unknown>(),
  configurationChanged: new EventEmitter<{ affectsConfiguration: (section: string) => boolean }>(),
  updates: [] as { key: string; value: unknown; target: number }[],
  folders: [] as { uri: URI; name: string; index: number }[],
  files: [] as URI[],
  documents: [] as { uri: URI; languageId: string }[],
  activeEditor: undefined as unknown,
  editorChanged: new EventEmitter<unknown>(),
  visibleEditors: [] as { document: { uri: URI }; viewColumn: number }[],
  shown: [] as { document: unknown; options: unknown }[],
  commands: new Map<string, (...args: unknown[]) => unknown>(),
  executed: [] as { command: string; args: unknown[] }[],
  messages: [] as { kind: string; text: string; buttons: string[] }[],
  /** The button that is pressed in the next messages. */
  answer: undefined as string | undefined,
  picks: [] as { label: string }[][],
  pick: undefined as string | undefined,
  input: undefined as string | undefined,
  opened: undefined as URI[] | undefined,
  statusItems: [] as StatusItem[],
  lines: [] as string[],
  clipboard: "",
  terminals: [] as unknown[],
  terminalClosed: new EventEmitter<unknown>(),
  windowState: new EventEmitter<{ focused: boolean }>(),
  watchers: [] as Watcher[],
  providers: new Map<string, unknown>(),
};

export class StatusItem {
  name = "";
  text = "";
  detail = "";
  severity = LanguageStatusSeverity.Information;
  busy = false;
  command: unknown;
  accessibilityInformation: unknown;
  disposed = false;
  constructor(
    readonly id: string,
    readonly selector: unknown,
  ) {}
  dispose(): void {
    this.disposed = true;
  }
}

export class Watcher {
  readonly changed = new EventEmitter<unknown>();
  readonly onDidCreate = this.changed.event;
  readonly onDidChange = this.changed.event;
  readonly onDidDelete = this.changed.event;
  disposed = false;
  constructor(readonly pattern: RelativePattern) {}
  dispose(): void {
    this.disposed = true;
  }
}

function message(kind: string) {
  return (text: string, ...buttons: string[]): Promise<string | undefined> => {
    stage.messages.push({ kind, text, buttons });
    return Promise.resolve(stage.answer);
  };
}

export const window = {
  get activeTextEditor() {
    return stage.activeEditor;
  },
  get visibleTextEditors() {
    return stage.visibleEditors;
  },
  onDidChangeActiveTextEditor: stage.editorChanged.event,
  onDidCloseTerminal: stage.terminalClosed.event,
  onDidChangeWindowState: stage.windowState.event,
  showErrorMessage: message("error"),
  showWarningMessage: message("warning"),
  showInformationMessage: message("information"),
  showQuickPick: (items: { label: string }[]) => {
    stage.picks.push(items);
    return Promise.resolve(items.find((item) => item.label.includes(stage.pick ?? "\0")));
  },
  showInputBox: () => Promise.resolve(stage.input),
  showOpenDialog: () => Promise.resolve(stage.opened),
  showTextDocument: (document: unknown, options: unknown) => {
    stage.shown.push({ document, options });
    return Promise.resolve();
  },
  registerWebviewPanelSerializer: () => new Disposable(() => undefined),
  createOutputChannel: () => ({
    appendLine: (line: string) => stage.lines.push(line),
    append: (text: string) => stage.lines.push(text),
    show: () => stage.lines.push("(shown)"),
    dispose: () => undefined,
  }),
  createTerminal: (options: unknown) => {
    stage.terminals.push(options);
    return { show: () => undefined };
  },
};

export const workspace = {
  get isTrusted() {
    return stage.trusted;
  },
  get workspaceFolders() {
    return stage.folders.length > 0 ? stage.folders : undefined;
  },
  get textDocuments() {
    return stage.documents;
  },
  onDidGrantWorkspaceTrust: stage.trustGranted.event,
  onDidChangeConfiguration: stage.configurationChanged.event,
  getWorkspaceFolder: (uri: URI) => stage.folders.find((folder) => uri.path.startsWith(`${folder.uri.path}/`)),
  asRelativePath: (file: string) => file.slice((stage.folders[0]?.uri.fsPath.length ?? -1) + 1),
  findFiles: () => Promise.resolve(stage.files),
  getConfiguration: (section?: string) => ({
    get: (key: string) => stage.settings.get([section, key].join(".")),
    inspect: (key: string) => ({
      workspaceValue: section === undefined ? tree(key) : stage.settings.get([section, key].join(".")),
    }),
    update: (key: string, value: unknown, target: number) => {
      stage.updates.push({ key: [section, key].join("."), value, target });
      return Promise.resolve();
    },
  }),
  openTextDocument: (uri: URI) => Promise.resolve({ uri }),
  registerTextDocumentContentProvider: (scheme: string, provider: unknown) => {
    stage.providers.set(scheme, provider);
    return new Disposable(() => stage.providers.delete(scheme));
  },
  createFileSystemWatcher: (pattern: RelativePattern) => {
    const watcher = new Watcher(pattern);
    stage.watchers.push(watcher);
    return watcher;
  },
};

/** The settings below a section, nested as the editor has them. */
function tree(section: string): unknown {
  const root: Record<string, unknown> = {};
  for (const [name, value] of stage.settings) {
    if (name.startsWith(`${section}.`)) {
      const parts = name.slice(section.length + 1).split(".");
      const last = parts.pop()!;
      let group = root;
      for (const part of parts) {
        group = (group[part] ??= {}) as Record<string, unknown>;
      }
      group[last] = value;
    }
  }
  return root;
}

export const extensions = {
  getExtension: (id: string) => stage.extensions.get(id),
  onDidChange: stage.extensionsChanged.event,
};

export const commands = {
  registerCommand: (id: string, action: (...args: unknown[]) => unknown) => {
    if (stage.commands.has(id)) throw new Error(`command '${id}' already exists`);
    stage.commands.set(id, action);
    return new Disposable(() => stage.commands.delete(id));
  },
  executeCommand: (command: string, ...args: unknown[]) => {
    stage.executed.push({ command, args });
    return Promise.resolve(stage.commands.get(command)?.(...args));
  },
};

export const languages = {
  setTextDocumentLanguage: (document: object, languageId: string) => Promise.resolve({ ...document, languageId }),
  createLanguageStatusItem: (id: string, selector: unknown) => {
    const item = new StatusItem(id, selector);
    stage.statusItems.push(item);
    return item;
  },
};

export const env = {
  appName: "Editor",
  remoteName: undefined as string | undefined,
  clipboard: {
    writeText: (text: string) => {
      stage.clipboard = text;
      return Promise.resolve();
    },
  },
};

export const version = "1.100.0";

// The language client's library derives from these when it is loaded.
export class CallHierarchyItem {}
export class CancellationError extends Error {}
export class CodeAction {}
export class CompletionItem {}
export class Diagnostic {}
export class DocumentLink {}
export class InlayHint {}
export class SymbolInformation {}
export class TypeHierarchyItem {}
