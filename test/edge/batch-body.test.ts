// The short way reads what the long way reads: any batch, whole, broken or odd, gives the same events and the same faults as an array of its
// elements sent one by one.

import fc from "fast-check";
import { expect, test } from "vitest";
import { readBatch } from "../../src/edge/batch-body.ts";
import { readBody } from "../../src/edge/body.ts";
import { EventMaker } from "../../src/edge/event-maker.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const maker = new EventMaker({ event_bytes: 32_768, id_bytes: 512, maxFutureMs: 86_400_000 }, () => "given");
const arrival = { type: undefined, level: {}, envelopes: false, receivedMs: Date.parse("2026-03-02T09:00:00Z"), room: { left: Number.POSITIVE_INFINITY } };

const made = (text: string): unknown => {
  const body = readBody(encode(text), "", 1000);
  if (body.kind === "broken") return "broken";
  return body.elements.map((element) => {
    const one = maker.make(element, { ...arrival, level: body.level });
    const value: unknown = JSON.parse(decode(one.bytes));
    return one.kind === "event" ? value : [one.reason, value];
  });
};

const field = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("track", "c_1", "2026-03-02T08:00:00Z"));
const event = fc.oneof(
  fc.record(
    { type: field, event: field, userId: field, messageId: field, timestamp: field, sentAt: field, writeKey: field, context: field },
    { requiredKeys: [] },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Spaces where JSON allows them. */
const spaced = (value: unknown, space: string): string => JSON.stringify(value, null, space);

test("a batch gives what its elements give one by one, whatever it is written with", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), field, fc.constantFrom("", " ", "\n\t"), (batch, other, space) => {
      const text = spaced({ integrations: other, batch, x: other }, space);
      const short = readBatch(encode(text), 0, 1000);
      expect(short?.elements.length).toBe(batch.length);
      expect(made(text)).toEqual(batch.map((one) => (made(JSON.stringify([one])) as unknown[])[0]));
    }),
    { numRuns: 300 },
  );
});

test("what is cut off anywhere is broken, and never read short", () => {
  const text = JSON.stringify({
    sentAt: "2026-03-02T09:00:00Z",
    batch: [
      { type: "page", userId: "c" },
      { type: "page", anonymousId: "a" },
    ],
    writeKey: "k",
  });
  for (let length = 0; length < text.length; length++) {
    expect(readBatch(encode(text.slice(0, length)), 0, 1000)).toBeUndefined();
    expect(made(text.slice(0, length))).toBe("broken");
  }
});

test.each([
  ['{"batch":[],"type":"track"}', 1],
  ['{"batch":{},"x":1}', 1],
  ['{"b\\u0061tch":[{"type":"page","userId":"c"}]}', 1],
  ['{"batch":[1],"batch":[1,2]}', 2],
  ['{"batch":[1,2,3]} ', 3],
  ["{}", 1],
])("what is odd is read all the same: %s", (text, elements) => {
  expect((made(text) as unknown[]).length).toBe(elements);
});
