import { expect, test } from "vitest";
import { MemoryLog } from "../../src/flow/memory-log.ts";
import { epochMs, position } from "../../src/model/ids.ts";
import { describeLog } from "../model/log-contract.ts";

describeLog("the log in memory", async () => {
  let now = 1_000;
  const log = new MemoryLog({ clock: () => epochMs(now++) });
  return {
    log,
    subject: "events",
    purgeBelow: async (first) => log.purgeBelow(first),
    remove: async (at) => log.remove(at),
    recreate: async () => log.recreate(),
    close: async () => {},
  };
});

test("a dump's messages keep their positions and times", async () => {
  const log = new MemoryLog({ clock: () => epochMs(0) });
  const message = { subject: "events", contentType: "", data: Uint8Array.of(1) };
  log.put({ ...message, storedMs: epochMs(70) }, position(41));
  log.put({ ...message, storedMs: epochMs(60) }, position(44));
  expect(await log.state()).toMatchObject({ first: 41, last: 44 });
  const seen: number[][] = [];
  for await (const { position: at, storedMs } of log.read(position(41), AbortSignal.timeout(5_000))) {
    seen.push([at, storedMs]);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual([
    [41, 70],
    [44, 60],
  ]);
  expect(() => log.put({ ...message, storedMs: epochMs(80) }, position(44))).toThrow("not after the end");
});

test("a reader notices that the end was lost, also when as much has come again before it looks", async () => {
  const log = new MemoryLog({ clock: () => epochMs(0) });
  const put = (text: string) => log.append("events", Buffer.from(text));
  for (const text of ["a", "b", "c"]) await put(text);
  const reader = log.read(position(1), AbortSignal.timeout(5_000));
  for (let i = 0; i < 3; i++) await reader.next();
  log.loseTail(position(2));
  expect(await log.state()).toMatchObject({ first: 1, last: 2 });
  await put("another c");
  await put("d");
  await expect(reader.next()).rejects.toMatchObject({ code: "LOG_CHANGED" });
});
