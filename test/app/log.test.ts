import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLog } from "../../src/app/log.ts";

function written(format: "auto" | "json" | "plain", isTTY: boolean, write: (log: ReturnType<typeof createLog>) => void): string {
  const out = Object.assign(new PassThrough(), { isTTY });
  write(createLog({ level: "info", format, out }));
  return String(out.read() ?? "");
}

test("JSON lines with level and time in words, where no terminal is", () => {
  const line = JSON.parse(written("auto", false, (log) => log.warn({ position: 42 }, "late"))) as Record<string, unknown>;
  expect(line).toMatchObject({ level: "warn", position: 42, msg: "late" });
  expect(line["time"]).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
});

test("one plain line on a terminal, with its fields and the message of an error", () => {
  const text = written("auto", true, (log) => log.error({ position: 42, err: new Error("boom") }, "stopped"));
  expect(text).toMatch(/^\d{2}:\d{2}:\d{2}\.\d{3} error stopped {2}position=42 {2}error="boom"\n$/);
});

test("what is less important than the level is not written", () => {
  expect(written("plain", false, (log) => log.debug("detail"))).toBe("");
});
