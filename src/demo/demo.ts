// The demo: publishes the population at a pace, shows what the engine makes of it while it happens, and ends with a summary.
// It knows an engine by its interface and the broker as three functions, so it decides nothing about what it shows: every figure is
// asked of the engine, every trigger has come over the output stream. Whatever ends it (time, Ctrl-C, an engine that fails), the
// cursor comes back; unless the engine failed, so does the summary.

import type { Engine, EngineStatus, StagesView } from "../model/status.ts";
import { DEMO_START_MS, type PopulationMessage, population } from "./population.ts";
import { DAY_MS } from "./population-calendar.ts";
import { HERO } from "./population-hero.ts";
import { type Panel, renderScreen, type ScreenModel } from "./screen.ts";
import { type Out, Terminal } from "./screen-terminal.ts";
import { Story } from "./story.ts";
import { type DemoSummary, type SummaryParts, summarise, summaryLines } from "./story-summary.ts";
import { grouped, longDate, shortTime, whatHappened, why } from "./story-words.ts";

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
const FRAME_MS = 125;
const PLAIN_MS = 2000;
/** Messages between two looks at the clock, and how many the log may be ahead of the engine before the demo waits. */
const CHUNK = 200;
const MAX_LAG = 20_000;
/** How long the engine may stand still at the end before the demo stops waiting for it. */
const STANDSTILL_MS = 5000;

export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const story = new Story(HERO);
  const watch = new Watch(options);
  const display = displayFor(options, story, watch);
  const unsubscribe = options.subscribe((subject, body) => story.see(subject, body));
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  try {
    await Promise.race([runThrough({ ...options, signal }, watch, story), options.engine.ended]);
    const summary = summarise(await partsOf(options, watch, story));
    display.close();
    options.out.write(options.json ? `${JSON.stringify(summary)}\n` : `\n${summaryLines(summary).join("\n")}\n`);
    return summary;
  } finally {
    over.abort();
    unsubscribe();
    display.close();
  }
}

/** Publishes everything in step with the clock, then waits until the engine has done it all. */
async function runThrough(options: DemoOptions, watch: Watch, story: Story): Promise<void> {
  const { days, seed, contacts } = options;
  await publishPaced(options, watch, population({ seed, contacts, days, startMs: DEMO_START_MS, garbage: true }));
  await options.flush();
  await settle(options, watch, story);
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

async function partsOf(options: DemoOptions, watch: Watch, story: Story): Promise<SummaryParts> {
  const { engine, contacts: people, seed, signal } = options;
  const [stages, now] = await Promise.all([engine.stages(), engine.contact(HERO)]);
  const { startMs, latestMs: endMs, messagesBefore, highestLag } = watch;
  return {
    finished: !signal.aborted,
    startMs,
    endMs,
    people,
    seed,
    messagesBefore,
    wallMs: watch.elapsedMs(),
    status: engine.status(),
    stages,
    story,
    highestLag,
    followed: { id: HERO.id, now },
  };
}

/** How far the demo has come: its own counters, and what it asks of the engine. */
class Watch {
  readonly startMs = DEMO_START_MS;
  latestMs = DEMO_START_MS;
  messages = 0;
  messagesBefore = 0;
  readonly highestLag = { messages: 0, seconds: 0 };
  readonly #options: DemoOptions;
  readonly #beganMs: number;
  #rate = { atMs: 0, events: 0, perSecond: 0 };

  constructor(options: DemoOptions) {
    this.#options = options;
    this.#beganMs = options.nowMs();
  }

  elapsedMs(): number {
    return this.#options.nowMs() - this.#beganMs;
  }

  published(timeMs: number): void {
    this.messages++;
    if (timeMs < this.startMs) this.messagesBefore++;
    if (timeMs > this.latestMs) this.latestMs = timeMs;
  }

  /** Messages that were published and whose outcome the engine has not counted yet. */
  waiting(): number {
    return this.messages - this.#options.engine.status().events;
  }

  /** The engine's status, with the rate over about the last second. */
  look(): { readonly status: EngineStatus; readonly perSecond: number } {
    const status = this.#options.engine.status();
    this.highestLag.messages = Math.max(this.highestLag.messages, status.lagMessages);
    this.highestLag.seconds = Math.max(this.highestLag.seconds, status.lagSeconds);
    const atMs = this.elapsedMs();
    const passedMs = atMs - this.#rate.atMs;
    if (passedMs >= 1000) this.#rate = { atMs, events: status.events, perSecond: ((status.events - this.#rate.events) / passedMs) * 1000 };
    return { status, perSecond: this.#rate.perSecond };
  }
}

interface Display {
  close(): void;
}

function displayFor(options: DemoOptions, story: Story, watch: Watch): Display {
  if (options.json) return every(PLAIN_MS, () => watch.look());
  return options.out.isTTY === true ? screenDisplay(options, story, watch) : plainDisplay(options, story, watch);
}

/** Frames drawn over one another; the last one, with the figures of the end, stays. */
function screenDisplay(options: DemoOptions, story: Story, watch: Watch): Display {
  const terminal = new Terminal(options.out);
  const places = new Places(options);
  const draw = (): void => {
    const { columns = 80, rows = 24, hasColors } = options.out;
    terminal.draw(renderScreen(modelOf(options, story, watch, places.panels), { columns, rows, colours: hasColors?.call(options.out) ?? false }));
  };
  const frames = every(FRAME_MS, () => {
    places.ask();
    draw();
  });
  return {
    close: () => {
      if (!frames.open) return;
      frames.close();
      draw();
      terminal.close();
    },
  };
}

/** One line every two seconds, and each step of the followed contact as it comes. */
function plainDisplay(options: DemoOptions, story: Story, watch: Watch): Display {
  let told = 0;
  return every(PLAIN_MS, () => {
    const { status, perSecond } = watch.look();
    const numbers = `${grouped(status.events)} events, ${grouped(perSecond)}/s, lag ${grouped(status.lagMessages)}, ${grouped(status.contacts)} contacts, ${grouped(status.transitions)} moves, ${grouped(status.triggers)} triggers`;
    options.out.write(`${longDate(watch.latestMs)}  ${numbers}\n`);
    for (const effect of story.hero.slice(told))
      if (effect.family === "transition")
        options.out.write(`  ${effect.contact.id}  ${shortTime(effect.timeMs)}  ${whatHappened(effect)}  because ${why(effect)}\n`);
    told = story.hero.length;
  });
}

function modelOf(options: DemoOptions, story: Story, watch: Watch, panels: readonly Panel[]): ScreenModel {
  const { status, perSecond } = watch.look();
  const { events, contacts, transitions, triggers, lagMessages, lagSeconds } = status;
  return {
    people: options.contacts,
    days: options.days,
    startMs: watch.startMs,
    simulatedMs: watch.latestMs,
    eventsPerSecond: perSecond,
    ...{ events, contacts, transitions, triggers, lagMessages, lagSeconds },
    movedByTime: story.contactsMovedByTime,
    comebacks: story.comebacks,
    panels,
    recent: story.recent,
    heroName: HERO.id,
    hero: story.hero,
  };
}

/** Who stands where, asked of the engine again and again but never twice at once. The order of places is the engine's. */
class Places {
  panels: readonly Panel[] = [];
  readonly #options: DemoOptions;
  #asking = false;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    const answered = (stages: StagesView): void => {
      this.panels = this.#options.packs.map((pack) => panelOf(pack, stages));
      this.#asking = false;
    };
    // An engine that cannot answer has ended, and says why through `ended`; the panels stay as they were.
    this.#options.engine.stages().then(answered, () => undefined);
  }
}

function panelOf(pack: string, stages: StagesView): Panel {
  const axes = stages.packs[pack];
  const counts = Object.entries(axes?.stages ?? {}).length > 0 ? axes?.stages : axes?.segments;
  return { title: pack, places: Object.entries(counts ?? {}).map(([name, count]) => ({ name, count })) };
}

function every(periodMs: number, act: () => void): { readonly open: boolean; close(): void } {
  const timer = setInterval(act, periodMs);
  let open = true;
  return {
    get open() {
      return open;
    },
    close: () => {
      clearInterval(timer);
      open = false;
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)));
