// The whole of it on this machine: a nats-server, an engine with the pack of these tests, and its edge on a free port. What was sent is
// looked for where a user would look: at the contact.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { createLog } from "../../src/app/log.ts";
import { type Serving, serve } from "../../src/app/serve.ts";
import { loadMappings } from "../../src/cli/mapping-files.ts";
import { lookBack } from "../../src/cli/published.ts";
import type { PackDefinition } from "../../src/packs/definition.ts";
import type { OwnServer } from "../support/nats-server.ts";
import { packFrom } from "../support/pack.ts";

const PACK = `
pack: clients
version: 1
traits:
  plan: string
  company: { type: string, from: group.name }
events:
  signed_up: Signed Up
  ordered: { track: Order Completed, value: properties.revenue }
  home: { page: Home }
  any_page: { page: "*" }
  settings: { screen: Settings }
  opened: Email Opened
measures:
  sign_ups: { count: signed_up }
  revenue: { sum: ordered }
  homes: { count: home }
  pages: { count: any_page }
  screens: { count: settings }
  opens: { count: opened }
  last_order: { last: ordered }
stages:
  order: [visitor, customer]
  moves:
    - { from: visitor, to: customer, if: revenue > 0 }
`;

const MAPPINGS = join(import.meta.dirname, "../../rules/mappings/*.yaml");

export interface LiveEdge {
  readonly url: string;
  readonly serving: Serving;
  /** As GET /v1/contacts/{id} gives it; undefined where there is none. */
  contact(id: string, kind?: "user" | "anonymous"): Promise<Record<string, unknown> | undefined>;
  /** Waits until the contact's measures have at least these values. */
  shows(id: string, measures: Readonly<Record<string, unknown>>, kind?: "user" | "anonymous"): Promise<Record<string, unknown>>;
  /** What has left so far of a family (`trigger`, `outcome`), as subscribers see it. */
  published(family: string): Promise<Readonly<Record<string, unknown>>[]>;
}

let shards = 0;

/** For one test. Each has a shard of its own. */
export async function liveEdge(
  server: OwnServer,
  more: Readonly<Record<string, string>> = {},
  packs: readonly PackDefinition[] = [packFrom(PACK)],
): Promise<LiveEdge> {
  const state = mkdtempSync(join(tmpdir(), "tidemark-edge-"));
  const shard = `edge${process.pid}-${shards++}`;
  const values = {
    "nats.url": server.url,
    shard,
    state,
    workers: "1",
    "http.address": "127.0.0.1:0",
    "edge.write_keys": "key-1",
    "log.level": "error",
    ...more,
  };
  const flags = Object.entries(values).map(([key, value]) => ({ key, value, label: key }));
  const { config } = loadConfig({ env: {}, flags });
  const serving = await serve({
    config,
    packs,
    policy: null,
    mappings: loadMappings([MAPPINGS]),
    logger: createLog({ level: "error", format: "json" }),
    publicAlias: false,
  });
  onTestFinished(async () => {
    await serving.stop();
    rmSync(state, { recursive: true, force: true });
  });
  const url = serving.http?.url ?? "";
  const contact: LiveEdge["contact"] = async (id, kind = "user") => {
    const response = await fetch(`${url}/v1/contacts/${encodeURIComponent(id)}?kind=${kind}`);
    return response.status === 200 ? ((await response.json()) as Record<string, unknown>) : undefined;
  };
  return {
    url,
    serving,
    contact,
    shows: async (id, measures, kind) => {
      await expect.poll(() => contact(id, kind), { timeout: 15_000 }).toMatchObject({ packs: { clients: { measures } } });
      return (await contact(id, kind)) ?? {};
    },
    published: async (family) => {
      const all: Readonly<Record<string, unknown>>[] = [];
      await lookBack(config, 1000, null, ({ type, data }) => void (type === `io.tidemark.${family}.v1` && all.push(data ?? {})));
      return all;
    },
  };
}
