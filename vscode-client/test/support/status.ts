import type { RootStatus } from "../../src/protocol";

/** A root that is warm, with what differs. */
export function rootStatus(different: Partial<RootStatus>): RootStatus {
  return {
    uri: "file:///w",
    state: "warm",
    interpreter: "/w/.venv/bin/python",
    why: "the .venv of the workspace",
    python: "3.11.7",
    keras: "3.15.1",
    backend: "tensorflow",
    tensorflow: "2.21.0",
    device: "cpu",
    sandbox: "strict",
    sandboxDetail: "Landlock, seccomp",
    stage: "",
    problem: "",
    advice: "",
    problemKind: "",
    ...different,
  };
}
