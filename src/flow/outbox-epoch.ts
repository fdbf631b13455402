// The epoch record, and how any message of the output stream is read back. Every start writes one epoch record into the
// chain. It says who owns the chain from here on, which engine writes what follows, and repeats the identity of the last
// effect before it; so the last message of the stream always tells what was sent, also after a start that sent nothing.
// Invariant: `lastEffect` of the message at any sequence is the last effect written up to that sequence.

import { z } from "zod";
import { CLOUDEVENT_CONTENT_TYPE, type Effect, type EffectIdentity, formatIdentity, outputSubjects, parseIdentity } from "../model/effect.ts";
import type { OutputSequence } from "../model/ids.ts";
import type { OutputMessage } from "../model/output.ts";

const epochSchema = z.object({
  last: z.string().nullable().describe("identity of the last effect before this record; null where there was none"),
  owner: z.string().min(1).describe("this start of an engine"),
  engine: z.string().describe("version that writes what follows"),
  startedAt: z.string(),
  assumed: z
    .object({
      count: z.int().min(1).describe("so many effects after `last` count as sent although nobody could read them"),
      upTo: z.number().nullable().describe("but none of a later position of the log; null: no such bound"),
    })
    .optional(),
});

export type EpochRecord = z.infer<typeof epochSchema>;

/** What a message of the output stream turned out to be. */
export type Written =
  | { readonly kind: "effect"; readonly text: string; readonly identity: EffectIdentity }
  | { readonly kind: "epoch"; readonly record: EpochRecord }
  | { readonly kind: "unreadable" };

/**
 * Name of a start's link at a sequence. Half the owner is enough: two that begin alike would have to be on their way at once.
 */
export const linkAt = (owner: string, sequence: OutputSequence): string => `${owner.slice(0, 12)}-${sequence.toString(36)}`;

export const epochIdentity = (owner: string): string => `epoch-${owner}`;

export const epochMessage = (shard: string, record: EpochRecord): OutputMessage => ({
  subject: outputSubjects(shard).epoch,
  identity: epochIdentity(record.owner),
  contentType: "application/json",
  body: Buffer.from(JSON.stringify(record)),
});

export const effectMessage = (shard: string, effect: Effect): OutputMessage => ({
  subject: effect.subject,
  identity: formatIdentity(shard, effect),
  contentType: CLOUDEVENT_CONTENT_TYPE,
  body: effect.body,
});

/** The subject decides what a message is: a shard's name may itself look like the beginning of an identity. */
export function readWritten(shard: string, message: OutputMessage): Written {
  if (message.subject === outputSubjects(shard).epoch) return readEpoch(message);
  const identity = parseIdentity(message.identity);
  return identity?.shard === shard ? { kind: "effect", text: message.identity, identity } : { kind: "unreadable" };
}

/** Identity of the last effect up to this message; undefined where the message does not tell. */
export function lastEffect(written: Written): string | null | undefined {
  switch (written.kind) {
    case "effect":
      return written.text;
    case "epoch":
      return written.record.last;
    case "unreadable":
      return undefined;
  }
}

function readEpoch(message: OutputMessage): Written {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(message.body).toString("utf8"));
  } catch {
    return { kind: "unreadable" };
  }
  const record = epochSchema.safeParse(body);
  return record.success && epochIdentity(record.data.owner) === message.identity ? { kind: "epoch", record: record.data } : { kind: "unreadable" };
}
