import { expect, test } from "vitest";
import { textHash } from "../../src/model/text-hash.ts";

test("the hash of a text is the same everywhere, and is kept in rows: it may never change", () => {
  expect([textHash(""), textHash("a"), textHash("shoes"), textHash("é€😀")]).toMatchInlineSnapshot(`
    [
      133478793300571,
      130813937902484,
      398439380665941,
      1767253032027065,
    ]
  `);
});

test("values that people use are told apart, and every hash is a whole number below 2^51", () => {
  const texts = Array.from({ length: 200_000 }, (_, i) => (i % 2 === 0 ? `sku-${i}` : String(i)));
  const hashes = new Set(texts.map(textHash));
  expect(hashes.size).toBe(texts.length);
  expect([...hashes].every((hash) => Number.isInteger(hash) && hash >= 0 && hash < 2 ** 51)).toBe(true);
});
