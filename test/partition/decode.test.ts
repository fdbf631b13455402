import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDecoder, type DecodedEvent } from "../../src/partition/decode.ts";
import { hurtBytes, jsonText, lookUp, oracle, path } from "../model/json-nasty.ts";

const STORED_MS = Date.UTC(2026, 10, 20, 9);
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The event, or the reason why it is none. */
function decoded(text: string, paths: readonly (readonly (string | number)[])[] = []): DecodedEvent | string {
  const decoder = createDecoder({ paths });
  const event = decoder.newEvent();
  const bytes = bytesOf(text);
  return decoder.decode(bytes, 0, bytes.length, STORED_MS, event) ?? event;
}

const valuesOf = (text: string, paths: readonly (readonly (string | number)[])[]) => (decoded(text, paths) as DecodedEvent).values;
const track = (rest: object) => JSON.stringify({ type: "track", event: "Seen", userId: "u", ...rest });

describe("values", () => {
  it("are those of JSON.parse, at any path of any JSON", () => {
    let found = 0;
    fc.assert(
      fc.property(jsonText, fc.array(path, { maxLength: 6 }), (text, paths) => {
        // The last keys of the object are the message's own, so that it is an event whatever the rest says.
        const body = `{"properties":${text},"context":${text},"type":"track","event":"x","userId":"u","timestamp":1700000000000}`;
        const value = (oracle(bytesOf(body)) as { value: unknown }).value;
        const asked = paths
          .flatMap((parts) => [["properties", ...parts], ["context", ...parts.slice(0, 1)], parts])
          .filter((parts) => parts[0] !== "group" && parts.length > 0);
        for (const [index, got] of valuesOf(body, asked).entries()) {
          const expected = lookUp(value, asked[index] as (string | number)[]);
          if (expected !== undefined) found++;
          if (!isDeepStrictEqual(got, expected)) expect.fail(`${inspect(got)} is not ${inspect(expected)}`);
        }
      }),
      { numRuns: 5000 },
    );
    expect(found).toBeGreaterThan(1000);
  });

  it("are refused with the whole event exactly if JSON.parse refuses it", () => {
    fc.assert(
      fc.property(hurtBytes, path, (bytes, parts) => {
        const decoder = createDecoder({ paths: [parts, ["a", "b"]] });
        const reason = decoder.decode(bytes, 0, bytes.length, STORED_MS, decoder.newEvent());
        expect(reason === "broken_json").toBe(oracle(bytes) === undefined);
      }),
      { numRuns: 5000 },
    );
  });

  it("of equal keys are the last one's, also below them", () => {
    const text = '{"type":"track","event":"e","userId":"u","properties":{"a":1,"b":{"c":2}},"properties":{"b":{"d":3}}}';
    expect(
      valuesOf(text, [
        ["properties", "a"],
        ["properties", "b", "c"],
        ["properties", "b", "d"],
      ]),
    ).toEqual([undefined, undefined, 3]);
  });

  it("go by keys in objects and by indexes in arrays", () => {
    const text = track({ properties: { products: [{ sku: "A" }, { sku: "B" }], byKey: { 0: "zero" } } });
    const paths = [
      ["properties", "products", 1, "sku"],
      ["properties", "products", "1", "sku"],
      ["properties", "byKey", 0],
      ["properties", "byKey", "0"],
      ["properties", "products", "length"],
    ];
    expect(valuesOf(text, paths)).toEqual(["B", undefined, undefined, "zero", undefined]);
  });

  it("of __proto__ are plain data", () => {
    const [whole, part, inherited] = valuesOf('{"type":"track","event":"e","userId":"u","properties":{"__proto__":{"admin":true}}}', [
      ["properties"],
      ["properties", "__proto__", "admin"],
      ["properties", "admin"],
    ]);
    expect(Object.keys(whole as object)).toEqual(["__proto__"]);
    expect([part, inherited]).toEqual([true, undefined]);
  });

  it("do not stay from the event before", () => {
    const decoder = createDecoder({ paths: [["properties", "a"]] });
    const event = decoder.newEvent();
    const bytes = bytesOf(track({ messageId: "m", anonymousId: "x", properties: { a: 1 } }) + track({}));
    const split = bytes.indexOf(0x7b, bytes.lastIndexOf(0x7d) - 45);
    expect(decoder.decode(bytes, 0, split, STORED_MS, event)).toBeNull();
    expect(event).toMatchObject({ values: [1], messageId: "m", anonymousId: "x" });
    expect(decoder.decode(bytes, split, bytes.length, STORED_MS, event)).toBeNull();
    expect(event).toMatchObject({ values: [undefined], messageId: undefined, anonymousId: undefined });
  });

  it("of traits belong to the contact, except in a group message", () => {
    const paths = [
      ["traits", "plan"],
      ["group", "plan"],
      ["context", "traits", "plan"],
    ];
    const traits = { traits: { plan: "pro" }, context: { traits: { plan: "free" } } };
    expect(valuesOf(JSON.stringify({ ...traits, type: "identify", userId: "u" }), paths)).toEqual(["pro", undefined, "free"]);
    expect(valuesOf(JSON.stringify({ ...traits, type: "group", userId: "u" }), paths)).toEqual([undefined, "pro", "free"]);
  });
});

describe("the head", () => {
  it("is type, name, ids and time", () => {
    expect(decoded('{"type":"track","event":"Signed Up","messageId":"m-1","userId":"u-1","anonymousId":"a-1","timestamp":"2026-11-20T08:59:59.200Z"}')).toEqual(
      {
        type: "track",
        name: "Signed Up",
        messageId: "m-1",
        userId: "u-1",
        anonymousId: "a-1",
        historical: false,
        timeMs: Date.UTC(2026, 10, 20, 8, 59, 59, 200),
        values: [],
      },
    );
  });

  it("knows history by `context.tidemark.backfill`, and by nothing but true", () => {
    const told = (context: unknown) => (decoded(JSON.stringify({ type: "page", userId: "u", context })) as DecodedEvent).historical;
    expect(told({ ip: "::1", tidemark: { key: "k", backfill: true } })).toBe(true);
    for (const other of [
      {},
      null,
      { backfill: true },
      { tidemark: true },
      { tidemark: { backfill: "true" } },
      { tidemark: { backfill: 1 } },
      { tidemark: { backfill: false } },
    ])
      expect(told(other)).toBe(false);
    expect((decoded('{"type":"page","userId":"u","context":{"tidemark":{"backfill":true,"backfill":false}}}') as DecodedEvent).historical).toBe(false);
  });

  it("takes a name from where its type has one", () => {
    const nameOf = (message: object) => (decoded(JSON.stringify({ userId: "u", ...message })) as DecodedEvent).name;
    expect(nameOf({ type: "page", name: "Pricing", event: "no" })).toBe("Pricing");
    expect(nameOf({ type: "screen" })).toBe("");
    expect(nameOf({ type: "identify", name: "no" })).toBe("");
    expect(nameOf({ type: "track", event: "Caf\u00e9 \u2615" })).toBe("Café ☕");
  });

  it("reads numbers as ids, and no empty ones", () => {
    expect(decoded('{"type":"page","userId":9007199254740993,"messageId":12.50}')).toMatchObject({ userId: "9007199254740993", messageId: "12.5" });
    expect(decoded('{"type":"page","userId":"","anonymousId":"a"}')).toMatchObject({ userId: undefined, anonymousId: "a" });
  });

  it("says why something is no event", () => {
    expect(decoded('{"type":"track","event":"e","userId":"u"')).toBe("broken_json");
    expect(decoded('{"type":"track","event":"e","userId":"u"}}')).toBe("broken_json");
    expect(decoded("[1]")).toBe("not_an_event");
    expect(decoded('{"type":"tracked","userId":"u"}')).toBe("not_an_event");
    expect(decoded('{"type":"track","userId":"u"}')).toBe("not_an_event");
    expect(decoded('{"type":"page"}')).toBe("no_id");
    expect(decoded('{"type":"page","userId":"u","timestamp":"yesterday"}')).toBe("bad_time");
  });
});
