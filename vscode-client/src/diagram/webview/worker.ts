/** The web worker that lays graphs out, so that the page goes on meanwhile. */

import { layoutGraph } from "../layout/layout";
import type { LayoutReply, LayoutTask } from "./layoutClient";

self.addEventListener("message", ({ data }: MessageEvent<LayoutTask>) => {
  let reply: LayoutReply;
  try {
    reply = { number: data.number, layout: layoutGraph(data.graph), problem: "" };
  } catch (error) {
    reply = { number: data.number, layout: null, problem: String(error) };
  }
  self.postMessage(reply);
});
