// HTTP for people and probes: who is a contact, who is where, is it alive, may it take traffic, and the metrics. It asks the
// running engine through model/status.ts and changes nothing, so answers while the log is still being replayed are allowed: they are
// the state of that moment. Everything is bounded: connections, the time a request may take, the time a stop may take (listener.ts). Taking
// events in over HTTP is not here but in edge/, which is handed in as a front that is asked first.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Metrics } from "../metrics/metrics.ts";
import { TidemarkError } from "../model/errors.ts";
import { CONTACT_KINDS, type ContactKey, type ContactKind } from "../model/ids.ts";
import type { Engine } from "../model/status.ts";
import { type HttpServer, type ListenOptions, startListening } from "./listener.ts";

export type { HttpServer } from "./listener.ts";

/** Takes requests that are its own, such as events that come in, and says whether it did. */
export type Front = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A request that takes longer than `timeoutMs` is answered with 503, or cut off while it is still being sent. */
export interface HttpOptions extends ListenOptions {
  /** Asked before anything here is. */
  readonly front?: Front | undefined;
}

/** A contact's id beyond this is refused before anybody looks for it: the log's own limit can be no larger. */
const MAX_ID_BYTES = 4096;

/** Starts to listen. Throws PORT_TAKEN where the address is in use, CONFIG_INVALID where this machine does not have it. */
export async function startHttp(engine: Engine, metrics: Metrics, options: HttpOptions): Promise<HttpServer> {
  const context = { engine, metrics, timeoutMs: options.timeoutMs };
  const listener: RequestListener = (request, response) => {
    if (options.front?.(request, response) !== true) void serve(context, request, response);
  };
  return startListening(listener, options);
}

interface Context {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  /** Sent as JSON, or as text of `contentType` where that is given. */
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
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
const CONTACTS = "/v1/contacts/";

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
  if (handler === undefined)
    return failure(404, "no_such_path", `nothing is served at ${target.path}; try /v1/contacts/{id}, /v1/stages, /v1/rfm, /livez, /readyz or /metrics`);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...failure(405, "method_not_allowed", `${request.method} is not served here; use GET`), headers: { allow: "GET, HEAD" } };
  }
  return inTime(context.timeoutMs, async () => handler(context, target));
}

/** What was asked for: the path as it was sent, still percent-encoded. */
interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** By hand, because URL resolves `..` and `%2E%2E` away, and ids may be anything. */
function parseTarget(text: string): Target {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: new URLSearchParams() } : { path: text.slice(0, at), query: new URLSearchParams(text.slice(at + 1)) };
}

function routeOf({ path }: Target): { readonly name: RouteName; readonly handler: Handler } | undefined {
  if (path.startsWith(CONTACTS)) return { name: "contacts", handler: contact };
  return Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
}

async function contact({ engine }: Context, target: Target): Promise<Answer> {
  const key = contactKey(target);
  if ("status" in key) return key;
  const why = target.query.get("why") ?? "false";
  if (why !== "true" && why !== "false") return failure(400, "bad_why", `why is "${why}", it must be true or false`);
  const found = await engine.contact(key, { why: why === "true" });
  if (found !== undefined) return ok(found);
  const other = key.kind === "user" ? "; for an anonymous id add ?kind=anonymous" : "";
  return failure(404, "no_such_contact", `no ${key.kind} contact has the id "${key.id}"${other}`);
}

function contactKey({ path, query }: Target): ContactKey | Answer {
  const written = path.slice(CONTACTS.length);
  if (written === "") return failure(400, "bad_id", "an id must follow /v1/contacts/");
  if (written.includes("/")) return failure(400, "bad_id", "an id has a slash only as %2F");
  const id = decode(written);
  if (id === undefined) return failure(400, "bad_id", "the id is not valid percent-encoded UTF-8");
  if (Buffer.byteLength(id) > MAX_ID_BYTES) return failure(400, "bad_id", `an id has at most ${MAX_ID_BYTES} bytes`);
  const kind = query.get("kind") ?? "user";
  if (!isContactKind(kind)) return failure(400, "bad_kind", `kind is "${kind}", it must be one of ${CONTACT_KINDS.join(", ")}`);
  return { kind, id };
}

const isContactKind = (text: string): text is ContactKind => (CONTACT_KINDS as readonly string[]).includes(text);

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Ready means: caught up with the log once since the start, and not on the way out. */
function readiness(engine: Engine): Answer {
  const { phase, position, lagMessages, trouble } = engine.status();
  if (phase === "live" && trouble === null) return ok({ status: "ready", position });
  const reason = trouble !== null ? trouble : phase === "replaying" ? `${lagMessages} messages of the log are still to be replayed` : `the engine is ${phase}`;
  return { status: 503, body: { status: "not_ready", phase, reason, position, lagMessages } };
}

async function metricsPage({ engine, metrics }: Context): Promise<Answer> {
  metrics.observe(engine.status());
  return { status: 200, body: await metrics.text(), contentType: metrics.contentType };
}

/** The answer, or 503 where it does not come in time or the engine cannot give it; the question goes on unheard. */
async function inTime(ms: number, ask: () => Promise<Answer>): Promise<Answer> {
  const timer = Promise.withResolvers<Answer>();
  const handle = setTimeout(() => timer.resolve(unavailable(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([ask(), timer.promise]);
  } catch (error) {
    return error instanceof TidemarkError ? unavailable(error.message) : failure(500, "internal", `the engine could not answer: ${String(error)}`);
  } finally {
    clearTimeout(handle);
  }
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const failure = (status: number, code: string, message: string): Answer => ({ status, body: { error: { code, message } } });
const unavailable = (message: string): Answer => ({ ...failure(503, "unavailable", message), headers: { "retry-after": "1" } });

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const body = answer.contentType === undefined ? `${JSON.stringify(answer.body)}\n` : String(answer.body);
  response.writeHead(answer.status, {
    "content-type": answer.contentType ?? "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    // A contact is of this moment, and a browser must not guess what it was sent.
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...answer.headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
