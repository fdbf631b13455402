// Collects what leaves the partitions of a worker during one batch, in the order (position, partition, k), and encodes it: the
// CloudEvent's `id` is the effect's identity. Bodies lie back to back in one buffer, so that a batch of effects crosses the
// thread boundary as a few transferred arrays.

import type { Outgoing } from "../engine/touch.ts";
import { type Effect, formatIdentity } from "../model/effect.ts";
import { partitionId, position as positionOf } from "../model/ids.ts";
import type { Emit } from "./partition.ts";
import type { BatchResult, EffectBatch } from "./protocol.ts";

interface Collected {
  readonly position: number;
  readonly partition: number;
  readonly k: number;
  readonly subject: string;
  readonly text: string;
}

export class EffectCollector {
  readonly #shard: string;
  #collected: Collected[] = [];
  #transitions = 0;
  #triggers = 0;
  #withheld: Record<string, number> = {};
  #goals: Record<string, number> = {};

  constructor(shard: string) {
    this.#shard = shard;
  }

  readonly emit: Emit = (position, partition, k, outgoing: Outgoing) => {
    const id = formatIdentity(this.#shard, { position: positionOf(position), partition: partitionId(partition), k });
    this.#collected.push({ position, partition, k, subject: outgoing.subject, text: JSON.stringify({ specversion: "1.0", id, ...outgoing.event }) });
    if (outgoing.family === "transition") this.#transitions++;
    else if (outgoing.family === "trigger") this.#triggers++;
    else if (outgoing.family === "withheld") increase(this.#withheld, outgoing.subject.split(".", 3)[2] as string);
    else increase(this.#goals, String((outgoing.event["data"] as { readonly outcome: string }).outcome));
  };

  /** `withheldByReason`: as in the subjects; `goalsByOutcome`: as in the bodies. */
  counted(): Pick<BatchResult, "transitions" | "triggers" | "withheld" | "withheldByReason" | "goalsByOutcome"> {
    const withheld = Object.values(this.#withheld).reduce((sum, count) => sum + count, 0);
    return { transitions: this.#transitions, triggers: this.#triggers, withheld, withheldByReason: this.#withheld, goalsByOutcome: this.#goals };
  }

  /** Everything since the last take. */
  take(): EffectBatch {
    // Within a position time steps of all partitions come before events: sorted, each partition's effects stand together.
    const effects = this.#collected.sort((a, b) => a.position - b.position || a.partition - b.partition || a.k - b.k);
    this.#collected = [];
    this.#transitions = 0;
    this.#triggers = 0;
    this.#withheld = {};
    this.#goals = {};
    const identities = new Float64Array(effects.length * 3);
    const ends = new Uint32Array(effects.length);
    const bodies = Buffer.allocUnsafeSlow(effects.reduce((sum, effect) => sum + Buffer.byteLength(effect.text), 0));
    let end = 0;
    for (const [i, effect] of effects.entries()) {
      identities.set([effect.position, effect.partition, effect.k], i * 3);
      end += bodies.write(effect.text, end, "utf8");
      ends[i] = end;
    }
    return { identities, subjects: effects.map((effect) => effect.subject), bodies, ends };
  }
}

function increase(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** Batches of several workers as one run of effects, in the order of the log. */
export function mergeEffects(batches: readonly EffectBatch[]): Effect[] {
  const effects = batches.flatMap(effectsOf);
  return batches.length === 1 ? effects : effects.sort((a, b) => a.position - b.position || a.partition - b.partition || a.k - b.k);
}

function effectsOf(batch: EffectBatch): Effect[] {
  return batch.subjects.map((subject, i) => ({
    position: positionOf(batch.identities[i * 3] as number),
    partition: partitionId(batch.identities[i * 3 + 1] as number),
    k: batch.identities[i * 3 + 2] as number,
    subject,
    body: batch.bodies.subarray(i === 0 ? 0 : batch.ends[i - 1], batch.ends[i]),
  }));
}
