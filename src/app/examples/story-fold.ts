// The real engine under a story: a log in memory with settings and one pack, folded by the code that runs in a worker, on the
// event clock. Time goes where the story says, and on the way every deadline fires at its own moment. What comes out is read
// back as a subscriber would read it. Numbers of the population are those of the people in the story. Nothing here knows what was expected.

import { type ContactKey, isoTime } from "../../model/ids.ts";
import { partitionOf } from "../../model/partition-of.ts";
import type { PackDefinition } from "../../packs/definition.ts";
import type { PolicyDefinition } from "../../packs/policy-definition.ts";
import type { StoryMessage } from "../../packs/story.ts";
import { mergeEffects } from "../../partition/effects.ts";
import { WorkerFold } from "../../partition/fold.ts";
import { BatchWriter, ENTRY_CONTROL, ENTRY_EVENT, ENTRY_STEP } from "../../partition/protocol.ts";
import { PendingCuts } from "../cuts.ts";
import { policyRecord } from "../settings.ts";

/** A CloudEvent as it leaves, parsed. */
export interface Told {
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A contact as `GET /v1/contacts/{id}` shows it. */
export type View = Readonly<Record<string, unknown>>;

/** A time step is taken at every message: the grain of a second or less changes no moment. */
const GRAIN_MS = 100;

export class StoryFold {
  readonly #fold = new WorkerFold("0", 0, 1);
  #position = 0;
  #logTime = 0;
  #messages = 0;
  readonly #cuts = new PendingCuts();
  /** How often something of the population is counted; 0: never. */
  readonly #everyMs: number;

  constructor(pack: PackDefinition, beginsMs: number, policy: PolicyDefinition | null = null) {
    const everies = [...pack.population, ...(pack.rfm?.recut === null || pack.rfm === null ? [] : [pack.rfm.recut])].map(({ everyMs }) => everyMs);
    this.#everyMs = everies.length === 0 ? 0 : Math.min(...everies);
    const settings = { type: "settings", created: isoTime(beginsMs), clock: "event", time: { grain_ms: GRAIN_MS } };
    this.#control(settings, 0);
    this.#control({ type: "pack", pack: pack.name, version: pack.version, hash: pack.hash, text: pack.text }, 0);
    if (policy !== null) this.#control(JSON.parse(policyRecord(policy)) as object, 0);
  }

  /** Lets time pass up to and including a moment, with a pause wherever the population is counted. */
  advance(toMs: number): readonly Told[] {
    const told: Told[] = [];
    for (let next = this.#nextCount(); next < toMs; next = this.#nextCount()) told.push(...this.#pass(next));
    return [...told, ...this.#pass(toMs)];
  }

  /** Numbers of the population that were counted stand in the log behind this, and then what they change happens. */
  #pass(toMs: number): readonly Told[] {
    const told = [...this.#control({ type: "advance", to: toMs }, toMs)];
    for (const { record } of this.#cuts.unwritten()) told.push(...this.#control(record, toMs), ...this.#control({ type: "advance", to: toMs }, toMs));
    return told;
  }

  #nextCount(): number {
    return this.#logTime === 0 || this.#everyMs === 0 ? Number.POSITIVE_INFINITY : (Math.floor(this.#logTime / this.#everyMs) + 1) * this.#everyMs;
  }

  /** Time passes up to the message first. */
  say(who: ContactKey, { message, atMs, doneMs }: StoryMessage): readonly Told[] {
    const before = atMs > this.#logTime ? this.advance(atMs) : [];
    const id = who.kind === "user" ? { userId: who.id } : { anonymousId: who.id };
    const full = { messageId: `m${++this.#messages}`, ...id, timestamp: isoTime(doneMs), ...message };
    return [...before, ...this.#put(ENTRY_EVENT, partitionOf(who.id), Buffer.from(JSON.stringify(full)), atMs)];
  }

  /** Sends for a trigger, and lets it reach everybody. */
  broadcast(pack: string, trigger: string): readonly Told[] {
    const atMs = this.#logTime;
    const taken = this.#control({ type: "broadcast", pack, trigger, id: `b${this.#position}` }, atMs);
    return [...taken, ...this.#pass(atMs)];
  }

  view(who: ContactKey): View | null {
    const text = this.#fold.contact(who, partitionOf(who.id));
    return text === null ? null : (JSON.parse(text) as View);
  }

  #control(record: object, atMs: number): readonly Told[] {
    return this.#put(ENTRY_CONTROL, 0, Buffer.from(JSON.stringify(record)), atMs);
  }

  #put(kind: number, partition: number, payload: Uint8Array, atMs: number): readonly Told[] {
    const writer = new BatchWriter(new ArrayBuffer(4096));
    const before = this.#logTime;
    this.#logTime = Math.max(before, atMs);
    this.#position++;
    if (Math.floor(this.#logTime / GRAIN_MS) > Math.floor(before / GRAIN_MS))
      writer.put(ENTRY_STEP, this.#position, this.#logTime, this.#logTime, 0, 0, undefined);
    writer.put(kind, this.#position, this.#logTime, this.#logTime, 0, partition, payload);
    const { buffer, size } = writer.take();
    const result = this.#fold.batch(buffer, size);
    this.#cuts.take([result]);
    return mergeEffects([result.effects]).map((effect) => told(effect.body));
  }
}

const told = (body: Uint8Array): Told => JSON.parse(Buffer.from(body).toString("utf8")) as Told;
