// What can be told of a partition without restoring it: how many contacts it has, and how far back it remembers message ids.
// Restoring takes some 15 µs a contact, this nothing worth measuring. It reads a few fields of the bytes that
// partition/snapshot.ts makes, says nothing of a format that it does not know, and is held to the real ones by a test.

import { Packr } from "msgpackr";
import { z } from "zod";
import { type Settings, settingsSchema } from "../../model/settings.ts";
import { FREE } from "../../partition/keys-copy.ts";

/** Anything else is told as not known. */
const FORMAT = 1;
const packr = new Packr({ useRecords: false });

const glanceSchema = z.object({
  format: z.literal(FORMAT),
  ids: z.object({ kinds: z.instanceof(Uint8Array) }),
  duplicates: z.object({ seenAt: z.instanceof(Uint8Array) }),
});

export interface Glance {
  readonly contacts: number;
  /** Message ids that are remembered, and the log time of the oldest; NaN where there is none. */
  readonly remembered: number;
  readonly oldestMs: number;
}

/** undefined where the bytes are of a format that this version does not know. */
export function glanceAt(bytes: Uint8Array): Glance | undefined {
  const read = glanceSchema.safeParse(unpacked(bytes));
  if (!read.success) return undefined;
  const { seenAt } = read.data.duplicates;
  const remembered = seenAt.byteLength / Float64Array.BYTES_PER_ELEMENT;
  const oldestMs = remembered === 0 ? Number.NaN : new DataView(seenAt.buffer, seenAt.byteOffset).getFloat64(0, true);
  return { contacts: read.data.ids.kinds.reduce((count, kind) => count + (kind === FREE ? 0 : 1), 0), remembered, oldestMs };
}

/** How far back a message id is surely remembered, ms: the least of these partitions (partition/duplicates.ts says the same of a running engine). */
export function duplicatesReachMs(glances: readonly Glance[], settings: Settings, logTimeMs: number): number {
  const { capacity, window_ms } = settings.duplicates;
  const full = glances.filter(({ remembered }) => remembered === capacity);
  return Math.min(window_ms, ...full.map(({ oldestMs }) => Math.max(0, logTimeMs - oldestMs)));
}

const recordSchema = z.object({ type: z.string(), pack: z.string().optional(), version: z.int().optional() });

/** The packs that were live, from the records of a checkpoint. */
export function packsOf(records: readonly string[]): readonly { readonly name: string; readonly version: number }[] {
  return parsed(records).flatMap((fields) => {
    const record = recordSchema.safeParse(fields).data;
    return record?.type === "pack" && record.pack !== undefined ? [{ name: record.pack, version: record.version ?? 0 }] : [];
  });
}

/** undefined where the checkpoint has none, or another version's. */
export function settingsIn(records: readonly string[]): Settings | undefined {
  const record = parsed(records).find((fields) => fields["type"] === "settings");
  const { type: _, ...fields } = record ?? {};
  return settingsSchema.safeParse(fields).data;
}

function parsed(records: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return records.flatMap((text) => {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null ? [{ ...value }] : [];
    } catch {
      return [];
    }
  });
}

function unpacked(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch {
    return undefined;
  }
}
