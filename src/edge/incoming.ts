// The body of one request: read within its limit, unzipped within the same, and counted against what the whole edge may hold.
//
// A gzip body is known by its first two bytes, whatever the headers say: clients and proxies often say the wrong thing. The invariant: what
// an edge holds in memory for all of its requests is never more than its budget and one piece of each that is being read.

import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

/** Bytes that are held for requests whose events are not settled. */
export class Budget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether there was room. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

export type Incoming =
  /** `held` is to be given back to the budget when the request is settled. */
  { readonly kind: "body"; readonly bytes: Uint8Array; readonly held: number } | { readonly kind: "tooLarge" | "overload" | "broken" | "gone" };

/** Never rejects. What is not a body has given back what it held; the rest of the request is read and thrown away. */
export async function readIncoming(request: IncomingMessage, limit: number, budget: Budget): Promise<Incoming> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limit) return dropped(request, "tooLarge");
  const share = { budget, held: 0 };
  // Small requests count as well: each of them costs more than its bytes.
  if (!grow(share, Math.max(declared, SMALLEST_SHARE))) return dropped(request, "overload");
  const raw = await collect(request, limit, share);
  if (typeof raw === "string") {
    budget.give(share.held);
    return dropped(request, raw);
  }
  if (!isZipped(raw)) return { kind: "body", bytes: raw, held: share.held };
  return unzipped(raw, limit, share);
}

interface Share {
  readonly budget: Budget;
  held: number;
}

const SMALLEST_SHARE = 1024;
/** Header and trailer of a gzip file. */
const SMALLEST_ZIP = 18;

function grow(share: Share, to: number): boolean {
  if (to <= share.held) return true;
  if (!share.budget.take(to - share.held)) return false;
  share.held = to;
  return true;
}

async function collect(request: IncomingMessage, limit: number, share: Share): Promise<Uint8Array | "tooLarge" | "overload" | "gone"> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) return resolve("tooLarge");
      if (!grow(share, length)) return resolve("overload");
      chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)));
    request.on("error", () => resolve("gone"));
    request.on("close", () => resolve("gone"));
  });
}

const isZipped = (bytes: Uint8Array): boolean => bytes.length >= SMALLEST_ZIP && bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * A zipped body ends with its length. That is what it is given room for; where it lies (or where several zipped parts follow one
 * another) it is unzipped once more, with room for all that a body may be. A bomb is found out when it has reached the limit.
 */
async function unzipped(zipped: Uint8Array, limit: number, share: Share): Promise<Incoming> {
  const said = Buffer.from(zipped.buffer, zipped.byteOffset, zipped.length).readUInt32LE(zipped.length - 4);
  if (said > limit) return refused(share, "tooLarge");
  const first = await unzippedWithin(zipped, Math.max(said, 1), share);
  const last = first === "tooLarge" && said < limit ? await unzippedWithin(zipped, limit, share) : first;
  if (typeof last === "string") return refused(share, last);
  const held = Math.max(last.length, SMALLEST_SHARE);
  share.budget.give(share.held - held);
  return { kind: "body", bytes: last, held };
}

async function unzippedWithin(zipped: Uint8Array, room: number, share: Share): Promise<Uint8Array | "overload" | "tooLarge" | "broken"> {
  if (!grow(share, zipped.length + Math.max(room, SMALLEST_SHARE))) return "overload";
  try {
    return await unzip(zipped, { maxOutputLength: room });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "tooLarge" : "broken";
  }
}

const unzip = promisify(gunzip) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

function refused(share: Share, kind: "overload" | "tooLarge" | "broken"): Incoming {
  share.budget.give(share.held);
  return { kind };
}

function dropped(request: IncomingMessage, kind: "tooLarge" | "overload" | "gone"): Incoming {
  request.removeAllListeners("data");
  request.resume();
  return { kind };
}
