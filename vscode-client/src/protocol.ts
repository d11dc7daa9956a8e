/** What the extension and the server say to each other beyond the Language Server Protocol. */

import type { Event, Uri } from "vscode";

/** A position of the Language Server Protocol: zero-based, characters in UTF-16 units. */
export interface LspPosition {
  readonly line: number;
  readonly character: number;
}

/** A range of the Language Server Protocol; its end is exclusive. */
export interface LspRange {
  readonly start: LspPosition;
  readonly end: LspPosition;
}

// --- shapelens/status -----------------------------------------------------------------------------------

export const STATUS = "shapelens/status";

export type RootState = "untrusted" | "paused" | "cold" | "starting" | "warm" | "busy" | "problem";

export type ProblemKind = "" | "no-keras" | "no-backend" | "no-interpreter" | "interpreter-too-old" | "other";

/** What the server knows of one workspace root and of the environment that runs its programs. */
export interface RootStatus {
  /** Empty for files outside any root. */
  readonly uri: string;
  readonly state: RootState;
  /** The path of the Python that runs programs. */
  readonly interpreter: string | null;
  /** Why this interpreter was chosen, in one phrase. */
  readonly why: string;
  readonly python: string | null;
  readonly keras: string | null;
  readonly backend: string | null;
  readonly tensorflow: string | null;
  readonly device: string | null;
  readonly sandbox: "strict" | "basic" | "off" | null;
  readonly sandboxDetail: string;
  /** What happens while the environment starts, such as "importing tensorflow". */
  readonly stage: string;
  /** One sentence where the state is "problem". */
  readonly problem: string;
  /** What to do about the problem, in one sentence. */
  readonly advice: string;
  readonly problemKind: ProblemKind;
}

export interface StatusParams {
  readonly roots: readonly RootStatus[];
}

// --- shapelens/modelGraph -------------------------------------------------------------------------------

export const MODEL_GRAPH = "shapelens/modelGraph";
export const MODEL_GRAPH_CHANGED = "shapelens/modelGraphChanged";

export interface ModelGraphParams {
  readonly textDocument: { readonly uri: string };
}

export interface ModelGraphChangedParams {
  readonly uri: string;
}

/** The models of one document, in the order of its text; one that failed half-built is among them. */
export interface ModelGraphResult {
  readonly version: number | null;
  readonly models: readonly ModelGraph[];
}

export interface ModelGraph {
  /** The variable that holds the model, else the name of its layer. */
  readonly name: string;
  /** "Sequential", "Functional" or the name of the class. */
  readonly type: string;
  readonly layerName: string;
  readonly uri: string;
  readonly range: LspRange | null;
  /** Shape text; empty where it is not known. */
  readonly input: string;
  readonly output: string;
  readonly parameters: number | null;
  readonly trainableParameters: number | null;
  /** The message of the fault that ended it, else empty. */
  readonly broken: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export type NodeKind = "input" | "layer" | "model" | "operation";

export interface GraphNode {
  /** Unique in the whole result. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly kind: NodeKind;
  readonly uri: string;
  /** The expression that made it. */
  readonly range: LspRange | null;
  readonly input: string;
  readonly output: string;
  readonly dtype: string;
  readonly parameters: number | null;
  readonly trainable: number | null;
  /** Of one sample; a multiply-add counts two. */
  readonly flops: number | null;
  /** Elements of the output for one sample. */
  readonly activations: number | null;
  readonly activationBytes: number | null;
  /** The message of the diagnostic at this node, else empty. */
  readonly fault: string;
  /** Of a nested model, else empty; shown folded first. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly shape: string;
  /** Whether it leads into the node that failed. */
  readonly faulty: boolean;
}

// --- commands of the server -----------------------------------------------------------------------------

/** Commands that the server runs for `workspace/executeCommand`. */
export const SERVER_COMMANDS = {
  restart: "shapelens.restart",
  evaluateNow: "shapelens.evaluateNow",
  pause: "shapelens.pause",
  resume: "shapelens.resume",
  showSummary: "shapelens.showSummary",
  debugInformation: "shapelens.debugInformation",
  chooseCall: "shapelens.chooseCall",
  giveExampleInputs: "shapelens.giveExampleInputs",
} as const;

// --- between the parts of the extension -----------------------------------------------------------------

/** What the diagram needs of the rest of the extension. */
export interface DiagramHost {
  /** The models of a document; null where nothing is known yet. */
  graph(uri: Uri): Promise<ModelGraphResult | null>;
  readonly onDidChangeGraph: Event<Uri>;
}
