import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_LINE_BYTES, readLines } from "../../src/cli/ndjson.ts";

async function read(chunks: readonly Uint8Array[]): Promise<{ number: number; text: string }[]> {
  const found = [];
  for await (const lines of readLines(fromArray(chunks), "x.ndjson")) found.push(...lines);
  return found.map(({ number, bytes }) => ({ number, text: bytes.toString() }));
}

async function* fromArray(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

test("lines keep their numbers when blank ones are left out and ends differ", async () => {
  expect(await read([Buffer.from('{"a":1}\r\n\n  \n{"b":"ü"}\n{"c":3}')])).toEqual([
    { number: 1, text: '{"a":1}' },
    { number: 4, text: '{"b":"ü"}' },
    { number: 5, text: '{"c":3}' },
  ]);
});

test("where the chunks are cut makes no difference, not even inside a character", async () => {
  const line = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll(/[\n\r]/g, "x"));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), async (texts, size) => {
      const bytes = Buffer.from(texts.join("\n"));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
      expect(await read(chunks)).toEqual(await read([bytes]));
    }),
    { numRuns: 200 },
  );
});

test("a file that is one endless line is refused with its number", async () => {
  const endless = [Buffer.from("{}\n"), ...Array.from({ length: 9 }, () => Buffer.alloc(MAX_LINE_BYTES / 8, "x"))];
  await expect(read(endless)).rejects.toThrow(`x.ndjson:2: the line is longer than ${MAX_LINE_BYTES} bytes`);
});
