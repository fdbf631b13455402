// One file of a checkpoint: the state of one partition, opaque, with a header that says what it is and a checksum for each
// page of 64 KiB. Layout, little endian:
//   magic "TMCK" · u32 format · u32 bytes of header · header (JSON) · spaces up to a multiple of 64
//   data · u32 checksum of each page (CRC-32, begun with the page's number) · u32 checksum of everything that is not data
// Invariant: no bit of the file can change, and no two pages change places, without `readPages` saying so. The last four
// bytes stand for the whole file: the manifest repeats them.

import { setImmediate as nextTurn } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { z } from "zod";

export const PAGE_BYTES = 65_536;
const MAGIC = 0x4b434d54;
const FORMAT = 1;
const FIXED_BYTES = 12;
const ALIGNMENT = 64;
/** Checksums are computed on the thread that moves batches: after so many pages (4 MiB) others get their turn. */
const PAGES_PER_TURN = 64;

const headerSchema = z.strictObject({
  engine: z.string(),
  shard: z.string(),
  partition: z.int().min(0).max(63),
  position: z.int().min(0),
  bytes: z.int().min(0),
});

export type PagesHeader = z.infer<typeof headerSchema>;

/** The parts of the file before and behind the data, which itself is not copied. */
export interface Pages {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** Of the whole file, 8 hex digits. */
  readonly checksum: string;
}

export type PagesRead =
  | {
      readonly ok: true;
      readonly header: PagesHeader /** A view into the bytes given, at a multiple of 64. */;
      readonly data: Uint8Array;
      readonly checksum: string;
    }
  | { readonly ok: false; readonly reason: string };

export async function framePages(header: Omit<PagesHeader, "bytes">, data: Uint8Array): Promise<Pages> {
  const head = writeHead({ ...header, bytes: data.length });
  const checksums = await pageChecksums(data);
  const tail = Buffer.alloc(4 * (checksums.length + 1));
  for (const [page, checksum] of checksums.entries()) tail.writeUInt32LE(checksum, 4 * page);
  const whole = crc32(tail.subarray(0, -4), crc32(head));
  tail.writeUInt32LE(whole, 4 * checksums.length);
  return { head, tail, checksum: hex(whole) };
}

export async function readPages(file: Uint8Array): Promise<PagesRead> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < FIXED_BYTES || bytes.readUInt32LE(0) !== MAGIC) return { ok: false, reason: "it is no partition of a checkpoint" };
  if (bytes.readUInt32LE(4) !== FORMAT) return { ok: false, reason: `its format is ${bytes.readUInt32LE(4)}, and this engine knows ${FORMAT}` };
  const headBytes = align(FIXED_BYTES + bytes.readUInt32LE(8));
  const header = readHeader(bytes);
  if (header === undefined) return { ok: false, reason: "its header is damaged" };
  const dataEnd = headBytes + header.bytes;
  const pages = Math.ceil(header.bytes / PAGE_BYTES);
  if (bytes.length !== dataEnd + 4 * (pages + 1)) return { ok: false, reason: `it has ${bytes.length} bytes where ${dataEnd + 4 * (pages + 1)} were written` };
  const table = bytes.subarray(dataEnd, dataEnd + 4 * pages);
  const whole = crc32(table, crc32(bytes.subarray(0, headBytes)));
  if (whole !== bytes.readUInt32LE(dataEnd + 4 * pages)) return { ok: false, reason: "its header or its checksums are damaged" };
  const data = file.subarray(headBytes, dataEnd);
  const found = await pageChecksums(data);
  const bad = found.findIndex((checksum, page) => checksum !== table.readUInt32LE(4 * page));
  return bad < 0 ? { ok: true, header, data, checksum: hex(whole) } : { ok: false, reason: `its page ${bad} is damaged` };
}

function writeHead(header: PagesHeader): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(align(FIXED_BYTES + json.length), " ");
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(FORMAT, 4);
  head.writeUInt32LE(json.length, 8);
  json.copy(head, FIXED_BYTES);
  return head;
}

function readHeader(bytes: Buffer): PagesHeader | undefined {
  try {
    const json: unknown = JSON.parse(bytes.toString("utf8", FIXED_BYTES, FIXED_BYTES + bytes.readUInt32LE(8)));
    return headerSchema.safeParse(json).data;
  } catch {
    return undefined;
  }
}

async function pageChecksums(data: Uint8Array): Promise<number[]> {
  const checksums: number[] = [];
  for (let start = 0; start < data.length; start += PAGE_BYTES) {
    if (checksums.length % PAGES_PER_TURN === PAGES_PER_TURN - 1) await nextTurn();
    checksums.push(crc32(data.subarray(start, start + PAGE_BYTES), checksums.length));
  }
  return checksums;
}

const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const hex = (checksum: number): string => checksum.toString(16).padStart(8, "0");
