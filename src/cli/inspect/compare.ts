// Which contacts differ between two generations, and in which fields. Both are shown as of one moment, the later of their log
// times: a score that only decayed between them is no difference, a deadline that fired in one is. A contact lives in the same
// partition in both, so one partition of each is in memory at a time.

import { isDeepStrictEqual } from "node:util";
import type { OpenGeneration } from "./generation.ts";
import { type Restored, soundPartitions } from "./restore.ts";

export interface FieldDifference {
  /** As in the contact's JSON: `packs.b2b-funnel.stage.name`. */
  readonly field: string;
  /** undefined where that side does not have it. */
  readonly a: unknown;
  readonly b: unknown;
}

export type ContactDifference =
  | { readonly kind: string; readonly id: string; readonly in: "both"; readonly fields: readonly FieldDifference[] }
  | { readonly kind: string; readonly id: string; readonly in: "a" | "b" };

export interface Comparison {
  readonly asOf: string;
  /** Contacts in both, how many of them differ, and those in one only. */
  readonly both: number;
  readonly differ: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** How many contacts differ in each field, the most frequent first. */
  readonly fields: Readonly<Record<string, number>>;
  /** Partitions whose contacts are the same and whose bytes are not: message ids, a sweep under way, the order of contacts. */
  readonly besides: readonly number[];
}

/** `tell` hears of every contact that differs, partition by partition. Throws STATE_DAMAGED. */
export async function compareGenerations(a: OpenGeneration, b: OpenGeneration, tell: (difference: ContactDifference) => void): Promise<Comparison> {
  const asOfMs = Math.max(a.manifest.logTimeMs, b.manifest.logTimeMs);
  const samePacks = isDeepStrictEqual(a.manifest.records, b.manifest.records);
  const counts = { both: 0, differ: 0, onlyA: 0, onlyB: 0 };
  const fields = new Map<string, number>();
  const besides: number[] = [];
  for await (const { partition, left, right } of pairsOf(a, b, asOfMs)) {
    const sameBytes = left !== undefined && right !== undefined && Buffer.compare(left.bytes, right.bytes) === 0;
    if (sameBytes && samePacks) {
      counts.both += left.contacts;
      continue;
    }
    const [inA, inB] = [contactsOf(left), contactsOf(right)];
    let found = 0;
    for (const difference of differencesOf(inA, inB)) {
      found++;
      counts[difference.in === "both" ? "differ" : difference.in === "a" ? "onlyA" : "onlyB"]++;
      if (difference.in === "both") for (const { field } of difference.fields) fields.set(field, (fields.get(field) ?? 0) + 1);
      tell(difference);
    }
    counts.both += [...inA.keys()].filter((key) => inB.has(key)).length;
    if (found === 0 && !sameBytes) besides.push(partition);
  }
  const frequent = [...fields].sort(([nameX, x], [nameY, y]) => y - x || (nameX < nameY ? -1 : 1));
  return { asOf: new Date(asOfMs).toISOString(), ...counts, fields: Object.fromEntries(frequent), besides };
}

type Side = Extract<Restored, { ok: true }>;

interface Pair {
  readonly partition: number;
  readonly left: Side | undefined;
  readonly right: Side | undefined;
}

/** Both manifests name their partitions in order. */
async function* pairsOf(a: OpenGeneration, b: OpenGeneration, asOfMs: number): AsyncGenerator<Pair, void, void> {
  const [lefts, rights] = [soundPartitions(a, { asOfMs }), soundPartitions(b, { asOfMs })];
  let left = await nextOf(lefts);
  let right = await nextOf(rights);
  while (left !== undefined || right !== undefined) {
    const partition = Math.min(left?.partition ?? Number.POSITIVE_INFINITY, right?.partition ?? Number.POSITIVE_INFINITY);
    const here = left?.partition === partition ? left : undefined;
    const there = right?.partition === partition ? right : undefined;
    yield { partition, left: here, right: there };
    if (here !== undefined) left = await nextOf(lefts);
    if (there !== undefined) right = await nextOf(rights);
  }
}

async function nextOf(sides: AsyncGenerator<Side, void, void>): Promise<Side | undefined> {
  const next = await sides.next();
  return next.done === true ? undefined : next.value;
}

/** By kind and id: userId "42" and anonymousId "42" are two people. */
type Contacts = ReadonlyMap<string, { readonly kind: string; readonly id: string; readonly text: string }>;

function contactsOf(side: Side | undefined): Contacts {
  const texts = side === undefined ? [] : side.fold.contacts(side.partition);
  return new Map(
    texts.map((text) => {
      const { kind, id } = (JSON.parse(text) as { contact: { kind: string; id: string } }).contact;
      return [`${kind} ${id}`, { kind, id, text }];
    }),
  );
}

function* differencesOf(a: Contacts, b: Contacts): Generator<ContactDifference, void, void> {
  for (const [key, { kind, id, text }] of a) {
    const other = b.get(key);
    if (other === undefined) yield { kind, id, in: "a" };
    else if (other.text !== text) yield { kind, id, in: "both", fields: fieldsOf(JSON.parse(text), JSON.parse(other.text), "") };
  }
  for (const [key, { kind, id }] of b) if (!a.has(key)) yield { kind, id, in: "b" };
}

/** Objects are compared name by name, everything else as a whole. */
function fieldsOf(a: unknown, b: unknown, path: string): FieldDifference[] {
  if (!isObject(a) || !isObject(b)) return isDeepStrictEqual(a, b) ? [] : [{ field: path, a, b }];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) => fieldsOf(a[name], b[name], path === "" ? name : `${path}.${name}`));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
