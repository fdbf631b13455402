// Collects what leaves the partitions of a worker during one batch, in the order (position, partition, k), and encodes it: the
// CloudEvent's `id` is the effect's identity. Bodies lie back to back in one buffer, so that a batch of effects crosses the
// thread boundary as a few transferred arrays.

import type { Outgoing } from "../engine/touch.ts";
import type { EffectCounts } from "../model/counts.ts";
import { type Effect, formatIdentity } from "../model/effect.ts";
import { partitionId, position as positionOf } from "../model/ids.ts";
import type { Emit } from "./numbering.ts";
import type { EffectBatch } from "./protocol.ts";

/** Batches that fit into this are copied out of it; of a larger one, such as a herd makes, the memory itself is given away. */
const USUAL_BYTES = 1 << 16;
/** Of a character of JSON text in UTF-8, at most. */
const BYTES_A_CHARACTER = 3;

export class EffectCollector {
  readonly #shard: string;
  /** Position, partition and k of each effect, back to back. */
  #identities: number[] = [];
  #subjects: string[] = [];
  #ends: number[] = [];
  #bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
  #at = 0;
  /** Of the last batch: one as large is likely to follow. */
  #before = 0;
  #inOrder = true;
  #transitions = 0;
  #triggers = 0;
  #withheld: Record<string, number> = {};
  #goals: Record<string, number> = {};

  constructor(shard: string) {
    this.#shard = shard;
  }

  readonly emit: Emit = (position, partition, k, outgoing: Outgoing) => {
    const id = formatIdentity(this.#shard, { position: positionOf(position), partition: partitionId(partition), k });
    this.#inOrder &&= this.#ends.length === 0 || this.#compare(this.#ends.length - 1, position, partition, k) < 0;
    this.#identities.push(position, partition, k);
    this.#subjects.push(outgoing.subject);
    this.#write(JSON.stringify({ specversion: "1.0", id, ...outgoing.event }));
    if (outgoing.family === "transition") this.#transitions++;
    else if (outgoing.family === "trigger") this.#triggers++;
    else if (outgoing.family === "withheld") increase(this.#withheld, outgoing.subject.split(".", 3)[2] as string);
    else increase(this.#goals, String((outgoing.event["data"] as { readonly outcome: string }).outcome));
  };

  /** `withheldByReason`: as in the subjects; `goalsByOutcome`: as in the bodies. */
  counted(): Omit<EffectCounts, "deadlinesFired"> {
    const withheld = Object.values(this.#withheld).reduce((sum, count) => sum + count, 0);
    return { transitions: this.#transitions, triggers: this.#triggers, withheld, withheldByReason: this.#withheld, goalsByOutcome: this.#goals };
  }

  /** Everything since the last take. */
  take(): EffectBatch {
    const batch = this.#inOrder ? this.#asCollected() : this.#sorted();
    this.#identities = [];
    this.#subjects = [];
    this.#ends = [];
    this.#before = this.#at;
    this.#at = 0;
    if (this.#bytes.length > USUAL_BYTES) this.#bytes = Buffer.allocUnsafeSlow(USUAL_BYTES);
    this.#inOrder = true;
    this.#transitions = 0;
    this.#triggers = 0;
    this.#withheld = {};
    this.#goals = {};
    return batch;
  }

  /** Encoded at once: the texts of a herd, kept until the batch is over, would cost the garbage collector more than all else. */
  #write(text: string): void {
    const most = this.#at + text.length * BYTES_A_CHARACTER;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(most, this.#bytes.length * 2, this.#before));
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
    this.#at += this.#bytes.write(text, this.#at, "utf8");
    this.#ends.push(this.#at);
  }

  /** The bodies in memory of their own, because it is handed to another thread. */
  #asCollected(): EffectBatch {
    const isUsual = this.#bytes.length <= USUAL_BYTES;
    const bodies = isUsual ? Buffer.allocUnsafeSlow(this.#at) : this.#bytes.subarray(0, this.#at);
    if (isUsual) this.#bytes.copy(bodies, 0, 0, this.#at);
    return { identities: Float64Array.from(this.#identities), subjects: this.#subjects, bodies, ends: Uint32Array.from(this.#ends) };
  }

  /** Within a position time steps of all partitions come before events: sorted, each partition's effects stand together. */
  #sorted(): EffectBatch {
    const count = this.#ends.length;
    const identity = (of: number): [number, number, number] => this.#identities.slice(of * 3, of * 3 + 3) as [number, number, number];
    const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => this.#compare(a, ...identity(b)));
    const bodies = Buffer.allocUnsafeSlow(this.#at);
    const ends = new Uint32Array(count);
    let end = 0;
    for (const [index, of] of order.entries()) {
      end += this.#bytes.copy(bodies, end, of === 0 ? 0 : this.#ends[of - 1], this.#ends[of]);
      ends[index] = end;
    }
    return { identities: Float64Array.from(order.flatMap(identity)), subjects: order.map((of) => this.#subjects[of] as string), bodies, ends };
  }

  /** Negative where the effect that was collected as the `of`-th leaves before the one that is named. */
  #compare(of: number, position: number, partition: number, k: number): number {
    const at = of * 3;
    const identities = this.#identities;
    return (identities[at] as number) - position || (identities[at + 1] as number) - partition || (identities[at + 2] as number) - k;
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
