import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NESTING_LIMIT, skipSpace, skipValue } from "../../src/model/json-scan.ts";
import { hurtBytes, jsonBytes, oracle } from "./json-nasty.ts";

const accepts = (bytes: Uint8Array): boolean => {
  const start = skipSpace(bytes, 0, bytes.length);
  const after = skipValue(bytes, start, bytes.length, 0);
  return after >= 0 && skipSpace(bytes, after, bytes.length) === bytes.length;
};
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("the byte scanner", () => {
  it("accepts whatever JSON.parse accepts", () => {
    fc.assert(
      fc.property(jsonBytes, (bytes) => oracle(bytes) === undefined || accepts(bytes)),
      { numRuns: 3000 },
    );
  });

  it("accepts what was hurt exactly if JSON.parse still does", () => {
    let broken = 0;
    fc.assert(
      fc.property(hurtBytes, (bytes) => {
        const valid = oracle(bytes) !== undefined;
        if (!valid) broken++;
        expect(accepts(bytes)).toBe(valid);
      }),
      { numRuns: 8000 },
    );
    expect(broken).toBeGreaterThan(2000);
  });

  it("agrees with JSON.parse on every text of up to three bytes that matter", () => {
    const alphabet = [...bytesOf('{}[],:"\\0 1.-eEu+tfn\n'), 0x01, 0x7f, 0x80, 0xc2, 0xed, 0xff];
    for (const a of alphabet) {
      for (const b of alphabet) {
        for (const c of alphabet) {
          for (const text of [[a], [a, b], [a, b, c], [0x22, a, b, c, 0x22], [0x5b, a, b, c, 0x5d]]) {
            const bytes = Uint8Array.from(text);
            if (accepts(bytes) !== (oracle(bytes) !== undefined)) expect.fail(`${JSON.stringify(Buffer.from(bytes).toString("latin1"))}`);
          }
        }
      }
    }
  });

  it("says where a text is broken", () => {
    const at = (text: string) => ~skipValue(bytesOf(text), 0, text.length, 0);
    expect(at('{"a":1,"b":tru}')).toBe(14);
    expect(at('{"a":1')).toBe(6);
    expect(at("[1 2]")).toBe(3);
    expect(at('"a\\x"')).toBe(3);
  });

  it("does not read past its end", () => {
    expect(skipValue(bytesOf('"abc"'), 0, 4, 0)).toBeLessThan(0);
    expect(skipValue(bytesOf("12345"), 0, 3, 0)).toBe(3);
    expect(skipValue(bytesOf('"é"'), 0, 2, 0)).toBeLessThan(0);
  });

  it("follows nesting down to its limit and no further", () => {
    const nested = (depth: number) => bytesOf("[".repeat(depth) + "]".repeat(depth));
    expect(accepts(nested(NESTING_LIMIT))).toBe(true);
    expect(accepts(nested(NESTING_LIMIT + 1))).toBe(false);
    expect(accepts(bytesOf('{"a":'.repeat(100_000)))).toBe(false);
  });
});
