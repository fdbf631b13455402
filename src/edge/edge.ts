// Events over HTTP into the log.
//
// A request is read whole, taken apart into elements, each made an event or a fault; events go into messages shared with other requests,
// faults to the dead letters, and only when the broker has acknowledged all of them is the request answered with success. The
// invariant: an event of a request that got 200 is in the log or in the dead letters; of one that got 429 or 503 the sender must
// expect neither. Beyond the budget nothing more is let in: 429, before a body is read. Where it listens, and what becomes of an
// event afterwards, is not here.

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventLimits } from "../flow/frame-event.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { HeadType } from "../model/event-head.ts";
import type { EventSink, StoreOutcome } from "../model/event-sink.ts";
import { edgeLetterId } from "../model/letter-id.ts";
import { isCloudEvents } from "../model/media-type.ts";
import type { DeadLetter, DeadLetterSink } from "../model/output.ts";
import { type Answer, again, type Rejected, refusal, sendAnswer, taken } from "./answers.ts";
import { readBody } from "./body.ts";
import { browserSettings } from "./browser-settings.ts";
import { contentOf } from "./content.ts";
import { Origins } from "./cross-origin.ts";
import type { Elements } from "./elements.ts";
import { type Arrival, EventMaker, type Made } from "./event-maker.ts";
import { Budget, type Incoming, readIncoming } from "./incoming.ts";
import { readMapped } from "./mapped-body.ts";
import type { Mapping } from "./mapping.ts";
import { type Route, routeOf } from "./routes.ts";
import { SharedMessages } from "./shared-messages.ts";
import { keyInHead, WriteKeys } from "./write-keys.ts";

export interface EdgeSettings {
  readonly writeKeys: readonly string[];
  readonly origins: readonly string[];
  readonly bodyBytes: number;
  readonly batchEvents: number;
  readonly pendingBytes: number;
  readonly messageBytes: number;
  readonly lingerMs: number;
  /** A request whose events are not all acknowledged by then is answered with 503. */
  readonly answerMs: number;
}

export interface EdgeParts {
  readonly sink: EventSink;
  readonly dead: DeadLetterSink;
  readonly metrics: Metrics;
  /** Of the log that events go into. */
  readonly limits: EventLimits;
  /** Other shapes that are taken at /v1/map/<name>, by name. */
  readonly mappings?: ReadonlyMap<string, Mapping>;
  /** Whether only this machine can reach it. */
  readonly local: boolean;
  /** Why nothing can be taken now, for a person; null while it can. */
  readonly closed: () => string | null;
  readonly now?: () => number;
}

export class Edge {
  readonly #settings: EdgeSettings;
  readonly #parts: EdgeParts;
  readonly #keys: WriteKeys;
  readonly #origins: Origins;
  readonly #budget: Budget;
  readonly #messages: SharedMessages;
  readonly #maker: EventMaker;
  readonly #now: () => number;
  /** Names the dead letters of this process. */
  readonly #run = randomUUID();
  #letters = 0;

  constructor(settings: EdgeSettings, parts: EdgeParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#keys = new WriteKeys(settings.writeKeys, parts.local);
    this.#origins = new Origins(settings.origins);
    this.#budget = new Budget(settings.pendingBytes);
    this.#messages = new SharedMessages(parts.sink, settings, () => parts.metrics.edgeMessage());
    this.#maker = new EventMaker({ ...parts.limits, event_bytes: Math.min(parts.limits.event_bytes, parts.sink.maxBytes - BRACKETS) }, randomUUID);
  }

  /** Takes the request if it is one of its own. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { path, query } = targetOf(request.url ?? "/");
    const route = routeOf(path);
    if (route === undefined) return false;
    void this.#serve(route, query, request, response);
    return true;
  }

  async #serve(route: Route, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const answer = await this.#answer(route, query, request).catch((error: unknown) => refusal(500, "internal", `the edge could not answer: ${String(error)}`));
    // What was not read is thrown away, or the connection could not be used again.
    request.resume();
    const { metrics } = this.#parts;
    metrics.request(route.name, answer.status);
    metrics.edgeAnswer((performance.now() - began) / 1000);
    metrics.edgePending(this.#budget.held);
    const cors = request.method === "OPTIONS" ? this.#origins.preflight(request) : this.#origins.headers(request);
    sendAnswer(response, answer, cors);
  }

  async #answer(route: Route, query: URLSearchParams, request: IncomingMessage): Promise<Answer> {
    if (request.method === "OPTIONS") return { status: 204 };
    const wanted = route.kind === "settings" ? "GET" : "POST";
    if (request.method !== wanted)
      return { ...refusal(405, "method_not_allowed", `${request.method} is not served here; use ${wanted}`), headers: { allow: `${wanted}, OPTIONS` } };
    if (route.kind === "settings") return this.#keys.admits(route.key) ? { status: 200, body: browserSettings(request, route.key) } : UNKNOWN_KEY;
    const key = keyInHead(request, query);
    if (this.#keys.closed) return refusal(401, "no_write_keys", "this edge can be reached from other machines and has no edge.write_keys, so it takes nothing");
    if (key !== undefined && !this.#keys.admits(key)) return UNKNOWN_KEY;
    const closed = this.#parts.closed();
    if (closed !== null) return again(503, "closed", closed);
    return this.#take(route, key, request);
  }

  async #take(route: Route, key: string | undefined, request: IncomingMessage): Promise<Answer> {
    const mapping = route.kind === "map" ? this.#parts.mappings?.get(route.mapping) : undefined;
    if (route.kind === "map" && mapping === undefined)
      return refusal(404, "no_such_mapping", `no mapping is called "${route.mapping}"; edge.mappings names their files`);
    const incoming = await readIncoming(request, this.#settings.bodyBytes, this.#budget);
    if (incoming.kind !== "body") return this.#notRead(incoming.kind);
    const share = { held: incoming.held };
    let settled: Promise<unknown> = Promise.resolve();
    try {
      const read = this.#read(request, incoming.bytes, mapping);
      if ("status" in read) return read;
      if (!this.#keys.admits(key ?? read.body.writeKey)) return UNKNOWN_KEY;
      const made = this.#make(read, route.kind === "events" ? route.type : undefined, share);
      if ("status" in made) return made;
      const storing = this.#store(read.body, made);
      settled = storing;
      return await inTime(storing, this.#settings.answerMs);
    } finally {
      // A request that was answered for want of time still holds its bytes until its events are settled.
      void settled.catch(() => {}).finally(() => this.#budget.give(share.held));
    }
  }

  #read(request: IncomingMessage, bytes: Uint8Array, mapping: Mapping | undefined): Read | Answer {
    const { bodyBytes, batchEvents } = this.#settings;
    const content = contentOf(request.headers, bytes, bodyBytes);
    if (content.kind !== "content") return content.kind === "tooLarge" ? this.#notRead("tooLarge") : refusal(400, "broken_body", "broken msgpack");
    const body = mapping === undefined ? readBody(content.bytes, content.mediaType, batchEvents) : readMapped(content.bytes, mapping, batchEvents);
    if (body.kind === "broken") return refusal(400, "broken_body", body.error);
    return { body, arrived: bytes.length, unpacked: content.bytes.length, envelopes: isCloudEvents(content.mediaType) };
  }

  /** What comes to more than it was when it arrived takes its share of the budget before it does, as far as one can tell. */
  #make({ body, arrived, unpacked, envelopes }: Read, type: HeadType | undefined, share: { held: number }): readonly Made[] | Answer {
    const { bodyBytes } = this.#settings;
    // What a batch says for all is written into each of its events: a small body can become a very large one.
    const grown = Math.max(0, unpacked - arrived) + body.elements.length * ((body.level.context?.length ?? 0) + (body.level.sentAt?.length ?? 0));
    if (arrived + grown > bodyBytes) return this.#notRead("tooLarge");
    if (!this.#hold(grown, share)) return this.#notRead("overload");
    const arrival: Arrival = { type, level: body.level, envelopes, receivedMs: this.#now(), room: { left: bodyBytes } };
    const made = body.elements.map((element) => this.#maker.make(element, arrival));
    return this.#hold(Math.max(0, bodyBytes - arrival.room.left - unpacked), share) ? made : this.#notRead("overload");
  }

  #hold(bytes: number, share: { held: number }): boolean {
    if (!this.#budget.take(bytes)) return false;
    share.held += bytes;
    return true;
  }

  async #store(body: Elements, made: readonly Made[]): Promise<Answer> {
    const events: Uint8Array[] = [];
    const rejected: Rejected[] = [];
    const letters: DeadLetter[] = [];
    for (const [index, one] of made.entries()) {
      if (one.kind === "event") {
        events.push(one.bytes);
        continue;
      }
      const { reason, error, messageId } = one;
      rejected.push({ index: body.elements[index]?.index ?? index, reason, message: error, ...(messageId === undefined ? {} : { messageId }) });
      letters.push({ id: edgeLetterId(this.#run, this.#letters++), reason, error, subject: this.#parts.sink.subject, body: one.bytes });
    }
    const [outcome, failure] = await Promise.all([events.length === 0 ? STORED : this.#messages.add(events), this.#bury(letters)]);
    return this.#told({ accepted: events.length, ignored: body.ignored ?? 0, rejected }, outcome, failure);
  }

  #told({ accepted, ignored, rejected }: Told, outcome: StoreOutcome, failure: string | undefined): Answer {
    const { metrics } = this.#parts;
    const reason = outcome.kind === "stored" ? failure : outcome.reason;
    if (reason !== undefined) {
      metrics.edgeEvents("unavailable", accepted + rejected.length);
      return again(503, "unavailable", `not everything could be stored: ${reason}`);
    }
    metrics.edgeEvents("accepted", accepted);
    metrics.edgeEvents("ignored", ignored);
    metrics.edgeEvents("rejected", rejected.length);
    for (const { reason: why } of rejected) metrics.edgeRejected(why);
    return taken(accepted, ignored, rejected);
  }

  /** What kept them from being stored, or undefined. */
  async #bury(letters: readonly DeadLetter[]): Promise<string | undefined> {
    if (letters.length === 0) return undefined;
    try {
      await this.#parts.dead.put(letters);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #notRead(kind: Exclude<Incoming["kind"], "body">): Answer {
    if (kind === "tooLarge")
      return refusal(
        400,
        "too_large",
        `a body has at most ${this.#settings.bodyBytes} bytes (edge.body_bytes), unzipped, with msgpack as JSON, and with the context of a batch in each of its events`,
      );
    if (kind === "broken") return refusal(400, "broken_body", "the body begins as gzip and cannot be unzipped");
    if (kind === "gone") return refusal(400, "gone", "the body did not arrive");
    return again(429, "overload", `more than ${this.#settings.pendingBytes} bytes wait for the broker (edge.pending_bytes)`);
  }
}

/** A request that could be read: its size as it arrived, unzipped, and with msgpack written as JSON. */
interface Read {
  readonly body: Elements;
  readonly arrived: number;
  readonly unpacked: number;
  readonly envelopes: boolean;
}

/** What became of the items of a request. */
interface Told {
  readonly accepted: number;
  readonly ignored: number;
  readonly rejected: readonly Rejected[];
}

const STORED: StoreOutcome = { kind: "stored" };
const UNKNOWN_KEY = refusal(401, "unknown_key", "the write key is not one of edge.write_keys; send it as the user name of Basic, or as writeKey in the body");
/** Of an array around a single event. */
const BRACKETS = 2;

/** The path as it was sent: no route has anything in it that percent-encoding could hide. */
function targetOf(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const at = url.indexOf("?");
  return at < 0 ? { path: url, query: NO_QUERY } : { path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) };
}

const NO_QUERY = new URLSearchParams();

async function inTime(storing: Promise<Answer>, ms: number): Promise<Answer> {
  const late = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => late.resolve(again(503, "unavailable", `the broker has not acknowledged everything within ${ms} ms`)), ms);
  try {
    return await Promise.race([storing, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
