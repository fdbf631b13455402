// The demo run against an engine that only counts: what is published and when, what is drawn, and how it ends. The real
// engine under the demo is the business of test/cli.

import { describe, expect, test } from "vitest";
import { type DemoOptions, runDemo } from "../../src/demo/demo.ts";
import type { Engine, EngineStatus } from "../../src/model/status.ts";
import { type Sent, transition, trigger } from "./effects.ts";

describe("a run", () => {
  test("publishes everything, ends by itself, and tells what was", async () => {
    const run = prepare({});
    const summary = await runDemo(run.options);
    expect(summary).toMatchObject({
      finished: true,
      events: run.published.length,
      transitions: 3,
      triggers: 2,
      received: { transitions: 3, triggers: 2, unreadable: 0 },
    });
    expect(summary.simulated).toMatchObject({ from: "2026-01-05T00:00:00.000Z", people: 100, seed: 7 });
    expect(summary.simulated.days).toBeGreaterThan(9);
    expect(summary.simulated.days).toBeLessThanOrEqual(10);
    expect(summary.population["b2b-funnel"]?.stages).toEqual({ visitor: 70, lead: 30 });
    expect(summary.triggersByName).toEqual([{ trigger: "b2b-funnel/welcome", count: 2 }]);
    expect(summary.followed.steps.map(({ what }) => what)).toEqual(["first seen: visitor", "visitor → lead", "welcome → email: welcome-series"]);
    expect(run.published.length).toBeGreaterThan(200);
    expect(run.flushed()).toBe(true);
  });

  test("the event time takes as long as was asked", async () => {
    const run = prepare({ forMs: 400 });
    const began = performance.now();
    await runDemo(run.options);
    expect(performance.now() - began).toBeGreaterThan(330);
    const half = run.published.findIndex(({ json }) => json.includes('"timestamp":"2026-01-10T'));
    const atMs = (run.published[half]?.atMs ?? 0) - began;
    expect(atMs).toBeGreaterThan(170);
    expect(atMs).toBeLessThan(390);
  });

  test("waits for an engine that has fallen behind", async () => {
    const run = prepare({ contacts: 1000, days: 60, forMs: 1, holdAt: 1000 });
    const running = runDemo(run.options);
    await until(() => run.published.length >= 4000);
    await sleep(30);
    const stuck = run.published.length;
    expect(stuck).toBeLessThan(4500);
    run.release();
    await running;
    expect(run.published.length).toBeGreaterThan(stuck);
  });

  test("a publish that fails ends it with that failure", async () => {
    const run = prepare({});
    const failing = { ...run.options, publish: () => Promise.reject(new Error("no space")) };
    await expect(runDemo(failing)).rejects.toThrow("no space");
  });

  test("an engine that fails ends it with the engine's failure, and nothing is published any more", async () => {
    const run = prepare({ forMs: 60_000, tty: true });
    const running = runDemo(run.options);
    setTimeout(() => run.fail(new Error("owner lost")), 50);
    await expect(running).rejects.toThrow("owner lost");
    const count = run.published.length;
    await sleep(30);
    expect(run.published.length).toBe(count);
    expect(run.written().lastIndexOf(SHOW)).toBeGreaterThan(run.written().lastIndexOf(HIDE));
  });
});

test("an engine that is stopped from outside ends it early, with the summary", async () => {
  const run = prepare({ forMs: 60_000 });
  setTimeout(run.stop, 50);
  expect((await runDemo(run.options)).finished).toBe(false);
});

test("an engine that stands still is not waited for, and what it did not take is said", async () => {
  let minutes = 0;
  const run = prepare({ holdAt: 150, nowMs: () => minutes++ * 60_000 });
  expect((await runDemo(run.options)).events).toBe(150);
  expect(run.written()).toContain(`${run.published.length - 150} messages were published and not taken`);
});

describe("stopped by Ctrl-C, once or twice", () => {
  test("it stops publishing and still tells what was", async () => {
    const control = new AbortController();
    const run = prepare({ forMs: 60_000, signal: control.signal });
    setTimeout(() => control.abort(), 60);
    setTimeout(() => control.abort(), 61);
    const summary = await runDemo(run.options);
    expect(summary.finished).toBe(false);
    expect(summary.events).toBe(run.published.length);
    expect(run.written()).toContain("stopped early");
  });

  test("the cursor comes back, and the last frame stays above the summary", async () => {
    const control = new AbortController();
    const run = prepare({ forMs: 60_000, tty: true, signal: control.signal });
    setTimeout(() => control.abort(), 200);
    await runDemo(run.options);
    const written = run.written();
    expect(written).toContain(HIDE);
    expect(written.lastIndexOf(SHOW)).toBeGreaterThan(written.lastIndexOf(HIDE));
    expect(written.lastIndexOf("Tidemark")).toBeLessThan(written.lastIndexOf("c_ana, from the first visit on"));
    expect(written).not.toContain("\x1b[?1049h");
  });
});

describe("what is written", () => {
  test("on a terminal frames replace one another and end on the final figures", async () => {
    const run = prepare({ forMs: 500, tty: true });
    const summary = await runDemo(run.options);
    const frames = run.written().split(HIDE).slice(1);
    expect(frames.length).toBeGreaterThan(2);
    expect(frames[1]).toMatch(new RegExp(`^\\x1b\\[${frames[0]?.match(/\x1b\[K\n/g)?.length}A`));
    expect(frames.at(-1)).toContain(`${summary.events.toLocaleString("en-US")} events`);
    expect(frames.at(-1)).toContain("visitor");
  });

  test("without a terminal it is plain lines", async () => {
    const run = prepare({ forMs: 2300 });
    await runDemo(run.options);
    expect(run.written()).not.toContain("\x1b");
    expect(run.written()).toMatch(/^\w{3} \d+ Jan 2026 {2}[\d,]+ events, /);
    expect(run.written()).toContain("c_ana  13 Jan 10:20  visitor → lead  because form");
  });

  test("with --json it is one JSON object, which is the summary", async () => {
    const run = prepare({ json: true, tty: true });
    const summary = await runDemo(run.options);
    expect(run.written().trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(run.written())).toEqual(JSON.parse(JSON.stringify(summary)));
  });

  test("the summary for people has the figures, the story and the reasons", async () => {
    const run = prepare({});
    await runDemo(run.options);
    const written = run.written();
    for (const part of [
      "applied ",
      "stages     visitor 70 · lead 30",
      "  b2b-funnel/welcome 2",
      "workers 1.5 s",
      "2026-01-13 10:20  visitor → lead   because form",
      "in the end        b2b-funnel: lead, engagement 12.5",
    ])
      expect(written).toContain(part);
  });
});

const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";

interface Wanted {
  readonly forMs?: number;
  readonly contacts?: number;
  readonly days?: number;
  readonly json?: boolean;
  readonly tty?: boolean;
  readonly signal?: AbortSignal;
  /** The engine takes no more than this until it is released. */
  readonly holdAt?: number;
  readonly nowMs?: () => number;
}

const EFFECTS: readonly Sent[] = [
  transition("b2b-funnel", "stage", undefined, "visitor", { contact: "c_ana", at: "2026-01-06T09:14:00.000Z" }),
  transition("b2b-funnel", "stage", "visitor", "lead", { contact: "c_ana", at: "2026-01-13T10:20:00.000Z", because: { event: "form" } }),
  trigger("b2b-funnel", "welcome", "email", "welcome-series", { contact: "c_ana", at: "2026-01-13T10:20:00.000Z", because: { event: "form" } }),
  transition("b2b-funnel", "stage", undefined, "visitor", { contact: "c_2" }),
  trigger("b2b-funnel", "welcome", "email", "welcome-series", { contact: "c_2" }),
];

function prepare({
  forMs = 1,
  contacts = 100,
  days = 10,
  json = false,
  tty = false,
  signal = new AbortController().signal,
  holdAt = Number.POSITIVE_INFINITY,
  nowMs = () => performance.now(),
}: Wanted) {
  const published: { readonly json: string; readonly atMs: number }[] = [];
  const ended = Promise.withResolvers<void>();
  let written = "";
  let flushed = false;
  let limit = holdAt;
  let sent = 0;
  let listener: ((subject: string, body: Uint8Array) => void) | undefined;
  const status = (): EngineStatus => statusOf(Math.min(published.length, limit), published.length, EFFECTS.slice(0, sent));
  const options: DemoOptions = {
    engine: engineOf(status, ended.promise),
    publish: (text) => {
      published.push({ json: text, atMs: performance.now() });
      const effect = EFFECTS[sent];
      if (effect !== undefined && published.length % 20 === 0) {
        listener?.(effect.subject, effect.body);
        sent++;
      }
    },
    flush: async () => {
      flushed = true;
    },
    subscribe: (onTrigger) => {
      listener = onTrigger;
      return () => {
        listener = undefined;
      };
    },
    out: {
      isTTY: tty,
      columns: 80,
      rows: 24,
      write: (text) => {
        written += text;
      },
    },
    ...{ forMs, days, contacts, seed: 7, json, signal, packs: ["b2b-funnel", "ecommerce-rfm"] },
    nowMs,
  };
  const release = (): void => {
    limit = Number.POSITIVE_INFINITY;
  };
  return { options, published, release, fail: ended.reject, stop: ended.resolve, flushed: () => flushed, written: () => written };
}

function engineOf(status: () => EngineStatus, ended: Promise<void>): Engine {
  const packs = {
    "b2b-funnel": { stages: { visitor: 70, lead: 30 }, segments: {}, audiences: {} },
    "ecommerce-rfm": { stages: {}, segments: { recent: 5 }, audiences: {} },
  };
  return {
    status,
    ended,
    stages: async () => ({ asOf: { from: 1, to: 1 }, contacts: 100, packs }),
    targets: async () => ({}),
    rfm: async () => ({ asOf: { from: 1, to: 1 }, packs: {} }),
    contact: async () => ({ packs: { "b2b-funnel": { stage: { name: "lead" }, scores: { engagement: { value: 12.5, points: {} } } } } }),
    digest: async () => "",
    checkpoint: async () => undefined,
    stop: async () => undefined,
  };
}

function statusOf(events: number, position: number, sent: readonly Sent[]): EngineStatus {
  const triggers = sent.filter(({ subject }) => subject.startsWith("tidemark.triggers.")).length;
  return {
    ...{
      shard: "demo",
      phase: "live",
      trouble: null,
      position: events,
      taken: events,
      logTimeMs: 0,
      lagMessages: position - events,
      lagSeconds: 0,
      messages: events,
      stampedBack: 0,
      events,
    },
    outcomes: { applied: events, duplicate: 0, late: 0, forgotten: 0, deadLetter: 0 },
    ...{ dropped: {}, deadByReason: {}, outboxRetries: 0 },
    ...{
      transitions: sent.length - triggers,
      triggers,
      withheld: 0,
      withheldByReason: {},
      goalsByOutcome: {},
      heldBack: 0,
      outputDifferences: 0,
      deadlinesFired: 0,
      ticks: 0,
      repeatedTicks: 0,
      contacts: 100,
      unwrittenRecords: { count: 0, oldestSeconds: 0 },
      history: { contacts: 0, events: 0, muted: {}, caughtUp: 0 },
      nextDeadlineMs: Number.POSITIVE_INFINITY,
    },
    duplicatesReachMs: 0,
    checkpoint: null,
    checkpointFailures: 0,
    checkpointFailure: null,
    time: { reading: 100, framing: 200, workers: 1500, outbox: 300, checkpoints: 0 },
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}
