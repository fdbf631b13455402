import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathScanner } from "../../src/model/json-paths.ts";
import { skipSpace } from "../../src/model/json-scan.ts";
import { hurtBytes, jsonBytes, lookUp, oracle, path } from "./json-nasty.ts";

const encoder = new TextEncoder();

/** What the scanner finds at each of its paths; undefined where it refuses the text. */
function found(scanner: PathScanner, bytes: Uint8Array): unknown[] | undefined {
  const after = scanner.scan(bytes, skipSpace(bytes, 0, bytes.length), bytes.length);
  if (after < 0 || skipSpace(bytes, after, bytes.length) !== bytes.length) return undefined;
  return [...scanner.starts].map((start, slot) => (start < 0 ? undefined : JSON.parse(Buffer.from(bytes.subarray(start, scanner.ends[slot])).toString())));
}

describe("a path scanner", () => {
  it("finds what JSON.parse finds, whatever it has seen before", () => {
    // One scanner for all texts: what it guesses comes from texts of other shapes.
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 8 }), fc.array(fc.oneof(jsonBytes, hurtBytes), { minLength: 2, maxLength: 12 }), (paths, texts) => {
        const scanner = new PathScanner(paths);
        for (const bytes of [...texts, ...texts]) {
          const expected = oracle(bytes);
          const values = found(scanner, bytes);
          if (values === undefined || expected === undefined) {
            expect(values === undefined).toBe(expected === undefined);
            continue;
          }
          const wanted = paths.map((parts) => (Array.isArray(expected.value) ? undefined : lookUp(expected.value, parts)));
          if (!isDeepStrictEqual(values, wanted)) expect.fail(`${inspect(values)} is not ${inspect(wanted)} in ${Buffer.from(bytes).toString()}`);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("is not misled when an event differs from the one before by a byte", () => {
    const event = encoder.encode('{"type":"track","event":"Seen","strange":1,"properties":{"price":7.5,"note":"a \\"b\\" é","sku":"S1"},"userId":"u-1"}');
    const paths = [["type"], ["userId"], ["properties", "price"], ["properties", "sku"], ["properties"]];
    const scanner = new PathScanner(paths);
    let broken = 0;
    for (let at = 0; at < event.length; at++) {
      for (const byte of [0x22, 0x5c, 0x7d, 0x2c, 0x3a, 0x20, 0x41, 0x01, 0xc3]) {
        expect(found(scanner, event)).toHaveLength(paths.length);
        const changed = event.slice();
        changed[at] = byte;
        const expected = oracle(changed);
        if (expected === undefined) broken++;
        expect(found(scanner, changed), Buffer.from(changed).toString()).toEqual(expected && paths.map((parts) => lookUp(expected.value, parts)));
      }
    }
    expect(broken).toBeGreaterThan(300);
  });

  it("reads keys with spaces around them, and more strange keys than it remembers", () => {
    const scanner = new PathScanner([["a"], ["b"]]);
    const text = (n: number) =>
      encoder.encode(`{ "a" : ${n} , ${Array.from({ length: 60 }, (_, index) => `"k${n}-${index}": null`).join(", ")} ,\n "b":\t"x" }`);
    for (let n = 0; n < 10; n++) expect(found(scanner, text(n))).toEqual([n, "x"]);
  });

  it("gives the same place to equal paths, and places to paths inside others", () => {
    const scanner = new PathScanner([["a"], ["a", "b"], ["a"], ["a", "b", 1], ["c"]]);
    expect(found(scanner, encoder.encode('{"a":{"b":[1,2]}}'))).toEqual([{ b: [1, 2] }, [1, 2], { b: [1, 2] }, 2, undefined]);
  });

  it("forgets what equal keys held before, whatever the last one is", () => {
    const scanner = new PathScanner([["a", "b"], ["a"]]);
    for (const last of ['"text"', "7", "null", "[]", "{}"])
      expect(found(scanner, encoder.encode(`{"a":{"b":1},"a":${last}}`))).toEqual([undefined, JSON.parse(last)]);
  });

  it("reads part of a larger array, and arrays one after the other", () => {
    const scanner = new PathScanner([["a"]]);
    const bytes = encoder.encode('[{"a":1},{"a":22}]').subarray(1);
    expect(scanner.scan(bytes, 0, bytes.length)).toBe(7);
    expect(scanner.scan(bytes, 8, bytes.length)).toBe(16);
    expect([scanner.starts[0], scanner.ends[0]]).toEqual([13, 15]);
    expect(scanner.scan(bytes, 8, 15)).toBeLessThan(0);
  });
});
