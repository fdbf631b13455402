// The manifest of a checkpoint: what the state was made from, where to go on, and which files belong to it. It is written
// last, so a generation without one was never finished. Invariant: a manifest that can be read is the one that was written;
// its checksum covers every field. What is not here: the files themselves.

import { createHash } from "node:crypto";
import { z } from "zod";
import { epochMs, outputSequence, position } from "../model/ids.ts";

export const MANIFEST_FORMAT = 1;

const time = z.int().transform(epochMs);

const contentSchema = z.object({
  engine: z.string().describe("version of the engine that made the checkpoint"),
  shard: z.string(),
  createdAt: z.iso.datetime(),
  log: z
    .object({
      stream: z.string(),
      createdMs: time,
      position: z.int().min(0).transform(position).describe("the state holds everything up to this message"),
      fingerprint: z.object({ storedMs: time, sha256: z.string() }).nullable().describe("of that message; null at position 0"),
    })
    .describe("the log that the state was made from"),
  output: z
    .object({
      stream: z.string(),
      createdMs: time,
      sequence: z.int().min(0).transform(outputSequence),
      identity: z.string().nullable().describe("last effect up to that sequence"),
      engine: z.string().nullable().describe("version that wrote what follows it"),
    })
    .describe("the output stream as of that position"),
  logTimeMs: z.number(),
  records: z.array(z.string()).describe("`settings` and live `pack` records, in the order of the log"),
  counters: z.record(z.string(), z.number()).describe("cumulative numbers to go on from"),
});

const manifestSchema = contentSchema.extend({
  format: z.literal(MANIFEST_FORMAT),
  files: z.array(z.object({ partition: z.int().min(0).max(63), name: z.string().regex(/^[a-z0-9.-]+$/), bytes: z.int().min(0), checksum: z.string() })),
});

export type ManifestContent = z.infer<typeof contentSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = Manifest["files"][number];

export type ManifestRead = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly reason: string };

/** Strips what is no part of it, so that richer objects may be given. */
export const manifestOf = (content: ManifestContent, files: readonly ManifestFile[]): Manifest =>
  manifestSchema.parse({ format: MANIFEST_FORMAT, ...contentSchema.parse(content), files });

export function encodeManifest(manifest: Manifest): Uint8Array {
  return Buffer.from(`${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, null, 2)}\n`);
}

export function decodeManifest(bytes: Uint8Array): ManifestRead {
  const fields = parse(bytes);
  if (fields === undefined) return { ok: false, reason: "manifest.json is damaged: it is no JSON object" };
  const { checksum, ...rest } = fields;
  if (checksum !== checksumOf(rest)) return { ok: false, reason: "manifest.json is damaged: its checksum differs" };
  if (rest["format"] !== MANIFEST_FORMAT) return { ok: false, reason: `its format is ${rest["format"]}, and this engine knows ${MANIFEST_FORMAT}` };
  const manifest = manifestSchema.safeParse(rest);
  return manifest.success
    ? { ok: true, manifest: manifest.data }
    : { ok: false, reason: `manifest.json does not say what it must: ${z.prettifyError(manifest.error)}` };
}

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const checksumOf = (fields: object): string => createHash("sha256").update(JSON.stringify(fields)).digest("hex");
