// What a log gives when nothing goes wrong: the real framer and fold over it in one go, message by message. It says what every
// effect must be, bytes included; whether the fold itself is right is for the naive model to say.

import { Counters } from "../../src/app/counters.ts";
import { Framer } from "../../src/flow/frame.ts";
import { type Effect, formatIdentity } from "../../src/model/effect.ts";
import { PARTITION_COUNT } from "../../src/model/ids.ts";
import type { LogMessage } from "../../src/model/log.ts";
import { mergeEffects } from "../../src/partition/effects.ts";
import { WorkerFold } from "../../src/partition/fold.ts";
import { digestOf } from "./machine.ts";

export interface Undisturbed {
  readonly effects: readonly { readonly identity: string; readonly subject: string; readonly body: string }[];
  /** By id. */
  readonly dead: ReadonlyMap<string, string>;
  readonly counters: Readonly<Record<string, number>>;
  readonly digest: string;
  /** Every contact as it is shown. */
  readonly contacts: readonly string[];
  /** What a checkpoint of the end would hold, as bytes. */
  readonly state: () => readonly Uint8Array[];
}

export function foldUndisturbed(shard: string, messages: readonly LogMessage[]): Undisturbed {
  const framer = new Framer({ shard, workers: 1, maxLeadMs: Number.POSITIVE_INFINITY });
  const fold = new WorkerFold(shard, 0, 1);
  const counters = new Counters();
  const effects: Effect[] = [];
  const dead = new Map<string, string>();
  let used: ArrayBuffer[] = [];
  for (const message of messages) {
    framer.add(message);
    const batch = framer.take(used);
    used = batch.perWorker.map(({ buffer }) => buffer);
    const [entries] = batch.perWorker;
    const results = entries === undefined || entries.size === 0 ? [] : [{ ...fold.batch(entries.buffer, entries.size), busyMs: 0 }];
    counters.add(batch, results);
    effects.push(...mergeEffects(results.map((result) => result.effects)));
    for (const letter of batch.dead) dead.set(letter.id, text(letter.body));
    for (const result of results) for (const letter of result.dead) dead.set(`${shard}-${letter.position}-${letter.index}`, text(letter.body));
  }
  return {
    effects: effects.map((effect) => ({ identity: formatIdentity(shard, effect), subject: effect.subject, body: text(effect.body) })),
    dead,
    counters: counters.save(),
    digest: digestOf([fold.digests()]),
    contacts: Array.from({ length: PARTITION_COUNT }, (_, partition) => fold.contacts(partition)).flat(),
    state: () => {
      const { partitions, records } = fold.snapshot();
      return [...partitions.map(({ bytes }) => bytes), ...records.map((record) => Buffer.from(record))];
    },
  };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
