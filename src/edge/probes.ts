// What an edge that runs alone serves beside events: is it alive, may it take traffic, and its metrics. In the engine's process the
// engine's own page serves these.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metrics } from "../metrics/metrics.ts";
import { type Answer, refusal, sendAnswer } from "./answers.ts";

export interface Probes {
  readonly metrics: Metrics;
  /** Why nothing can be taken now; null while it can. */
  readonly closed: () => string | null;
}

export async function serveProbe(probes: Probes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const path = (request.url ?? "/").split("?", 1)[0] as string;
  if (path === "/metrics" && request.method === "GET") return servePage(probes.metrics, response);
  const answer = request.method === "GET" ? answerFor(path, probes) : refusal(405, "method_not_allowed", `${request.method} is not served here; use GET`);
  probes.metrics.request(NAMES.get(path) ?? "none", answer.status);
  sendAnswer(response, answer, {});
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["/livez", "livez"],
  ["/readyz", "readyz"],
]);

function answerFor(path: string, { closed }: Probes): Answer {
  if (path === "/livez") return { status: 200, body: { status: "alive" } };
  if (path !== "/readyz") return refusal(404, "no_such_path", `nothing is served at ${path}; events go to /v1/batch`);
  const reason = closed();
  return reason === null ? { status: 200, body: { status: "ready" } } : { status: 503, body: { status: "not_ready", reason } };
}

async function servePage(metrics: Metrics, response: ServerResponse): Promise<void> {
  metrics.request("metrics", 200);
  const page = await metrics.text();
  response.writeHead(200, { "content-type": metrics.contentType, "content-length": Buffer.byteLength(page), "cache-control": "no-store" });
  response.end(page);
}
