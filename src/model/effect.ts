// Effects: what the fold says should leave the engine. They are numbered k = 0, 1, ... within (position, partition) and
// leave in the order (position, partition, k). The identity never depends on batches, workers or restarts.

import { type PartitionId, type Position, partitionId, position } from "./ids.ts";

export interface EffectIdentity {
  readonly position: Position;
  readonly partition: PartitionId;
  readonly k: number;
}

/** One message for the output stream: a CloudEvent, already encoded. */
export interface Effect extends EffectIdentity {
  readonly subject: string;
  readonly body: Uint8Array;
}

/** `<shard>-<position>-<partition>-<k>`: the CloudEvents `id` and the header `Tidemark-Id`. */
export const formatIdentity = (shard: string, effect: EffectIdentity): string => `${shard}-${effect.position}-${effect.partition}-${effect.k}`;

/** The inverse of formatIdentity; undefined for anything else. */
export function parseIdentity(text: string): (EffectIdentity & { readonly shard: string }) | undefined {
  const match = /^(.+)-(\d+)-(\d+)-(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, shard, at, partition, k] = match as unknown as [string, string, string, string, string];
  return { shard, position: position(Number(at)), partition: partitionId(Number(partition)), k: Number(k) };
}

/** Negative, zero or positive as `a` leaves before, is, or leaves after `b`. */
export const compareIdentity = (a: EffectIdentity, b: EffectIdentity): number => a.position - b.position || a.partition - b.partition || a.k - b.k;

/** Why a trigger can be withheld, as in its subject. */
export const WITHHELD_REASONS = ["passed_through", "suppressed", "consent", "hold_out", "quiet", "cap", "history"] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

/** How a goal came out. */
export const GOAL_OUTCOMES = ["reached", "not_reached", "held_out"] as const;

/** The families of the output stream (DESIGN 6). `withheld` and `outcomes` carry what policy and goals decide. */
export const outputSubjects = (shard: string) => ({
  stream: `TIDEMARK_OUT_${shard}`,
  all: [
    `tidemark.transitions.*.*.*.${shard}`,
    `tidemark.triggers.*.*.*.${shard}`,
    `tidemark.withheld.*.*.*.${shard}`,
    `tidemark.outcomes.*.*.${shard}`,
    `tidemark.epoch.${shard}`,
  ],
  transition: (pack: string, axis: string, to: string) => `tidemark.transitions.${pack}.${axis}.${to}.${shard}`,
  trigger: (channel: string, pack: string, trigger: string) => `tidemark.triggers.${channel}.${pack}.${trigger}.${shard}`,
  withheld: (reason: string, pack: string, trigger: string) => `tidemark.withheld.${reason}.${pack}.${trigger}.${shard}`,
  epoch: `tidemark.epoch.${shard}`,
});

export const TIDEMARK_ID_HEADER = "Tidemark-Id";
export const CLOUDEVENT_CONTENT_TYPE = "application/cloudevents+json";
