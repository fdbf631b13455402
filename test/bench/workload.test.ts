// What the benchmarks feed: the size and kind of events that bench/README.md says, the same every time.

import { describe, expect, test } from "vitest";
import { configWith, eventsOfLives, inLog, inMessages, LIVES_CLOCK, mustBeApplied, packsNamed } from "../../bench/workload.ts";

const COUNT = 2500;
const events = [...eventsOfLives(COUNT)];

describe("the workload", () => {
  test("is as many events as were asked for, each of about 250 bytes and JSON", () => {
    expect(events).toHaveLength(COUNT);
    const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(event), 0) / COUNT;
    expect(bytes).toBeGreaterThan(200);
    expect(bytes).toBeLessThan(300);
    const types = new Set(events.map((event) => (JSON.parse(event) as { type: string }).type));
    expect(types).toContain("identify");
    expect(types).toContain("track");
  });

  test("is the same every time", () => {
    expect([...eventsOfLives(COUNT)]).toEqual(events);
  });

  test("comes one a message as it is, or several as an array, the last one shorter", () => {
    expect([...inMessages(events.slice(0, 2), 1)].map(String)).toEqual(events.slice(0, 2));
    const messages = [...inMessages(events.slice(0, 250), 100)].map((message) => JSON.parse(message.toString()) as unknown[]);
    expect(messages.map((message) => message.length)).toEqual([100, 100, 50]);
    expect(messages.flat()).toEqual(events.slice(0, 250).map((event) => JSON.parse(event) as unknown));
  });

  test("stands in a log behind settings and packs", () => {
    const log = [...inLog(configWith(LIVES_CLOCK), packsNamed(["b2b-funnel"]), [Buffer.from("{}")])];
    expect(log.map((message) => [message.position, message.subject])).toEqual([
      [1, "tidemark.log.0.control.settings"],
      [2, "tidemark.log.0.control.pack.b2b-funnel"],
      [3, "tidemark.log.0.event.bench"],
    ]);
  });

  test("a run that refused its events is no measurement", () => {
    expect(() => mustBeApplied(96, 100)).toThrow("96 of 100");
    expect(() => mustBeApplied(98, 100)).not.toThrow();
  });
});
