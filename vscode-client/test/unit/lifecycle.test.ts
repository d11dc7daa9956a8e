import assert from "node:assert/strict";
import { test } from "node:test";
import { State, type ErrorHandler } from "vscode-languageclient/node";

import { Lifecycle, type ServerState } from "../../src/lifecycle";
import { ChannelLog } from "../../src/log";
import type { NoServerPython, ServerPython } from "../../src/python/serverPython";
import { FakeClient } from "../support/client";
import { stage } from "../support/vscode";

const PYTHON: ServerPython = { path: process.execPath, version: [3, 12], source: "discovered" };

function setUp(python: ServerPython | NoServerPython = PYTHON, failure?: Error) {
  const clients: { client: FakeClient; handler: ErrorHandler; trusted: boolean }[] = [];
  const create = (_start: unknown, _channel: unknown, trusted: boolean, handler: ErrorHandler) => {
    const client = new FakeClient();
    client.failure = failure;
    clients.push({ client, handler, trusted });
    return client;
  };
  const seen: unknown[] = [];
  const lifecycle = new Lifecycle(
    "/ext",
    new ChannelLog(),
    {} as never,
    () => Promise.resolve(python),
    (client) => seen.push(client),
    create as never,
  );
  const states: string[] = [];
  lifecycle.onDidChangeState((state: ServerState) => states.push(state.kind));
  return { lifecycle, clients, states, seen };
}

test("a server is started, is known to run, and is stopped", async () => {
  const { lifecycle, clients, states, seen } = setUp();
  await lifecycle.start();
  assert.equal(lifecycle.state.kind, "running");
  assert.equal(lifecycle.client, clients[0]!.client);
  assert.deepEqual(seen, [clients[0]!.client], "handlers are registered");
  assert.equal(lifecycle.python, PYTHON);
  await lifecycle.start();
  assert.equal(clients.length, 1, "one that runs is not started twice");
  await lifecycle.stop();
  assert.equal(lifecycle.client, undefined);
  assert.equal(states.at(-1), "stopped");
});

test("starts and stops that overlap happen one after the other", async () => {
  const { lifecycle, clients } = setUp();
  await Promise.all([lifecycle.start(), lifecycle.restart(), lifecycle.restart()]);
  assert.equal(clients.length, 3);
  assert.deepEqual(
    clients.map(({ client }) => client.state),
    [State.Stopped, State.Stopped, State.Running],
  );
});

test("without a Python there is no client, and the reason is known", async () => {
  const { lifecycle, clients } = setUp({ tried: ["/x is Python 3.8"], badSetting: false });
  await lifecycle.start();
  assert.deepEqual(lifecycle.state, { kind: "no-python", why: { tried: ["/x is Python 3.8"], badSetting: false } });
  assert.equal(clients.length, 0);
  assert.equal(await lifecycle.execute("shapelens.pause"), undefined);
});

test("a server that does not come up has failed, and can be started again", async () => {
  const { lifecycle, clients } = setUp(PYTHON, new Error("no such module"));
  await lifecycle.start();
  assert.deepEqual(lifecycle.state, { kind: "failed", why: "no such module" });
  await lifecycle.restart();
  assert.equal(clients.length, 2);
});

test("a server that ends goes on once it is started anew, and has failed when it is given up", async () => {
  const { lifecycle, clients, states } = setUp();
  await lifecycle.start();
  const { client, handler } = clients[0]!;
  client.enter(State.Stopped);
  await handler.closed();
  client.enter(State.Starting);
  client.enter(State.Running);
  assert.deepEqual(states.slice(-3), ["running", "starting", "running"]);
  await handler.closed();
  await handler.closed();
  assert.equal(lifecycle.state.kind, "failed");
});

test("the server is told of trust at once and whenever it asks anew", async () => {
  stage.trusted = false;
  const { lifecycle, clients } = setUp();
  await lifecycle.start();
  assert.equal(clients[0]!.trusted, false);
  stage.trusted = true;
  await lifecycle.settingsChanged();
  assert.deepEqual(clients[0]!.client.notified, [{ settings: { shapelens: { trusted: true } } }]);
});

test("commands go to the server by its own name", async () => {
  const { lifecycle, clients } = setUp();
  await lifecycle.start();
  clients[0]!.client.answer = "text";
  assert.equal(await lifecycle.execute("shapelens.showSummary", "file:///a.py", 4), "text");
  assert.deepEqual(clients[0]!.client.requests, [{ command: "shapelens.showSummary", arguments: ["file:///a.py", 4] }]);
});
