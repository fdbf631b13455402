import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Ticks } from "../../src/app/ticks.ts";
import { position } from "../../src/model/ids.ts";

const START = Date.parse("2026-01-05T00:00:00Z");
const GRAIN = 100;

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

/** A broker that stamps with a clock of its own, and an engine that has read everything at once and is armed by everything it reads. */
function world(behindMs: number, deadlines: number[]) {
  const at = { logTime: START, written: [] as number[], fired: [] as number[] };
  const log = {
    append: async () => {
      at.written.push(Date.now() - START);
      at.logTime = Math.max(at.logTime, Date.now() - behindMs);
      while ((deadlines[0] ?? Number.POSITIVE_INFINITY) <= at.logTime) at.fired.push((deadlines.shift() as number) - START);
      queueMicrotask(() => ticks.arm());
      return position(at.written.length);
    },
  };
  const due = () => ({ deadlineMs: deadlines[0] ?? Number.POSITIVE_INFINITY, logTimeMs: at.logTime });
  const ticks: Ticks = new Ticks({ log, shard: "0", grainMs: GRAIN, now: Date.now, due, failed: () => {} });
  ticks.arm();
  return { at, ticks };
}

test("a tick is written when a deadline is due, and none before or after", async () => {
  const { at, ticks } = world(0, [START + 5000, START + 5001, START + 9000]);
  await vi.advanceTimersByTimeAsync(4999);
  expect(at.written).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  // The second comes with the next multiple of the grain; a timer of nothing takes a millisecond.
  expect(at.written).toEqual([5000, 5101, 9000]);
  expect([ticks.written, ticks.repeated]).toEqual([3, 0]);
});

test("for a broker whose clock is a minute behind it is repeated, a grain apart and then up to ten, until that clock is there", async () => {
  const { at, ticks } = world(60_000, [START + 1000]);
  await vi.advanceTimersByTimeAsync(120_000);
  const [first, second, third] = at.written as [number, number, number];
  expect([first, second - first, third - second]).toEqual([1000, GRAIN + 1, 2 * GRAIN]);
  expect(Math.max(...at.written.slice(1).map((ms, index) => ms - (at.written[index] as number)))).toBe(10 * GRAIN);
  expect(at.fired).toEqual([1000]);
  expect(at.written.at(-1)).toBeGreaterThanOrEqual(61_000);
  expect(at.written.at(-1)).toBeLessThanOrEqual(62_000);
  expect(ticks.repeated).toBe(ticks.written - 1);
  expect(ticks.written).toBeLessThan(80);
});

test("our own clock may jump back by an hour: what is due is asked again once it is there, and nothing is written meanwhile", async () => {
  const { at } = world(0, [START + 1000]);
  vi.setSystemTime(START - 3_600_000);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(at.written).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(at.fired).toEqual([1000]);
});
