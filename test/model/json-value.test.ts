import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberAt, repeatedTextAt, textAt, valueAt } from "../../src/model/json-value.ts";
import { jsonBytes, oracle } from "./json-nasty.ts";

const encoder = new TextEncoder();

/** The text somewhere inside a larger array, as events lie in a batch. */
function inside(text: string): [Uint8Array, number, number] {
  const bytes = encoder.encode(`x${text}y`);
  return [bytes, 1, bytes.length - 1];
}

describe("values at a place", () => {
  it("are those of JSON.parse", () => {
    fc.assert(
      fc.property(jsonBytes, (bytes) => {
        expect(JSON.stringify(valueAt(bytes, 0, bytes.length))).toBe(JSON.stringify(oracle(bytes)?.value));
      }),
      { numRuns: 2000 },
    );
  });

  it("have numbers to the last bit", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.integer().map((value) => value / 100),
          fc.bigInt(-(10n ** 18n), 10n ** 18n),
        ),
        fc.nat(4),
        (value, digits) => {
          const text = typeof value === "number" && Math.abs(value) < 1e20 && digits > 0 ? value.toFixed(digits * 4) : String(value);
          expect(numberAt(...inside(text))).toBe(Number(text));
        },
      ),
      { numRuns: 5000 },
    );
    for (const text of ["-0", "-0.0", "0.1", "999999999999999", "9007199254740993", "0.000000000000001", "1e23", "4.35", "-1.5e-9"])
      expect(numberAt(...inside(text))).toBe(Number(text));
  });

  it("have strings of any length, also at the end of the bytes", () => {
    for (let length = 0; length < 40; length++) {
      const text = JSON.stringify("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP".slice(0, length));
      const bytes = encoder.encode(text);
      expect(textAt(bytes, 0, bytes.length)).toBe(JSON.parse(text));
      expect(textAt(...inside(text))).toBe(JSON.parse(text));
    }
  });

  it("are right when texts are taken from the cache", () => {
    // Texts that differ only where the cache does not look, and such that are equal to others' bytes but not to their text.
    const texts = ["abcXdefghY", "abXcdefghY", "abcdefXghY", "", "a", "é", "Ã©", "\\u0041", "A", "a\\nb", "shoes", "shoes"];
    for (let round = 0; round < 3; round++) {
      for (const text of texts) expect(repeatedTextAt(...inside(`"${text}"`))).toBe(JSON.parse(`"${text}"`));
    }
  });
});
