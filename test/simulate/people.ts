// Who is who, written a second time and apart from the engine, from docs/identity.md: of each id what it is (a person, or a way to one),
// of each person which events are its own and which names it has. It reads the events of a log, makes the records between partitions
// itself, and takes from the log only where they stand: in which order, and how often.

import { unpackMultiple } from "msgpackr";
import type { LogMessage } from "../../src/model/log.ts";
import { logSubjects } from "../../src/model/log.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import type { Settings } from "../../src/model/settings.ts";

/** `user/x` or `anonymous/x`. */
type Id = string;
interface Person {
  /** `position.index` of its events; a list, so that one that came twice would show. */
  events: string[];
  also: Id[];
}
type Body =
  | { readonly kind: "merge"; readonly old: Id; readonly person: Person | null; readonly to: Id; readonly trail: readonly Id[] }
  | { readonly kind: "forward"; readonly event: string; readonly to: Id; readonly trail: readonly Id[] }
  | { readonly kind: "tie"; readonly to: Id; readonly into: Id; readonly trail: readonly Id[] };

const DAY = 86_400_000;
const TYPES = new Set(["track", "page", "screen", "identify", "group", "alias"]);
const HOPS = 8;

export class NaivePeople {
  readonly #settings: Settings;
  readonly #persons = new Map<Id, Person>();
  readonly #ways = new Map<Id, Id>();
  readonly #tiedBefore = new Map<Id, Id[]>();
  readonly #made = new Map<string, Body[]>();
  readonly #taken = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  #logTime = 0;
  /** What the engine wrote that it had no reason to write. */
  readonly faults: string[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  apply(message: LogMessage): void {
    const stored = this.#settings.clock === "stored";
    if (stored) this.#logTime = Math.max(this.#logTime, message.storedMs);
    const { records, controlPrefix, advance } = logSubjects(this.#settings.shard);
    const text = Buffer.from(message.data).toString();
    if (message.subject === records) this.#records(message);
    else if (message.subject === advance && !stored) this.#logTime = Math.max(this.#logTime, (JSON.parse(text) as { to: number }).to);
    else if (!message.subject.startsWith(controlPrefix))
      for (const [index, event] of eventsIn(text).entries()) if (isEvent(event)) this.#event(event, `${message.position}.${index}`, message.storedMs);
  }

  /** `kind/id -> events, names`, of everybody. */
  end(): Map<Id, { readonly events: number; readonly also: readonly string[] }> {
    for (const [pair, made] of this.#made)
      if (made.length > (this.#taken.get(pair) ?? 0))
        this.faults.push(`${made.length - (this.#taken.get(pair) ?? 0)} records from ${pair} never stood in the log`);
    for (const [id, { events }] of this.#persons) if (new Set(events).size !== events.length) this.faults.push(`${id} has an event twice`);
    return new Map([...this.#persons].map(([id, { events, also }]) => [id, { events: events.length, also: [...new Set(also.map(textOf))] }]));
  }

  #event(event: Record<string, unknown>, name: string, storedMs: number): void {
    const given = Date.parse(String(event["timestamp"]));
    if (this.#settings.clock === "event") this.#logTime = Math.max(this.#logTime, given);
    const at = this.#settings.clock === "event" ? given : Math.min(given, this.#logTime + this.#settings.time.skew_ms);
    if (given > storedMs + DAY) return;
    const user = filled(event["userId"]) ? `user/${event["userId"]}` : null;
    const anonymous = filled(event["anonymousId"]) ? `anonymous/${event["anonymousId"]}` : null;
    const id = (user ?? anonymous) as Id;
    if (at >= this.#logTime - this.#settings.time.lateness_ms && !this.#isRepeat(id, event["messageId"])) this.#happen(id, name);
    if (user === null) return;
    if (anonymous !== null) this.#tie(anonymous, user, []);
    if (event["type"] === "alias" && filled(event["previousId"])) this.#alias(String(event["previousId"]), user);
  }

  #isRepeat(id: Id, messageId: unknown): boolean {
    if (messageId === undefined) return false;
    const key = JSON.stringify([id, messageId]);
    const before = this.#seen.get(key);
    if (before !== undefined && this.#logTime - before <= this.#settings.duplicates.window_ms) return true;
    this.#seen.set(key, this.#logTime);
    return false;
  }

  #happen(id: Id, event: string): void {
    const way = this.#ways.get(id);
    if (way !== undefined) this.#send(id, { kind: "forward", event, to: way, trail: [id] });
    else this.#personOf(id).events.push(event);
  }

  #alias(previous: string, user: Id): void {
    const ids = [`anonymous/${previous}`, `user/${previous}`];
    const known = ids.filter((id) => this.#persons.has(id) || this.#ways.has(id));
    for (const [index, id] of ids.entries()) {
      if (known.includes(id) || (known.length === 0 && index === 0)) this.#tie(id, user, []);
      else if (id !== user) this.#ways.set(id, user);
    }
  }

  #tie(old: Id, user: Id, trail: readonly Id[]): void {
    const way = this.#ways.get(old);
    if (way === user) return;
    if (way !== undefined) return this.#tieOther(old, user, way, trail);
    if (old === user || this.#persons.get(old)?.also.includes(user) === true) return;
    const person = this.#persons.get(old) ?? null;
    this.#persons.delete(old);
    this.#ways.set(old, user);
    this.#send(old, { kind: "merge", old, person, to: user, trail: [old] });
  }

  #tieOther(old: Id, user: Id, way: Id, trail: readonly Id[]): void {
    const before = this.#tiedBefore.get(old) ?? [];
    const known = before.includes(user);
    const remember = (one: Id): void => void this.#tiedBefore.set(old, [...before.filter((other) => other !== one), one].slice(-8));
    if (this.#settings.identity.two_users === "merge") {
      if (known) return;
      remember(user);
      if (trail.length < HOPS && user !== old) this.#send(old, { kind: "tie", to: user, into: way, trail: [...trail, old] });
      return;
    }
    if (user === old) return;
    remember(way);
    this.#ways.set(old, user);
    if (!known) this.#send(old, { kind: "merge", old, person: null, to: user, trail: [old] });
  }

  #records({ data, position }: LogMessage): void {
    const [[, ...records]] = unpackMultiple(data) as unknown as [[number, ...[number, number, number][]]];
    for (const [from, to, number] of records) {
      const pair = `${from} ${to}`;
      const taken = this.#taken.get(pair) ?? 0;
      const body = this.#made.get(pair)?.[number - 1];
      if (body === undefined) this.faults.push(`record ${number} from ${pair} at ${position} was never made`);
      if (body === undefined || number !== taken + 1) continue;
      this.#taken.set(pair, number);
      this.#arrive(body);
    }
  }

  #arrive(body: Body): void {
    if (body.kind === "tie") return this.#tie(body.to, body.into, body.trail);
    const way = this.#ways.get(body.to);
    if (way !== undefined && body.trail.length < HOPS && !body.trail.includes(way))
      return this.#send(body.to, { ...body, to: way, trail: [...body.trail, body.to] });
    if (way !== undefined) {
      this.#ways.delete(body.to);
      this.#tiedBefore.delete(body.to);
    }
    if (body.kind === "forward") this.#personOf(body.to).events.push(body.event);
    else if (body.person !== null || this.#persons.has(body.to)) this.#merge(this.#personOf(body.to), body.person, body.old);
  }

  #merge(own: Person, other: Person | null, old: Id): void {
    own.events.push(...(other?.events ?? []));
    for (const name of [...(other?.also ?? []), old]) own.also = [...own.also.filter((one) => one !== name), name];
    own.also = own.also.slice(-16);
  }

  #personOf(id: Id): Person {
    const known = this.#persons.get(id) ?? { events: [], also: [] };
    this.#persons.set(id, known);
    return known;
  }

  #send(from: Id, body: Body): void {
    const pair = `${partitionOf(textOf(from))} ${partitionOf(textOf(body.to))}`;
    this.#made.set(pair, [...(this.#made.get(pair) ?? []), body]);
  }
}

const textOf = (id: Id): string => id.slice(id.indexOf("/") + 1);
const filled = (id: unknown): boolean => typeof id === "string" && id !== "" && id !== "null";

/** As producers of stories write them; what is broken has none. */
function eventsIn(text: string): Record<string, unknown>[] {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | Record<string, unknown>[];
    if (Array.isArray(value)) return value;
    return Array.isArray(value["batch"]) ? (value["batch"] as Record<string, unknown>[]) : [value];
  } catch {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return lines.length > 1 ? lines.map((line) => JSON.parse(line) as Record<string, unknown>) : [];
  }
}

function isEvent(event: Record<string, unknown>): boolean {
  if (!TYPES.has(String(event["type"])) || (event["type"] === "track" && !filled(event["event"]))) return false;
  return event["userId"] !== "null" && (filled(event["userId"]) || filled(event["anonymousId"]));
}
