// What a sample of real messages says about a pack: how often each of its names occurs, and what stands where it reads. One pass
// over any number of messages, bounded in what it remembers. What is made of it is in sample-report.ts.

import { fromBase64 } from "../../model/cloud-event.ts";
import { isJson, mediaTypeOf } from "../../model/media-type.ts";
import { compileWhere } from "../compile/where.ts";
import type { EventDefinition, Expression, MessageType, PackDefinition, PropertyPath } from "../definition.ts";
import { YES } from "../terms/truth.ts";
import type { PackPath } from "./findings.ts";
import { partsOf } from "./variables.ts";

export type Kind = "text" | "number" | "truth value" | "list" | "map" | "nothing";
export type Wanted = "text" | "number" | "truth value" | "date";

/** One place of the pack that reads a path of messages. */
export interface Reader {
  /** For people: "the `value` of event `order`". */
  readonly what: string;
  readonly at: PackPath;
  readonly path: PropertyPath;
  /** null: whatever stands there. */
  readonly wanted: Wanted | null;
}

export interface Reading {
  readonly reader: Reader;
  /** Messages in which it was looked for, in which it was there, and in which it was of the kind that is wanted. */
  asked: number;
  present: number;
  fitting: number;
  readonly kinds: Map<Kind, number>;
  /** Keys that stand beside the one that is looked for. */
  readonly beside: Set<string>;
}

/** A trait is there where any of its paths is. */
export interface TraitReading {
  readonly reading: Reading;
  readonly from: readonly PropertyPath[];
}

export interface EventCount {
  readonly event: EventDefinition;
  /** Messages of its kind and name, and those of them for which its `where` holds. */
  named: number;
  held: number;
  readonly readings: readonly Reading[];
}

/** Names and keys that are remembered, at most, to suggest them. */
const MOST_NAMES = 5_000;
const MOST_KEYS = 200;

export class Sample {
  messages = 0;
  /** Lines that are no message. */
  unread = 0;
  /** `track` -> name -> how many. */
  readonly names = new Map<MessageType, Map<string, number>>();
  readonly events: readonly EventCount[];
  readonly traits: readonly TraitReading[];
  readonly #wheres: readonly ((message: Message) => boolean)[];

  constructor(pack: PackDefinition) {
    this.events = pack.events.map((event) => ({ event, named: 0, held: 0, readings: readersOf(event, pack).map(readingOf) }));
    this.traits = pack.traits.map((trait) => ({ reading: readingOf(traitReader(trait)), from: trait.from }));
    this.#wheres = pack.events.map(({ where }) => (where === null ? () => true : whereOf(where)));
  }

  /** A message as it came, or a batch of them. */
  add(value: unknown): void {
    if (Array.isArray(value)) for (const one of value) this.add(one);
    else if (isMap(value) && Array.isArray(value["batch"]) && value["type"] === undefined) this.add(value["batch"]);
    else if (isMap(value) && "specversion" in value && isMap(dataOf(value))) this.add(dataOf(value));
    else if (isMap(value) && isType(value["type"])) this.#message({ type: value["type"], name: nameOf(value), fields: value });
    else this.unread++;
  }

  #message(message: Message): void {
    this.messages++;
    const names = this.names.get(message.type) ?? new Map<string, number>();
    this.names.set(message.type, names);
    if (names.size < MOST_NAMES || names.has(message.name)) names.set(message.name, (names.get(message.name) ?? 0) + 1);
    for (const [index, count] of this.events.entries()) {
      if (!count.event.match.some(({ type, names: wanted }) => type === message.type && (wanted === null || wanted.includes(message.name)))) continue;
      count.named++;
      const held = this.#wheres[index]?.(message) === true;
      if (held) count.held++;
      for (const reading of count.readings) if (held || reading.reader.at.at(-1) === "where") look(reading, message.fields, reading.reader.path);
    }
    for (const trait of this.traits) lookForTrait(trait, message);
  }
}

/** Of a CloudEvents envelope; of bytes those that are JSON. */
function dataOf({ data, data_base64, datacontenttype }: Readonly<Record<string, unknown>>): unknown {
  if (typeof data_base64 !== "string" || (data !== undefined && data !== null) || !isJson(mediaTypeOf(String(datacontenttype ?? "application/json"))))
    return data;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(data_base64))) as unknown;
  } catch {
    return undefined;
  }
}

interface Message {
  readonly type: MessageType;
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const TYPES: ReadonlySet<unknown> = new Set(["track", "page", "screen", "identify", "group", "alias"]);
const isType = (value: unknown): value is MessageType => TYPES.has(value);
const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const nameOf = (fields: Readonly<Record<string, unknown>>): string => String(fields["type"] === "track" ? (fields["event"] ?? "") : (fields["name"] ?? ""));

const readingOf = (reader: Reader): Reading => ({ reader, asked: 0, present: 0, fitting: 0, kinds: new Map(), beside: new Set() });

function whereOf(where: Expression): (message: Message) => boolean {
  const paths: PropertyPath[] = [];
  const holds = compileWhere(where, (path) => paths.push(path) - 1);
  return ({ fields, name }) =>
    holds(
      paths.map((path) => valueAt(fields, path)),
      name,
    ) === YES;
}

function readersOf(event: EventDefinition, pack: PackDefinition): readonly Reader[] {
  const at = ["events", event.name] as const;
  const of = (measure: PackDefinition["measures"][number]): Wanted | null =>
    measure.kind === "sum" || measure.kind === "min" || measure.kind === "max"
      ? "number"
      : measure.type === "bool"
        ? "truth value"
        : measure.type === "string"
          ? null
          : measure.type;
  return [
    ...(event.where === null ? [] : pathsIn(event.where)).map(({ path, wanted }) => ({
      what: `the \`where\` of event \`${event.name}\``,
      at: [...at, "where"],
      path,
      wanted,
    })),
    ...(event.value === null ? [] : [{ what: `the \`value\` of event \`${event.name}\``, at: [...at, "value"], path: event.value, wanted: "number" as const }]),
    ...(event.key === null ? [] : [{ what: `the \`key\` of event \`${event.name}\``, at: [...at, "key"], path: event.key, wanted: null }]),
    ...pack.measures.flatMap((measure): Reader[] =>
      measure.event === event.name && measure.of !== null
        ? [{ what: `\`of\` of measure \`${measure.name}\``, at: ["measures", measure.name, "of"], path: measure.of, wanted: of(measure) }]
        : [],
    ),
    ...pack.triggers.flatMap(({ name, when, carry }) =>
      "events" in when && when.events.includes(event.name)
        ? carry.flatMap((item): Reader[] =>
            item.from === "event" ? [{ what: `\`carry\` of trigger \`${name}\``, at: ["triggers", name, "carry"], path: item.path, wanted: null }] : [],
          )
        : [],
    ),
  ];
}

/** The paths of a `where`, with what each is compared with. */
function pathsIn(of: Expression): { readonly path: PropertyPath; readonly wanted: Wanted | null }[] {
  if (of.op === "path") return of.path[0] === "name" ? [] : [{ path: of.path, wanted: null }];
  if (
    (of.op === "==" || of.op === "<" || of.op === "<=" || of.op === ">" || of.op === ">=") &&
    of.left.op === "path" &&
    of.right.op === "literal" &&
    of.left.path[0] !== "name"
  )
    return [{ path: of.left.path, wanted: typeof of.right.value === "string" ? "text" : typeof of.right.value === "number" ? "number" : "truth value" }];
  // What may be absent is asked for with has().
  return of.op === "has" ? [] : partsOf(of).flatMap(pathsIn);
}

function traitReader(trait: PackDefinition["traits"][number]): Reader {
  const wanted = { string: "text", number: "number", bool: "truth value", date: "date" } as const;
  return { what: `trait \`${trait.name}\``, at: ["traits", trait.name], path: trait.from[0] ?? [], wanted: wanted[trait.type] };
}

/** The first path that is there; where none is, the first is the one that is missed. */
function lookForTrait({ reading, from }: TraitReading, { type, fields }: Message): void {
  const paths = from.flatMap((path) => pathIn(path, type));
  const path = paths.find((one) => valueAt(fields, one) !== undefined) ?? paths[0];
  if (path !== undefined) look(reading, fields, path);
}

/** `group.…` is read from the traits of group messages, `traits.…` from all others, as the engine does. */
function pathIn(path: PropertyPath, type: MessageType): PropertyPath[] {
  if (path[0] === "group") return type === "group" ? [["traits", ...path.slice(1)]] : [];
  return path[0] === "traits" && type === "group" ? [] : [path];
}

function look(reading: Reading, fields: Readonly<Record<string, unknown>>, path: PropertyPath): void {
  reading.asked++;
  const value = valueAt(fields, path);
  if (value === undefined) {
    const around = valueAt(fields, path.slice(0, -1));
    if (isMap(around)) for (const key of Object.keys(around)) if (reading.beside.size < MOST_KEYS) reading.beside.add(key);
    return;
  }
  reading.present++;
  const kind = kindOf(value);
  reading.kinds.set(kind, (reading.kinds.get(kind) ?? 0) + 1);
  if (fits(value, kind, reading.reader.wanted)) reading.fitting++;
}

function valueAt(fields: unknown, path: PropertyPath): unknown {
  let value = fields;
  for (const step of path) {
    if (typeof step === "number" ? !Array.isArray(value) : !isMap(value) || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function kindOf(value: unknown): Kind {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value === "number" ? "number" : typeof value === "boolean" ? "truth value" : "map";
}

function fits(value: unknown, kind: Kind, wanted: Wanted | null): boolean {
  // `null` clears a trait, and is no slip elsewhere.
  if (wanted === null || kind === "nothing" || kind === wanted) return true;
  if (wanted === "number") return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
  return wanted === "date" && (kind === "number" || (typeof value === "string" && Number.isFinite(Date.parse(value))));
}
