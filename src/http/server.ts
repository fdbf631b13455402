// HTTP for people and probes: who is a contact, who is where, is it alive, may it take traffic, and the metrics. It asks the
// running engine through model/status.ts and changes nothing, so answers while the log is still being replayed are allowed: they are
// the state of that moment. Everything is bounded: connections, the time a request may take, the time a stop may take (listener.ts). Taking
// events in over HTTP is not here but in edge/, and what a person may ask about themselves is in privacy.ts: both are handed in as fronts that
// are asked first.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Metrics } from "../metrics/metrics.ts";
import { type Engine, isReady } from "../model/status.ts";
import { type Answer, failure, inTime, ok, send } from "./answers.ts";
import { type HttpServer, type ListenOptions, startListening } from "./listener.ts";
import { CONTACTS, contactKey, parseTarget, type Target } from "./targets.ts";

export type { HttpServer } from "./listener.ts";

/** Takes requests that are its own, such as events that come in, and says whether it did. */
export type Front = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A request that takes longer than `timeoutMs` is answered with 503, or cut off while it is still being sent. */
export interface HttpOptions extends Omit<ListenOptions, "metrics"> {
  /** Asked before anything here is, one after the other. */
  readonly fronts?: readonly Front[] | undefined;
}

/** Starts to listen. Throws PORT_TAKEN where the address is in use, CONFIG_INVALID where this machine does not have it. */
export async function startHttp(engine: Engine, metrics: Metrics, options: HttpOptions): Promise<HttpServer> {
  const context = { engine, metrics, timeoutMs: options.timeoutMs };
  const listener: RequestListener = (request, response) => {
    if (options.fronts?.some((front) => front(request, response)) !== true) void serve(context, request, response);
  };
  return startListening(listener, { ...options, metrics });
}

interface Context {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly timeoutMs: number;
}

/** Names for the metrics: the answers of one route are one series, whatever was asked for. */
type RouteName = "contacts" | "stages" | "rfm" | "livez" | "readyz" | "metrics" | "none";
type Handler = (context: Context, target: Target) => Answer | Promise<Answer>;

const ROUTES: Readonly<Record<string, { readonly name: RouteName; readonly handler: Handler }>> = {
  "/v1/stages": { name: "stages", handler: async ({ engine }) => ok(await engine.stages()) },
  "/v1/rfm": { name: "rfm", handler: async ({ engine }) => ok(await engine.rfm()) },
  "/livez": { name: "livez", handler: () => ok({ status: "alive" }) },
  "/readyz": { name: "readyz", handler: ({ engine }) => readiness(engine) },
  "/metrics": { name: "metrics", handler: metricsPage },
};

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Nothing here reads a body; one that is sent all the same must be drained, or the connection cannot be used again.
  request.resume();
  const target = parseTarget(request.url ?? "/");
  const route = routeOf(target);
  const answer = await answerFor(context, request, target, route?.handler);
  context.metrics.request(route?.name ?? "none", answer.status);
  send(request, response, answer);
}

async function answerFor(context: Context, request: IncomingMessage, target: Target, handler: Handler | undefined): Promise<Answer> {
  if (handler === undefined) return failure(404, "no_such_path", `nothing is served at ${target.path}; ${servedTo(request.method)}`);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...failure(405, "method_not_allowed", `${request.method} is not served here; use GET`), headers: { allow: "GET, HEAD" } };
  }
  return inTime(context.timeoutMs, async () => handler(context, target));
}

const servedTo = (method: string | undefined): string =>
  method === "POST"
    ? "events go to /v1/batch, /v1/track, /v1/identify, /v1/page, /v1/screen, /v1/group, /v1/alias or /v1/map/{name}"
    : "try /v1/contacts/{id}, /v1/stages, /v1/rfm, /livez, /readyz or /metrics";

function routeOf({ path }: Target): { readonly name: RouteName; readonly handler: Handler } | undefined {
  if (path.startsWith(CONTACTS)) return { name: "contacts", handler: contact };
  return Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
}

async function contact({ engine }: Context, target: Target): Promise<Answer> {
  const key = contactKey(target.path.slice(CONTACTS.length), target.query);
  if ("status" in key) return key;
  const why = target.query.get("why") ?? "false";
  if (why !== "true" && why !== "false") return failure(400, "bad_why", `why is "${why}", it must be true or false`);
  const found = await engine.contact(key, { why: why === "true" });
  if (found !== undefined) return ok(found);
  const other = key.kind === "user" ? "; for an anonymous id add ?kind=anonymous" : "";
  return failure(404, "no_such_contact", `no ${key.kind} contact has the id "${key.id}"${other}`);
}

/** Ready means: caught up with the log once since the start, and not on the way out. */
function readiness(engine: Engine): Answer {
  const status = engine.status();
  const { phase, position, lagMessages, trouble } = status;
  if (isReady(status)) return ok({ status: "ready", position });
  const reason = trouble !== null ? trouble : phase === "replaying" ? `${lagMessages} messages of the log are still to be replayed` : `the engine is ${phase}`;
  return { status: 503, body: { status: "not_ready", phase, reason, position, lagMessages } };
}

async function metricsPage({ engine, metrics }: Context): Promise<Answer> {
  metrics.observe(engine.status());
  return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
}
