import { unpack } from "msgpackr";
import { describe, expect, it } from "vitest";
import { ContactEngine } from "../../src/engine/apply.ts";
import type { ContactKey } from "../../src/model/ids.ts";
import { type Settings, settingsSchema } from "../../src/model/settings.ts";
import { compile } from "../../src/packs/compile/compile.ts";
import type { Program } from "../../src/packs/program.ts";
import { Partition } from "../../src/partition/partition.ts";
import { PartitionCopy, restorePartition, snapshotOf } from "../../src/partition/snapshot.ts";
import { packFrom } from "../support/pack.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const TEXT =
  "pack: p\nversion: 1\nevents: { a: A }\ntraits: { word: { type: string, from: properties.word } }\nmeasures: { n: { count: a, window: 30d } }\nscores: { s: { decay: { half_life: 1d }, points: { a: 0.1 } } }\ntriggers: { later: { event: a, after: 1d, channel: web, message: m } }\n";
const settings: Settings = settingsSchema.parse({ created: "2026-01-01T00:00:00Z", timers: { sweep_per_step: 5 } });
const limits = { traitBytes: 256, carryBytes: 2048, held: 20 };
const liveOf = (text: string) => {
  const program = compile([packFrom(text)]);
  return { program, engine: new ContactEngine(program, { shard: "0", created: settings.created }, limits) };
};
const compileTexts = (texts: readonly string[]): Program => compile(texts.map(packFrom));
const silent = () => {};
/** Nobody here leads anywhere, so no event is sent on. */
const RAW = { bytes: new Uint8Array(0), start: 0, end: 0, storedMs: 0 };

function send(partition: Partition, program: Program, from: number, count: number): void {
  for (let index = from; index < from + count; index++) {
    const at = START + index * 1000;
    const values = program.projection.paths.map(() => ["é😀", "", "plain", null][index % 4]);
    partition.event(
      { kind: index % 3 === 0 ? "anonymous" : "user", id: `c${index % 40}ü` },
      { type: "track", name: "A", at, messageId: `m${index}`, position: index + 1, index: 0, historical: false, values },
      at,
      RAW,
    );
  }
}

/** An event with the contact's id in a trait. */
function visit(partition: Partition, program: Program, contact: ContactKey, position: number): void {
  const at = START + position * 1000;
  const values = program.projection.paths.map(() => contact.id);
  partition.event(contact, { type: "track", name: "A", at, messageId: `v${position}${contact.id}`, position, index: 0, historical: false, values }, at, RAW);
}

describe("a partition's snapshot", () => {
  it("is the same bytes after a restore, at once and after the same events", () => {
    const live = liveOf(TEXT);
    const partition = new Partition(5, settings, live, silent);
    send(partition, live.program, 0, 700);
    const bytes = snapshotOf(partition);
    const restored = restorePartition(bytes, settings, live, silent, compileTexts);
    expect(Buffer.from(snapshotOf(restored)).equals(bytes)).toBe(true);
    for (const of of [partition, restored]) {
      send(of, live.program, 650, 300);
      of.step(2000, START + 3 * 86_400_000);
    }
    expect(Buffer.from(snapshotOf(restored)).equals(snapshotOf(partition))).toBe(true);
    expect(restored.nextDeadline).toBe(partition.nextDeadline);
  });

  it("holds rows of several layouts in the middle of a sweep, and ends it in the same place", () => {
    const live = liveOf(TEXT);
    const partition = new Partition(5, settings, live, silent);
    send(partition, live.program, 0, 700);
    const second = liveOf(TEXT.replace("version: 1", "version: 2").replace("window: 30d", "window: 20d"));
    const third = liveOf(TEXT.replace("version: 1", "version: 3").replace("half_life: 1d", "half_life: 2d"));
    partition.setLive(second);
    partition.step(800, START + 800_000);
    partition.setLive(third);
    send(partition, third.program, 801, 3);
    const bytes = snapshotOf(partition);
    expect((unpack(bytes) as { packsBefore: unknown[] }).packsBefore).toHaveLength(2);
    const restored = restorePartition(bytes, settings, third, silent, compileTexts);
    expect(Buffer.from(snapshotOf(restored)).equals(bytes)).toBe(true);
    for (let step = 0; step < 20; step++) {
      for (const of of [partition, restored]) of.step(900 + step, START + 900_000 + step * 100);
      expect(Buffer.from(snapshotOf(restored)).equals(snapshotOf(partition))).toBe(true);
    }
    expect((unpack(snapshotOf(partition)) as { packsBefore: unknown[] }).packsBefore).toEqual([]);
  });

  it("says where the sweep ended although events took over the last rows", () => {
    const live = liveOf(TEXT);
    const partition = new Partition(5, settings, live, silent);
    send(partition, live.program, 0, 40);
    const second = liveOf(TEXT.replace("version: 1", "version: 2").replace("window: 30d", "window: 20d"));
    partition.setLive(second);
    send(partition, second.program, 40, 240);
    expect(partition.nextDeadline).toBeGreaterThan(0);
    const restored = restorePartition(snapshotOf(partition), settings, second, silent, compileTexts);
    for (const of of [partition, restored]) of.step(900, START + 900_000);
    expect(Buffer.from(snapshotOf(restored)).equals(snapshotOf(partition))).toBe(true);
  });

  it("holds nothing of contacts that were taken out, also in the middle of a sweep, and goes on from there in the same way", () => {
    const live = liveOf(TEXT);
    const partition = new Partition(5, settings, live, silent);
    const gone = ["gone-0", "gone-1", "gone-2"].map((id): ContactKey => ({ kind: "user", id }));
    for (const [index, contact] of gone.entries()) {
      send(partition, live.program, index * 40, 40);
      visit(partition, live.program, contact, index * 40 + 40);
    }
    const second = liveOf(TEXT.replace("version: 1", "version: 2").replace("window: 30d", "window: 20d"));
    partition.setLive(second);
    partition.step(121, START + 121_000);
    const before = partition.rows.contacts;
    for (const contact of gone) partition.rows.remove(partition.rows.keys.find(contact));
    expect([partition.rows.contacts, partition.rows.slots]).toEqual([before - 3, before]);
    const bytes = snapshotOf(partition);
    expect(Buffer.from(bytes).includes("gone-")).toBe(false);
    const restored = restorePartition(bytes, settings, second, silent, compileTexts);
    expect(Buffer.from(snapshotOf(restored)).equals(bytes)).toBe(true);
    for (const of of [partition, restored]) {
      for (let step = 0; step < 20; step++) of.step(130 + step, START + 130_000 + step * 100);
      send(of, second.program, 150, 200);
      of.step(400, START + 3 * 86_400_000);
      for (const contact of gone) visit(of, second.program, contact, 401);
    }
    // The last freed is given out first.
    expect(partition.rows.keys.find(gone[0] as ContactKey)).toBeGreaterThan(partition.rows.keys.find(gone[1] as ContactKey));
    expect([partition.rows.contacts, partition.rows.slots]).toEqual([before, before]);
    expect(Buffer.from(snapshotOf(restored)).equals(snapshotOf(partition))).toBe(true);
  });

  it("that was begun before contacts were taken out is of the moment before, and has nothing of who came instead", () => {
    const live = liveOf(TEXT);
    const partition = new Partition(5, settings, live, silent);
    send(partition, live.program, 0, 120);
    const before = snapshotOf(partition);
    const copy = new PartitionCopy(partition);
    copy.slice(7);
    for (const slot of [2, 30, 11]) partition.rows.remove(slot);
    send(partition, live.program, 200, 120);
    copy.slice(partition.rows.slots);
    expect(Buffer.from(copy.finish()).equals(before)).toBe(true);
  });

  it("is refused where its rows do not lie as the packs say", () => {
    const live = liveOf(TEXT);
    const partition = new Partition(5, settings, live, silent);
    send(partition, live.program, 0, 3);
    const other = liveOf(TEXT.replace("window: 30d", "window: 20d"));
    expect(() => restorePartition(snapshotOf(partition), settings, other, silent, compileTexts)).toThrow(RangeError);
  });
});
