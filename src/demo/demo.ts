// The demo: publishes the population at a pace, shows what the engine makes of it while it happens, and ends with a summary.
// It knows an engine by its interface and the broker as three functions, so it decides nothing about what it shows: every figure is
// asked of the engine, every trigger has come over the output stream. Whatever ends it (time, Ctrl-C, an engine that fails), the
// cursor comes back; unless the engine failed, so does the summary.

import type { Engine } from "../model/status.ts";
import { DEMO_START_MS, type PopulationMessage, population } from "./population.ts";
import { DAY_MS } from "./population-calendar.ts";
import { HERO } from "./population-hero.ts";
import { displayFor } from "./screen-display.ts";
import type { Out } from "./screen-terminal.ts";
import { Story } from "./story.ts";
import { type DemoSummary, type SummaryParts, summarise, summaryLines } from "./story-summary.ts";
import { Watch } from "./story-watch.ts";

export interface DemoOptions {
  readonly engine: Engine;
  /** Takes one message for the log; a promise is waited for, which is how the broker slows the demo down. */
  publish(json: string): void | Promise<void>;
  /** Resolves when the log holds everything published before. */
  flush(): Promise<void>;
  /** Gives every message of the output stream from now on; the answer ends it. */
  subscribe(onTrigger: (subject: string, body: Uint8Array) => void): () => void;
  readonly out: Out;
  /** Wall time that the days should take; 60 s by default. A slower machine takes longer and loses nothing. */
  readonly forMs?: number;
  readonly days: number;
  readonly contacts: number;
  readonly seed: number;
  /** Only the summary, as one JSON object. */
  readonly json: boolean;
  /** Ends the demo early, with the summary of what was until then. */
  readonly signal: AbortSignal;
  /** Wall time in ms; need not be the time of day. */
  nowMs(): number;
  /** Packs to show, side by side: the stages of those that have some, else the segments. */
  readonly packs: readonly string[];
}

const DEFAULT_FOR_MS = 60_000;
/** Messages between two looks at the engine. */
const CHUNK = 200;
/**
 * How many messages the log may be ahead of the engine before the demo waits. Few, because an engine that is behind takes what
 * there is in one batch, and while a batch of many thousand runs nothing moves on the screen.
 */
const MAX_LAG = 3000;
/** How long the engine may stand still at the end before the demo stops waiting for it. */
const STANDSTILL_MS = 5000;

export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const story = new Story(HERO);
  const watch = new Watch(options.engine, DEMO_START_MS, () => options.nowMs());
  const display = displayFor({ ...options, followed: HERO.id }, story, watch);
  const unsubscribe = options.subscribe((subject, body) => story.see(subject, body));
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  try {
    const isThrough = await Promise.race([runThrough({ ...options, signal }, watch, story), options.engine.ended.then(() => false)]);
    const parts = await partsOf(options, watch, story, isThrough);
    const summary = summarise(parts);
    display.close(parts.stages);
    options.out.write(options.json ? `${JSON.stringify(summary)}\n` : `\n${summaryLines(summary).join("\n")}\n`);
    return summary;
  } finally {
    over.abort();
    unsubscribe();
    display.close();
  }
}

/** Publishes everything in step with the clock, then waits until the engine has done it all. False where it was stopped. */
async function runThrough(options: DemoOptions, watch: Watch, story: Story): Promise<boolean> {
  const { days, seed, contacts } = options;
  await publishPaced(options, watch, population({ seed, contacts, days, startMs: DEMO_START_MS, garbage: true }));
  await options.flush();
  await settle(options, watch, story);
  return !options.signal.aborted;
}

async function publishPaced(options: DemoOptions, watch: Watch, messages: Iterable<PopulationMessage>): Promise<void> {
  const { signal } = options;
  const speed = (options.days * DAY_MS) / Math.max(1, options.forMs ?? DEFAULT_FOR_MS);
  const early = (timeMs: number): boolean => timeMs - DEMO_START_MS > watch.elapsedMs() * speed;
  for (const { timeMs, json } of messages) {
    if (watch.messages % CHUNK === 0) await pause(0);
    while (!signal.aborted && (early(timeMs) || (watch.messages % CHUNK === 0 && watch.waiting() > MAX_LAG))) await pause(5);
    if (signal.aborted) return;
    watch.published(timeMs);
    await options.publish(json);
  }
}

/** Waits until the engine has taken everything and the output stream has brought what it sent, or nothing moves any more. */
async function settle(options: DemoOptions, watch: Watch, story: Story): Promise<void> {
  let seen = "";
  let since = options.nowMs();
  for (;;) {
    const { events, position, taken, lagMessages, transitions, triggers } = options.engine.status();
    const received = story.transitions + story.triggersSeen;
    if (events >= watch.messages && lagMessages === 0 && position >= taken && received >= transitions + triggers) return;
    const now = `${events} ${position} ${received}`;
    if (now !== seen) {
      seen = now;
      since = options.nowMs();
    }
    if (options.nowMs() - since > STANDSTILL_MS) return;
    await pause(20);
  }
}

async function partsOf(options: DemoOptions, watch: Watch, story: Story, finished: boolean): Promise<SummaryParts> {
  const { engine, contacts: people, seed } = options;
  const [stages, now] = await Promise.all([engine.stages(), engine.contact(HERO)]);
  const followed = { id: HERO.id, now };
  return { finished, people, seed, wallMs: watch.elapsedMs(), status: engine.status(), stages, story, watch, followed };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)));
