// What comes in over HTTP and what is published to NATS means the same: the payloads of Segment's public specification, and CloudEvents in both
// modes. The public files are read where they are; without them the test says so and takes the payloads of its own.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { defaultDataFolder } from "../../bench/data/segment-lines.ts";
import { EventList } from "../../src/flow/frame-events.ts";
import { Splitter } from "../../src/flow/frame-split.ts";
import { type CloudEventAttributes, cloudEventHeaders } from "../../src/model/cloud-event.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { createDecoder } from "../../src/partition/decode.ts";
import { memoryEdge, NOW, post } from "./memory-edge.ts";

interface Payload {
  readonly name: string;
  readonly body: unknown;
  readonly contentType?: string;
  readonly cloudEvent?: CloudEventAttributes;
}

const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString("base64");
const FOLDER = join(defaultDataFolder(), "payloads");

const OWN: readonly Payload[] = [
  { name: "track", body: { type: "track", event: "Signed Up", userId: "c", properties: { plan: "team" }, timestamp: "2026-03-01T00:00:00Z", messageId: "m" } },
  { name: "alias", body: { type: "alias", previousId: "a", userId: "c" } },
  { name: "a batch with a context", body: { batch: [{ type: "page", anonymousId: "a", context: { ip: "1" } }], context: { locale: "de" } } },
  {
    name: "structured",
    body: { specversion: "1.0", id: "e1", subject: "c", time: "2026-03-01T00:00:00Z", data: { type: "track", event: "E" } },
    contentType: "application/cloudevents+json",
  },
  {
    name: "structured, many",
    body: [{ specversion: "1.0", id: "e1", subject: "c", data: { type: "page" } }],
    contentType: "application/cloudevents-batch+json",
  },
  {
    name: "structured, as bytes",
    body: { specversion: "1.0", id: "e1", subject: "c", time: "2026-03-01T00:00:00Z", data_base64: base64('{"type":"track","event":"E"}') },
    contentType: "application/cloudevents+json",
  },
  {
    name: "structured, many, as bytes that are events and that are none",
    body: ['{"type":"page","properties":{"n":1}}', "[]", "{", ""].map((text) => ({ specversion: "1.0", subject: "c", data_base64: base64(text) })),
    contentType: "application/cloudevents-batch+json",
  },
  { name: "structured, as no base64", body: { specversion: "1.0", subject: "c", data_base64: "%" }, contentType: "application/cloudevents+json" },
  {
    name: "structured, as msgpack",
    body: {
      specversion: "1.0",
      subject: "c",
      datacontenttype: "application/msgpack",
      data_base64: base64(new Packr({ useRecords: false }).pack({ type: "page", name: "P" })),
    },
  },
  { name: "binary", body: { type: "track", event: "E" }, cloudEvent: { id: "e 1", subject: "ü@example.org", time: "2026-03-01T00:00:00Z" } },
  { name: "binary, of something else", body: { appinfoA: "abc" }, cloudEvent: { id: "e1" } },
];

const published = (file: string): unknown => {
  const path = join(FOLDER, file);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8"));
  process.stderr.write(`\n*** NOT RUN: ${file} is not there, so its payloads were not compared. ***\n\n`);
  return undefined;
};

function segmentPayloads(): Payload[] {
  const file = published("segment_payloads.json") as { payloads: { file: string; heading: string; payload: unknown }[] } | undefined;
  return (file?.payloads ?? []).map(({ file: page, heading, payload }, i) => ({ name: `${page} ${heading} ${i}`, body: payload }));
}

function cloudEvents(): Payload[] {
  const file = published("cloudevents_examples.json") as unknown[] | undefined;
  return (file ?? []).map((body, i) => ({ name: `cloudevents ${i}`, body, contentType: `application/cloudevents${Array.isArray(body) ? "-batch" : ""}+json` }));
}

const decoder = createDecoder({ paths: [["properties"], ["traits"], ["context"], ["group"]] });

/** What the engine makes of a message: events as packs see them, and dead letters by reason. */
function meaning(message: { body: string; contentType?: string | undefined; cloudEvent?: CloudEventAttributes | undefined }): unknown[] {
  const list = new EventList();
  const splitter = new Splitter(settingsSchema.parse({ created: "2026-01-01T00:00:00Z" }), list);
  splitter.split({
    position: position(1),
    storedMs: epochMs(NOW),
    subject: "s",
    contentType: message.contentType ?? "application/json",
    data: new TextEncoder().encode(message.body),
    ...(message.cloudEvent === undefined ? {} : { cloudEvent: message.cloudEvent }),
  });
  return Array.from({ length: list.length }, (_, i) => {
    const partition = list.partitions[i] as number;
    if (partition < 0) return list.dead[~partition]?.reason;
    const event = decoder.newEvent();
    decoder.decode(list.sources[i] as Uint8Array, list.starts[i] as number, list.ends[i] as number, NOW, event);
    return { ...event, values: [...event.values] };
  });
}

/** The edge gives an id where there is none, and puts a sender's clock right where it can. */
function settled(events: readonly unknown[], asSent: readonly unknown[]): unknown[] {
  return events.map((event, i) => {
    const other = asSent[i] as { messageId?: unknown } | string;
    return typeof event === "object" && typeof other === "object" && other.messageId === undefined ? { ...event, messageId: undefined } : event;
  });
}

/** As the edge documents it: `timestamp` counts as the sender's clock if there is a `sentAt`, and nobody has received it before. */
function corrected(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const { timestamp, sentAt, originalTimestamp, receivedAt } = body as Record<string, unknown>;
  const raw = timestamp != null && sentAt != null && originalTimestamp == null && receivedAt == null;
  return raw ? { ...body, originalTimestamp: timestamp } : body;
}

const payloads = [...OWN, ...segmentPayloads(), ...cloudEvents()];

describe("HTTP and NATS", () => {
  test(`give the same of ${payloads.length} payloads`, { timeout: 60_000 }, async () => {
    let events = 0;
    for (const { name, body, contentType, cloudEvent } of payloads) {
      const edge = await memoryEdge();
      const headers = {
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...(cloudEvent === undefined ? {} : cloudEventHeaders(cloudEvent)),
      };
      const { status } = await post(`${edge.url}/v1/batch`, JSON.stringify(body), headers);
      expect([name, status]).toEqual([name, 200]);
      const direct = meaning({ body: JSON.stringify(corrected(body)), contentType, cloudEvent });
      const dead = edge.letters.map(({ reason }) => reason);
      const overHttp = edge.messages.flatMap((message) => meaning({ body: message }));
      const live = direct.filter((one) => typeof one === "object");
      expect([name, settled(overHttp, live), dead]).toEqual([name, live, direct.filter((one) => typeof one === "string")]);
      events += live.length;
    }
    expect(events).toBeGreaterThanOrEqual(OWN.length - 1);
  });
});
