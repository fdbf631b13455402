// An edge in front of a sink in memory, listening on a free port: what was stored can be read, and the sink can be made slow or broken.

import { onTestFinished } from "vitest";
import { Edge, type EdgeParts, type EdgeSettings } from "../../src/edge/edge.ts";
import { startListening } from "../../src/http/listener.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import type { StoreOutcome } from "../../src/model/event-sink.ts";
import type { DeadLetter } from "../../src/model/output.ts";

export interface MemoryEdge {
  readonly url: string;
  readonly messages: string[];
  readonly letters: DeadLetter[];
  readonly metrics: Metrics;
  /** All stored events, in order. */
  events(): Record<string, unknown>[];
  metric(name: string): Promise<number>;
}

export const SETTINGS: EdgeSettings = {
  writeKeys: [],
  origins: ["*"],
  bodyBytes: 5_000_000,
  batchEvents: 10_000,
  pendingBytes: 64_000_000,
  messageBytes: 262_144,
  lingerMs: 5,
  answerMs: 5000,
};
export const NOW = Date.parse("2026-03-02T09:00:00.000Z");

type Store = (message: string) => Promise<StoreOutcome>;

export async function memoryEdge(
  options: Partial<EdgeSettings> & { store?: Store; parts?: Partial<EdgeParts>; timeoutMs?: number; connections?: number } = {},
): Promise<MemoryEdge> {
  const { store, parts, timeoutMs, connections, ...settings } = options;
  const messages: string[] = [];
  const letters: DeadLetter[] = [];
  const metrics = new Metrics({ processMetrics: false });
  const edge = new Edge(
    { ...SETTINGS, ...settings },
    {
      sink: {
        maxBytes: 1024 * 1024,
        subject: "tidemark.log.0.event.edge",
        store: async (bytes) => {
          const message = new TextDecoder().decode(bytes);
          const outcome = (await store?.(message)) ?? { kind: "stored" };
          if (outcome.kind === "stored") messages.push(message);
          return outcome;
        },
      },
      dead: { put: async (some) => void letters.push(...some) },
      metrics,
      limits: { event_bytes: 32_768, id_bytes: 512, maxFutureMs: 86_400_000 },
      local: true,
      closed: () => null,
      now: () => NOW,
      ...parts,
    },
  );
  const server = await startListening(
    (request, response) => {
      if (!edge.handle(request, response)) response.writeHead(404).end();
    },
    { host: "127.0.0.1", port: 0, timeoutMs: timeoutMs ?? 5000, connections: connections ?? 1024, metrics },
  );
  onTestFinished(() => server.stop(50));
  return {
    url: server.url,
    messages,
    letters,
    metrics,
    events: () => messages.flatMap((message) => JSON.parse(message) as Record<string, unknown>[]),
    metric: async (name) => {
      const line = (await metrics.text()).split("\n").find((one) => one.startsWith(`${name} `));
      return Number(line?.slice(name.length + 1) ?? Number.NaN);
    },
  };
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Posted> {
  const bytes = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, { method: "POST", body: bytes as string, headers: { "content-type": "application/json", ...headers } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
