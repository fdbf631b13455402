import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LineFile } from "../../src/cli/files.ts";

test("every line arrives once and in order, texts and bytes, beyond what is held back", () => {
  const path = join(mkdtempSync(join(tmpdir(), "tidemark-files-")), "out");
  const file = new LineFile(path);
  const wanted = Array.from({ length: 20_000 }, (_, i) => `line ${i} ü`);
  for (const [i, text] of wanted.entries()) file.line(i % 2 === 0 ? text : Buffer.from(text));
  file.close();
  expect(readFileSync(path, "utf8")).toBe(`${wanted.join("\n")}\n`);
});

test("a disk that is full is one clear error", () => {
  const file = new LineFile("/dev/full");
  file.line("x");
  expect(() => file.close()).toThrow("/dev/full cannot be written (ENOSPC)");
});
