// Msgpack records as JSON text, which is what everything behind reads.
//
// A few bytes of msgpack can stand for a great deal of JSON: a record names its keys once and is used a hundred thousand times. So what it would
// come to is measured before it is printed, and beyond the caller's limit it is not. References between values, which can do the
// same and are no part of the format, are not read.

import { Unpackr } from "msgpackr";

export type Repacked = { readonly kind: "json"; readonly bytes: Uint8Array } | { readonly kind: "broken" | "tooLarge" };

/**
 * One record as it is (an event, an array, a batch), several as an array; at most about `most` bytes of JSON. Integers beyond 2^53 become strings,
 * because JSON's readers would round them; they are ids, if anything.
 */
export function repack(data: Uint8Array, most: number): Repacked {
  try {
    // A reader of its own for each message: one that is kept may carry record definitions from a message to the next, and
    // what a message means must not depend on which ones this process has read before it.
    const records = new Unpackr({ mapsAsObjects: true, structuredClone: false }).unpackMultiple(data) as unknown[];
    const value = records.length === 1 ? records[0] : records;
    if (roomLeft(value, most) < 0) return { kind: "tooLarge" };
    const text = jsonText(value);
    return text === undefined ? { kind: "broken" } : { kind: "json", bytes: encoder.encode(text) };
  } catch {
    return { kind: "broken" };
  }
}

/** What is left of `room` beside the value's keys, texts and brackets; negative, and no more exact than that, where it does not suffice. */
function roomLeft(value: unknown, room: number): number {
  if (typeof value === "string") return room - value.length - 2;
  if (typeof value !== "object" || value === null) return room - 1;
  let left = room - 2;
  if (Array.isArray(value)) for (let at = 0; at < value.length && left >= 0; at++) left = roomLeft(value[at], left) - 1;
  else
    for (const key in value) {
      if (left < 0) return left;
      left = roomLeft((value as Readonly<Record<string, unknown>>)[key], left) - key.length - 4;
    }
  return left;
}

/** As JSON.stringify; integers of 64 bits are numbers where that is exact. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch {
    // JSON.stringify refuses bigints. A replacer is called for every value and is several times slower, so it comes second.
    return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? plainInteger(part) : part)) as string | undefined;
  }
}

const plainInteger = (value: bigint): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : value.toString());

const encoder = new TextEncoder();
