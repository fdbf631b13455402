// Engine tests as scripts, one line an event with its outcome:
//
//   0d      c1 page Pricing {"path": "/pricing"}   -> stage visitor, engagement 13, triggers first_visit
//   1h      c1 identify {"employees": 200}         -> fit 30
//   2d      ADVANCE                                -> c1 stage lead, no welcome
//   3d      BROADCAST p/news/spring
//   4d      FORGET c1                              -> triggers !welcome, gone
//   CHECKPOINT
//   CRASH
//
// Time counts from the start of the script (2026-01-01T00:00:00Z, event clock) and never goes back; `@3h` after the contact gives an event
// time of its own. Expectations are about the contact of the line, or the one that is named: `stage`, `segment`, `in`/`out` (an audience), any score, measure
// or band by its name, `triggers` (exactly those since the line before, in order, `passed_through` ones with a `~`; `none`),
// (a cancel with a `!`), `outcomes` (as `welcome:reached`), `sent` and `withheld` (exactly those, as trigger:channel and trigger:reason), `no x`, `moves` (exactly the transitions since the line before, as `lead`, `none` or `+audience`/`-audience`), `gone` (nobody knows the contact).
// A script without CRASH is run twice more, with restarts between its lines: effects and state must be the same, byte for byte.
// CHECKPOINT takes a snapshot; CRASH begins again from it (or from nothing) and replays what came after: effects must be the same.

import { expect } from "vitest";
import { PendingCuts } from "../../src/app/cuts.ts";
import { formatIdentity } from "../../src/model/effect.ts";
import { forgetRecord } from "../../src/model/forget.ts";
import { type ContactKey, PARTITION_COUNT } from "../../src/model/ids.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import type { SettingsInput } from "../../src/model/settings.ts";
import type { PackDefinition } from "../../src/packs/definition.ts";
import type { CutsRecord } from "../../src/packs/population.ts";
import { mergeEffects } from "../../src/partition/effects.ts";
import { WorkerFold } from "../../src/partition/fold.ts";
import type { Tombstone } from "../../src/partition/forgotten.ts";
import {
  BatchWriter,
  ENTRY_CONTROL,
  ENTRY_EVENT,
  ENTRY_STEP,
  type Population,
  type SlotCursor,
  type SnapshotResult,
  type TargetSlice,
} from "../../src/partition/protocol.ts";
import type { RfmGrid, RfmSlice } from "../../src/partition/rfm-grid.ts";

export const START = Date.parse("2026-01-01T00:00:00Z");
const START_OF_WALK: SlotCursor = { index: 0, slot: 0 };
const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

interface Logged {
  readonly kind: number;
  readonly position: number;
  readonly logTime: number;
  readonly partition: number;
  readonly payload: Uint8Array | undefined;
  readonly index: number;
}

export interface Effect {
  readonly identity: string;
  readonly subject: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the body as it is
  readonly body: any;
}

/** A log in memory and one worker that folds it, driven by hand. */
export class Fold {
  readonly #log: Logged[] = [];
  #fold = new WorkerFold("0", 0, 1);
  #applied = 0;
  #position = 0;
  #logTime = 0;
  #checkpoint: { snapshot: SnapshotResult; position: number; applied: number; logTime: number; effects: number } | null = null;
  readonly effects: Effect[] = [];
  readonly outcomes: Record<string, number> = {};
  readonly dropped: Record<string, number> = {};
  readonly muted: Record<string, number> = {};
  inHistory = 0;
  readonly #cuts = new PendingCuts();
  /** Numbers of the population, in the order in which they were written. */
  readonly numbers: CutsRecord[] = [];
  readonly #grainMs: number;
  #message = 0;

  constructor(packs: readonly PackDefinition[], settings: Partial<SettingsInput> = {}, policy: string | null = null) {
    this.#grainMs = settings.time?.grain_ms ?? 100;
    this.#control({ type: "settings", created: "2026-01-01T00:00:00Z", clock: "event", ...settings });
    for (const pack of packs) this.pack(pack);
    if (policy !== null) this.policy(policy);
  }

  policy(text: string): void {
    this.#control({ type: "policy", text });
  }

  pack(pack: PackDefinition): void {
    this.#control({ type: "pack", pack: pack.name, version: pack.version, hash: pack.hash, text: pack.text });
  }

  /** One message with one event; `message` is a Segment message without ids and times. */
  event(contact: string, atMs: number, message: Record<string, unknown>, timeMs = atMs): void {
    const { kind, id } = keyOf(contact);
    const full = {
      messageId: `m${++this.#message}`,
      ...(kind === "anonymous" ? { anonymousId: id } : { userId: id }),
      timestamp: new Date(timeMs).toISOString(),
      ...message,
    };
    this.#step(atMs);
    this.#append(ENTRY_EVENT, partitionOf(id), Buffer.from(JSON.stringify(full)));
    this.#apply();
  }

  /** One message with several events, all of them Segment messages as they are. */
  message(atMs: number, events: readonly Record<string, unknown>[]): void {
    this.#step(atMs);
    for (const [index, event] of events.entries()) {
      this.#append(ENTRY_EVENT, partitionOf(String(event.userId ?? event.anonymousId)), Buffer.from(JSON.stringify(event)), index);
    }
    this.#apply();
  }

  advance(toMs: number): void {
    this.#step(toMs);
    const before = this.#position;
    this.#append(ENTRY_CONTROL, 0, Buffer.from(JSON.stringify({ type: "advance", to: toMs })));
    this.#apply();
    // New numbers of the population reach everyone.
    if (this.#position > before) this.#control({ type: "advance", to: toMs });
  }

  /** Sends for a `broadcast` trigger. */
  broadcast(atMs: number, pack: string, trigger: string, id: string): void {
    this.#step(atMs);
    this.#append(ENTRY_CONTROL, 0, Buffer.from(JSON.stringify({ type: "broadcast", pack, trigger, id })));
    this.#apply();
  }

  /** Asks to forget a contact. */
  forget(contact: string, atMs: number, request: string, others: readonly string[] = []): void {
    this.#step(atMs);
    this.#append(ENTRY_CONTROL, 0, Buffer.from(JSON.stringify(forgetRecord([keyOf(contact), ...others.map(keyOf)], request))));
    this.#apply();
  }

  tombstone(request: string): Tombstone | null {
    return this.#fold.forgetOf(request);
  }

  /** All that is held of a contact. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the export as it is
  held(contact: string): any {
    const key = keyOf(contact);
    const text = this.#fold.held(key, partitionOf(key.id));
    return text === null ? null : JSON.parse(text);
  }

  /** All that a checkpoint would hold, as it would be written. */
  stored(): Buffer {
    const { records, partitions } = this.#fold.snapshot();
    return Buffer.concat([...records.map((text) => Buffer.from(text)), ...partitions.map(({ bytes }) => bytes)]);
  }

  /** The end of history. */
  endHistory(atMs: number): void {
    this.#step(atMs);
    this.#append(ENTRY_CONTROL, 0, Buffer.from(JSON.stringify({ type: "history" })));
    this.#apply();
  }

  /** Only the time step, as a message to somebody else makes it. */
  step(toMs: number): void {
    this.#step(toMs);
    this.#apply();
  }

  checkpoint(): void {
    this.#checkpoint = {
      snapshot: this.#fold.snapshot(),
      position: this.#position,
      applied: this.#applied,
      logTime: this.#logTime,
      effects: this.effects.length,
    };
  }

  /** Begins again from the last checkpoint, or from nothing; what is computed again must be what it was. */
  crash(): void {
    const before = this.effects.slice(this.#checkpoint?.effects ?? 0);
    this.#fold = new WorkerFold("0", 0, 1);
    if (this.#checkpoint !== null) this.#fold.restore({ position: this.#checkpoint.position, logTime: this.#checkpoint.logTime, ...this.#checkpoint.snapshot });
    this.effects.length = this.#checkpoint?.effects ?? 0;
    this.#applied = this.#checkpoint?.applied ?? 0;
    this.#apply();
    expect(this.effects.slice(this.#checkpoint?.effects ?? 0)).toEqual(before);
  }

  rfm(): RfmGrid {
    return this.#fold.rfm(START_OF_WALK, Number.MAX_SAFE_INTEGER).grid;
  }

  /** The same, so many contacts at a time. */
  *rfmSlices(contacts: number): Generator<RfmGrid> {
    for (let from: SlotCursor | null = START_OF_WALK; from !== null; ) {
      const slice: RfmSlice = this.#fold.rfm(from, contacts);
      yield slice.grid;
      from = slice.next;
    }
  }

  population(): Population {
    const { next: _, ...population } = this.#fold.population(START_OF_WALK, Number.MAX_SAFE_INTEGER);
    return population;
  }

  targets(from: SlotCursor = { index: 0, slot: 0 }, contacts = Number.MAX_SAFE_INTEGER): TargetSlice {
    return this.#fold.targets(from, contacts);
  }

  digest(): string {
    return this.#fold
      .digests()
      .map((of) => of.digest)
      .join();
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
  view(contact: string): any {
    const key = keyOf(contact);
    const text = this.#fold.contact(key, partitionOf(key.id));
    return text === null ? null : JSON.parse(text);
  }

  /** The same with its reasons. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
  explained(contact: string): any {
    const text = this.#fold.contact({ kind: "user", id: contact }, partitionOf(contact), { why: true });
    return text === null ? null : JSON.parse(text);
  }

  /** Views of all contacts, partition by partition, in the order of their slots. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
  contacts(): any[] {
    return Array.from({ length: PARTITION_COUNT }, (_, partition) => this.#fold.contacts(partition)).flatMap((texts) => texts.map((text) => JSON.parse(text)));
  }

  #control(record: Record<string, unknown>): void {
    this.#position++;
    this.#append(ENTRY_CONTROL, 0, Buffer.from(JSON.stringify(record)));
    this.#apply();
  }

  #step(toMs: number): void {
    this.#position++;
    const before = this.#logTime;
    this.#logTime = Math.max(before, toMs);
    if (Math.floor(this.#logTime / this.#grainMs) > Math.floor(before / this.#grainMs)) this.#append(ENTRY_STEP, 0, undefined);
  }

  #append(kind: number, partition: number, payload: Uint8Array | undefined, index = 0): void {
    this.#log.push({ kind, position: this.#position, logTime: this.#logTime, partition, payload, index });
  }

  #apply(): void {
    const writer = new BatchWriter(new ArrayBuffer(1024));
    for (const entry of this.#log.slice(this.#applied))
      writer.put(entry.kind, entry.position, entry.logTime, entry.logTime, entry.index, entry.partition, entry.payload);
    this.#applied = this.#log.length;
    const { buffer, size } = writer.take();
    const result = this.#fold.batch(buffer, size);
    for (const [kind, count] of Object.entries(result.outcomes)) this.outcomes[kind] = (this.outcomes[kind] ?? 0) + count;
    for (const [what, count] of Object.entries(result.dropped)) this.dropped[what] = (this.dropped[what] ?? 0) + count;
    for (const [what, count] of Object.entries(result.muted)) this.muted[what] = (this.muted[what] ?? 0) + count;
    this.inHistory = result.inHistory;
    for (const effect of mergeEffects([result.effects]))
      this.effects.push({ identity: formatIdentity("0", effect), subject: effect.subject, body: JSON.parse(Buffer.from(effect.body).toString()) });
    this.#cuts.take([result]);
    for (const { record } of this.#cuts.unwritten()) {
      this.numbers.push(record);
      this.#control({ ...record });
    }
  }

  /** A record as anybody could repeat it. */
  repeat(record: Record<string, unknown>): void {
    this.#control(record);
  }
}

const keyOf = (contact: string): ContactKey => (contact.startsWith("anon:") ? { kind: "anonymous", id: contact.slice(5) } : { kind: "user", id: contact });

export function runScript(packs: readonly PackDefinition[], script: string, settings: Partial<SettingsInput> = {}, policy: string | null = null): Fold {
  const fold = runOnce(packs, script, settings, policy);
  if (script.includes("CRASH")) return fold;
  for (const restart of [
    ["CHECKPOINT", "CRASH"],
    ["CHECKPOINT", "", "CRASH"],
  ]) {
    const restarted = runOnce(packs, withRestarts(script, restart), settings, policy);
    expect(restarted.effects, "with restarts").toEqual(fold.effects);
    expect(restarted.digest(), "with restarts").toBe(fold.digest());
  }
  return fold;
}

/** The words of `restart` in turn after each line that does something. */
function withRestarts(script: string, restart: readonly string[]): string {
  const lines = script.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  return lines.flatMap((line, index) => (restart.length === 2 ? [line, ...restart] : [line, restart[index % restart.length] as string])).join("\n");
}

function runOnce(packs: readonly PackDefinition[], script: string, settings: Partial<SettingsInput>, policy: string | null): Fold {
  const fold = new Fold(packs, settings, policy);
  let seen = 0;
  for (const [index, raw] of script.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [action = "", expected] = line.split(/\s+->\s+/);
    const contact = perform(fold, action);
    if (expected !== undefined)
      for (const expectation of expected.split(/\s*,\s*/)) check(fold, fold.effects.slice(seen), contact, expectation, `line ${index + 1}: ${line}`);
    seen = fold.effects.length;
  }
  return fold;
}

function perform(fold: Fold, action: string): string {
  if (action === "CHECKPOINT") fold.checkpoint();
  else if (action === "CRASH") fold.crash();
  else {
    const advance = /^(\S+)\s+(ADVANCE|STEP)$/.exec(action);
    if (advance !== null) {
      if (advance[2] === "STEP") fold.step(START + durationOf(advance[1] as string));
      else fold.advance(START + durationOf(advance[1] as string));
      return "";
    }
    const end = /^(\S+)\s+HISTORY ENDS$/.exec(action);
    if (end !== null) {
      fold.endHistory(START + durationOf(end[1] as string));
      return "";
    }
    const broadcast = /^(\S+)\s+BROADCAST\s+(\S+)\/(\S+)\/(\S+)$/.exec(action);
    if (broadcast !== null) {
      const [, at, pack, trigger, id] = broadcast as unknown as [string, string, string, string, string];
      fold.broadcast(START + durationOf(at), pack, trigger, id);
      return "";
    }
    const forget = /^(\S+)\s+FORGET\s+(\S+)$/.exec(action);
    if (forget !== null) {
      const [, at, contact] = forget as unknown as [string, string, string];
      fold.forget(contact, START + durationOf(at), `request-${at}`);
      return contact;
    }
    const event = /^(\S+)\s+(\S+)(?:\s+([@~]\S+))?\s+(page|screen|track|identify|group)(?:\s+([^{]*?))?\s*(\{.*\})?$/.exec(action);
    if (event === null) throw new Error(`what is: ${action}`);
    const [, at, contact, own, type, name, json] = event as unknown as [
      string,
      string,
      string,
      string | undefined,
      string,
      string | undefined,
      string | undefined,
    ];
    const atMs = START + durationOf(at);
    fold.event(
      contact,
      atMs,
      {
        ...messageOf(type, name ?? "", json === undefined ? {} : (JSON.parse(json) as Record<string, unknown>)),
        ...(own?.startsWith("~") ? { context: { tidemark: { backfill: true } } } : {}),
      },
      own === undefined ? atMs : START + durationOf(own.slice(1)),
    );
    return contact;
  }
  return "";
}

/** The object is properties (or traits, for identify and group); `$…` keys go to the message itself. */
function messageOf(type: string, name: string, given: Record<string, unknown>): Record<string, unknown> {
  const own = Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => key.startsWith("$"))
      .map(([key, value]) => [key.slice(1), value]),
  );
  const rest = Object.fromEntries(Object.entries(given).filter(([key]) => !key.startsWith("$")));
  const named = type === "track" ? { event: name } : name === "" ? {} : { name };
  return { type, ...named, ...(type === "identify" || type === "group" ? { traits: rest } : { properties: rest }), ...own };
}

export function durationOf(text: string): number {
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) total += Number(count) * (UNITS[unit as string] as number);
  return total;
}

function check(fold: Fold, since: readonly Effect[], lineContact: string, expectation: string, where: string): void {
  const words = expectation.split(/\s+/);
  const named = fold.view(words[0] as string) !== null && words.length > 1 ? (words.shift() as string) : lineContact;
  const [what, ...rest] = words as [string, ...string[]];
  const id = named.replace(/^anon:/, "");
  const mine = since.filter((effect) => effect.body.subject === id);
  const triggers = mine
    .filter((effect) => effect.body.type === "io.tidemark.trigger.v1" || effect.body.type === "io.tidemark.withheld.v1")
    .map((effect) => (effect.body.type === "io.tidemark.withheld.v1" ? "~" : effect.body.data.action.cancel === true ? "!" : "") + effect.body.data.trigger);
  if (what === "gone") return expect(fold.view(named), where).toBe(null);
  if (what === "triggers") return expect(triggers, where).toEqual(rest[0] === "none" ? [] : rest);
  if (what === "sent" || what === "withheld")
    return expect(
      mine.filter((effect) => effect.body.type === (what === "sent" ? "io.tidemark.trigger.v1" : "io.tidemark.withheld.v1")).map(actionText),
      where,
    ).toEqual(rest[0] === "none" ? [] : rest);
  if (what === "outcomes")
    return expect(
      mine.filter((effect) => effect.body.type === "io.tidemark.outcome.v1").map(({ body }) => `${body.data.trigger}:${body.data.outcome}`),
      where,
    ).toEqual(rest[0] === "none" ? [] : rest);
  if (what === "no") return expect(triggers, where).not.toContain(rest[0]);
  if (what === "moves")
    return expect(mine.filter((effect) => effect.body.type === "io.tidemark.transition.v1").map(moveText), where).toEqual(rest[0] === "none" ? [] : rest);
  const packs = Object.values(fold.view(named)?.packs ?? {}) as Record<string, Record<string, unknown>>[];
  expect(
    packs.map((pack) => found(pack, what, rest[0] as string)).find((value) => value !== undefined),
    where,
  ).toEqual(what === "in" || what === "out" ? true : expectedValue(rest[0] as string));
}

const actionText = ({ body: { data } }: Effect): string => `${data.trigger}:${data.reason ?? data.action.channel}`;
const moveText = (effect: Effect): string =>
  effect.body.data.axis === "audience" ? (effect.body.data.now.in ? "+" : "-") + effect.body.data.to : effect.body.data.to;
const expectedValue = (text: string): unknown => (text === "missing" || text === "none" ? null : Number.isNaN(Number(text)) ? text : Number(text));

// biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
function found(pack: any, what: string, value: string): unknown {
  if (what === "stage") return pack.stage?.name;
  if (what === "segment") return pack.segment === undefined ? undefined : (pack.segment?.name ?? null);
  if (what === "in") return pack.audiences?.includes(value);
  if (what === "out") return pack.audiences === undefined ? undefined : !pack.audiences.includes(value);
  if (pack.scores?.[what] !== undefined) return pack.scores[what].value;
  if (pack.grids !== undefined && what in pack.grids) return pack.grids[what];
  if (pack.bands !== undefined && what in pack.bands) return pack.bands[what];
  return pack.measures?.[what] ?? (value === "missing" && pack.measures !== undefined ? null : undefined);
}
