// What the benchmarks feed: the b2b half of the demo's population (src/demo/population.ts) as a Segment library would send it,
// about 250 bytes an event, without the shoppers whom the b2b pack would hardly see. Whole lives, from first visit to silence, so
// that an event causes as many transitions and triggers as in half a year of a business: dearer than page views alone. The same
// count gives the same bytes everywhere. How it gets into a log is not here.

import { join, resolve } from "node:path";
import { type Config, type ConfigValue, loadConfig } from "../src/app/config.ts";
import { packRecord, wholeSettings } from "../src/app/settings.ts";
import { loadPacks } from "../src/cli/pack-files.ts";
import { DEMO_START_MS, population } from "../src/demo/population.ts";
import { epochMs, position } from "../src/model/ids.ts";
import { type LogMessage, logSubjects } from "../src/model/log.ts";
import type { PackDefinition } from "../src/packs/definition.ts";

export const PROJECT_ROOT = resolve(import.meta.dirname, "..");

/** Kept as they were at the first measurement, so that figures stay comparable while the packs that ship go on. */
const RULES = { "b2b-funnel": "b2b-funnel.yaml", "ecommerce-rfm": "ecommerce-rfm.yaml" } as const;
export type PackName = keyof typeof RULES;
export const BOTH_PACKS: readonly PackName[] = ["b2b-funnel", "ecommerce-rfm"];

export const packsNamed = (names: readonly PackName[]): readonly PackDefinition[] =>
  loadPacks(names.map((name) => join(PROJECT_ROOT, "bench", "packs", RULES[name])));

/** Nothing of the caller's environment and no file: the defaults, and what is given here. */
export function configWith(values: Readonly<Record<string, ConfigValue>>): Config {
  return loadConfig({ env: {}, flags: Object.entries(values).map(([key, value]) => ({ key, value, label: key })) }).config;
}

/** For the lives: time is theirs, and may be ahead of this machine's. */
export const LIVES_CLOCK: Readonly<Record<string, ConfigValue>> = { clock: "event", "time.max_future_ms": 20 * 365 * 86_400_000 };

/** A benchmark whose events are refused would measure how fast they are: a few are late or come twice, and no more. */
export function mustBeApplied(applied: number, events: number): void {
  if (applied < 0.97 * events) throw new Error(`only ${applied} of ${events} events were applied: this measures nothing`);
}

export interface Lives {
  readonly seed: number;
  readonly contacts: number;
  readonly days: number;
  /** A midnight. */
  readonly startMs: number;
}

const SEED = 20_260_105;
const HALF_A_YEAR_DAYS = 182;
/** Measured; a population of this size is cut at the number of events that was asked for. */
const EVENTS_PER_CONTACT = 15;

/** So many events of people whose half year they fill, as JSON texts in the order of their arrival. */
export function* eventsOfLives(count: number): Generator<string, void, undefined> {
  let made = 0;
  for (const event of eventsOf({ seed: SEED, contacts: Math.ceil(count / EVENTS_PER_CONTACT), days: HALF_A_YEAR_DAYS, startMs: DEMO_START_MS })) {
    if (made++ >= count) return;
    yield event;
  }
}

export function* eventsOf(lives: Lives): Generator<string, void, undefined> {
  for (const { json } of population({ ...lives, mix: { shopper: 0, pastShopper: 0 } })) yield withLibrary(json);
}

/** Events in messages: one as it is, several as a JSON array. */
export function* inMessages(events: Iterable<string>, perMessage: number): Generator<Buffer, void, undefined> {
  let waiting: string[] = [];
  for (const event of events) {
    waiting.push(event);
    if (waiting.length < perMessage) continue;
    yield messageOf(waiting, perMessage);
    waiting = [];
  }
  if (waiting.length > 0) yield messageOf(waiting, perMessage);
}

const messageOf = (events: readonly string[], perMessage: number): Buffer => Buffer.from(perMessage === 1 ? (events[0] as string) : `[${events.join(",")}]`);

/** A log of them in memory, begun with settings and packs as `run` would. */
export function* inLog(config: Config, packs: readonly PackDefinition[], messages: Iterable<Uint8Array>): Generator<LogMessage, void, undefined> {
  const subjects = logSubjects(config.shard);
  let at = 0;
  const message = (subject: string, data: Uint8Array): LogMessage => ({
    position: position(++at),
    storedMs: epochMs(DEMO_START_MS),
    subject,
    contentType: "",
    data,
  });
  yield message(subjects.settings, Buffer.from(JSON.stringify({ type: "settings", ...wholeSettings(config, DEMO_START_MS) })));
  for (const pack of packs) yield message(subjects.pack(pack.name), Buffer.from(packRecord(pack)));
  for (const data of messages) yield message(`${subjects.event}.bench`, data);
}

/** Every Segment library names itself in the context; the population leaves it out, because no pack reads it. */
function withLibrary(json: string): string {
  return json.includes('"context"') ? json : `${json.slice(0, -1)},"context":{"library":{"name":"analytics.js","version":"2.11.1"}}}`;
}
