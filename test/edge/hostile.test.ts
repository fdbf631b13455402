import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventList } from "../../src/flow/frame-events.ts";
import { Splitter } from "../../src/flow/frame-split.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { settingsSchema } from "../../src/model/settings.ts";
import { HOSTILE_BODIES } from "./hostile-bodies.ts";
import { type MemoryEdge, memoryEdge, NOW, post } from "./memory-edge.ts";

/** What the engine would make of everything that the edge has stored: [events, dead letters]. */
function framed(edge: MemoryEdge): [number, number] {
  const list = new EventList();
  const splitter = new Splitter(settingsSchema.parse({ created: "2026-01-01T00:00:00Z" }), list);
  let [events, dead] = [0, 0];
  for (const [index, message] of edge.messages.entries()) {
    splitter.split({
      position: position(index + 1),
      storedMs: epochMs(NOW),
      subject: "s",
      contentType: "application/json",
      data: new TextEncoder().encode(message),
    });
    dead += list.dead.length;
    events += list.length - list.dead.length;
  }
  return [events, dead];
}

describe("hostile bodies", () => {
  test(`${HOSTILE_BODIES.length} of them: a clear answer each, and the counters add up`, { timeout: 120_000 }, async () => {
    expect(HOSTILE_BODIES.length).toBeGreaterThanOrEqual(100);
    const edge = await memoryEdge();
    let sent = 0;
    const odd: string[] = [];
    for (const { name, bytes, holds, contentType } of HOSTILE_BODIES) {
      const { status, body } = await post(`${edge.url}/v1/batch`, bytes, contentType === undefined ? {} : { "content-type": contentType });
      if (status !== (holds === undefined ? 400 : 200) || body["success"] !== (status === 200))
        odd.push(`${name}: ${status} ${JSON.stringify(body).slice(0, 200)}`);
      if (status === 400 && typeof (body["error"] as { message?: unknown } | undefined)?.message !== "string") odd.push(`${name}: no message`);
      sent += holds ?? 0;
    }
    expect(odd).toEqual([]);
    const [accepted, rejected] = [
      await edge.metric('tidemark_edge_events_total{outcome="accepted"}'),
      await edge.metric('tidemark_edge_events_total{outcome="rejected"}'),
    ];
    expect(accepted + rejected).toBe(sent);
    expect(edge.letters.length).toBe(rejected);
    expect(framed(edge)).toEqual([accepted, 0]);
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
    expect((await post(`${edge.url}/v1/track`, { event: "E", userId: "c" })).status).toBe(200);
  });
});

describe("anything that is JSON", () => {
  const field = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom("track", "page", "c_1", "2026-03-02T09:00:00Z", "undefined", 1e15));
  const event = fc.oneof(
    fc.record(
      { type: field, event: field, userId: field, anonymousId: field, messageId: field, timestamp: field, sentAt: field, context: field },
      { requiredKeys: [] },
    ),
    fc.jsonValue({ maxDepth: 3 }),
  );

  test("what is accepted and what is rejected add up to what was sent, and the engine takes all that was accepted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), field, field, async (batch, sentAt, context) => {
        const edge = await memoryEdge();
        const { status, body } = await post(`${edge.url}/v1/batch`, { batch, sentAt, context });
        expect(status).toBe(200);
        const rejected = Number(body["rejectedCount"] ?? 0);
        expect(framed(edge)).toEqual([batch.length - rejected, 0]);
        expect(edge.letters.length).toBe(rejected);
      }),
      { numRuns: 150 },
    );
  });
});
