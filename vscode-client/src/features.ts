/** What the client tells the server that it can do, beyond what the library tells for it. */

import type { ClientCapabilities, FeatureState, ServerCapabilities, StaticFeature } from "vscode-languageclient/node";

/** Makes the server send `shapelens/status` and `shapelens/modelGraphChanged`. */
export class StatusFeature implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, shapelens: { status: true } };
  }

  initialize(): void {
    // Nothing depends on what the server answers.
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing is kept.
  }
}

/**
 * Hides the server's commands from the library, which would register an editor command for each.
 *
 * The extension has commands of these names, which show what the server's answer.
 */
export class OwnCommandsFeature implements StaticFeature {
  fillClientCapabilities(): void {
    // What the server declares is left to it.
  }

  preInitialize(capabilities: ServerCapabilities): void {
    delete capabilities.executeCommandProvider;
  }

  initialize(): void {
    // All was done before the library's own features see the capabilities.
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing is kept.
  }
}
