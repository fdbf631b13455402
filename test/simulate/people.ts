// Who is who, written a second time and apart from the engine, from docs/identity.md: of each id what it is (a person, or a way to one),
// of each person which events are its own, which names it has and which event made it, also where somebody is forgotten. It reads the
// events of a log, makes the records between partitions itself, and takes from the log only where they stand: in which order, how often,
// and whether one was emptied because somebody was forgotten while it was on its way.

import { unpackMultiple } from "msgpackr";
import type { LogMessage } from "../../src/model/log.ts";
import { logSubjects } from "../../src/model/log.ts";
import { partitionOf } from "../../src/model/partition-of.ts";
import type { Settings } from "../../src/model/settings.ts";
import { hashOf, type Id, NaiveTombstones } from "./tombstones.ts";

interface Person {
  /** Position of the event that made it. */
  generation: number;
  /** `position.index` of its events; a list, so that one that came twice would show. */
  events: string[];
  also: Id[];
}
type Body =
  | (Way & { readonly kind: "merge"; readonly old: Id; readonly person: Person | null })
  | (Way & { readonly kind: "forward"; readonly event: string; readonly at: number; readonly named: readonly Id[] })
  | (Way & { readonly kind: "tie"; readonly into: Id });
interface Way {
  readonly to: Id;
  readonly trail: readonly Id[];
  /** Log time at which the first of the trail made it; of a `tie` that a `tie` made, at which that one arrived. */
  readonly made: number;
}
/** Under its number; `void`: somebody in it was forgotten before it stood in the log. */
interface Made {
  readonly body: Body;
  void: boolean;
}

/** What is counted on the way, by the names that the engine has for it. */
const COUNTED = [
  "outcome.applied",
  "outcome.late",
  "outcome.duplicate",
  "outcome.forgotten",
  "dropped.two_users_refused",
  "dropped.record_forgotten",
  "dropped.tombstone_gone",
] as const;
type Counted = (typeof COUNTED)[number];

const DAY = 86_400_000;
const TYPES = new Set(["track", "page", "screen", "identify", "group", "alias"]);
const HOPS = 8;

export class NaivePeople {
  readonly #settings: Settings;
  readonly #persons = new Map<Id, Person>();
  readonly #ways = new Map<Id, Id>();
  readonly #tiedBefore = new Map<Id, Id[]>();
  readonly #tombstones: NaiveTombstones;
  readonly #made = new Map<string, Made[]>();
  readonly #taken = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  #logTime = 0;
  #stepped = false;
  /** Ids that events named and records brought, in vain or not, and who of them was forgotten since. */
  readonly #came = new Set<Id>();
  readonly #forgotten = new Set<Id>();
  /** Ids that events of others named which were on their way as their owner was forgotten, or later: the next checkpoint may have them. */
  readonly #onTheirWay = new Set<Id>();
  /** What the engine wrote that it had no reason to write. */
  readonly faults: string[] = [];
  readonly counters: Readonly<Record<Counted, number>>;
  /** `position hash request` of what is confirmed. */
  readonly confirmed: string[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#tombstones = new NaiveTombstones(settings.forgotten);
    this.counters = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<Counted, number>;
  }

  apply(message: LogMessage): void {
    const stored = this.#settings.clock === "stored";
    const { records, controlPrefix, advance, forget } = logSubjects(this.#settings.shard);
    const text = Buffer.from(message.data).toString();
    this.#stepped = false;
    if (stored) this.#moveTo(message.storedMs);
    else if (message.subject === advance) this.#moveTo((JSON.parse(text) as { to: number }).to);
    if (message.subject === records) this.#records(message);
    else if (message.subject === forget) this.#forget(JSON.parse(text) as ForgetRecord, message.position);
    else if (!message.subject.startsWith(controlPrefix))
      for (const [index, event] of eventsIn(text).entries()) if (isEvent(event)) this.#event(event, `${message.position}.${index}`, message.storedMs);
  }

  /** The time step comes with what may move log time first in a message: events behind it in the same message make none. */
  #moveTo(time: number): void {
    const before = this.#logTime;
    this.#logTime = Math.max(before, time);
    const grain = this.#settings.time.grain_ms;
    if (!this.#stepped && Math.floor(this.#logTime / grain) > Math.floor(before / grain)) this.#tombstones.step(this.#logTime);
    this.#stepped = true;
  }

  /** By `kind/id`, everybody. */
  end(): Map<Id, { readonly events: number; readonly generation: number; readonly also: readonly string[] }> {
    for (const [pair, made] of this.#made)
      if (made.length > (this.#taken.get(pair) ?? 0))
        this.faults.push(`${made.length - (this.#taken.get(pair) ?? 0)} records from ${pair} never stood in the log`);
    for (const [id, { events }] of this.#persons) if (new Set(events).size !== events.length) this.faults.push(`${id} has an event twice`);
    return new Map(
      [...this.#persons].map(([id, { events, generation, also }]) => [id, { events: events.length, generation, also: [...new Set(also.map(textOf))] }]),
    );
  }

  /**
   * Texts of all who were forgotten and of whom nothing came since but what they did before, and who are nobody's other name. `at once`:
   * of whom a checkpoint right behind the record has nothing either.
   */
  gone(when: "at once" | "in the end"): string[] {
    const others = [...this.#persons.values()].flatMap(({ also }) => also);
    const ways = [...this.#ways].flat();
    const here = new Set([...this.#came, ...this.#persons.keys(), ...ways, ...others, ...(when === "at once" ? this.#onTheirWay : [])].map(textOf));
    return [...new Set([...this.#forgotten].map(textOf))].filter((text) => !here.has(text));
  }

  #event(event: Record<string, unknown>, name: string, storedMs: number): void {
    const given = Date.parse(String(event["timestamp"]));
    if (given > storedMs + DAY) return;
    if (this.#settings.clock === "event") this.#moveTo(given);
    const at = this.#settings.clock === "event" ? given : Math.min(given, this.#logTime + this.#settings.time.skew_ms);
    const user = filled(event["userId"]) ? `user/${event["userId"]}` : null;
    const anonymous = filled(event["anonymousId"]) ? `anonymous/${event["anonymousId"]}` : null;
    const id = (user ?? anonymous) as Id;
    const previous = event["type"] === "alias" && user !== null && filled(event["previousId"]) ? String(event["previousId"]) : null;
    const named = [user, anonymous, ...(previous === null ? [] : [`user/${previous}`, `anonymous/${previous}`])].filter((one) => one !== null);
    for (const one of named) if (!this.#tombstones.cover(one, at)) this.#came.add(one);
    const outcome = this.#outcomeOf(id, at, event["messageId"]);
    this.#count(`outcome.${outcome}`);
    if (outcome === "applied") this.#happen(id, name, at, named);
    if (user === null || this.#tombstones.cover(user, at)) return;
    if (anonymous !== null && !this.#tombstones.cover(anonymous, at)) this.#tie(anonymous, user, []);
    if (previous !== null) this.#alias(previous, user, at);
  }

  #outcomeOf(id: Id, at: number, messageId: unknown): "applied" | "late" | "duplicate" | "forgotten" {
    if (this.#tombstones.cover(id, at)) return "forgotten";
    if (at < this.#logTime - this.#settings.time.lateness_ms) return "late";
    return this.#isRepeat(id, messageId) ? "duplicate" : "applied";
  }

  #isRepeat(id: Id, messageId: unknown): boolean {
    if (messageId === undefined) return false;
    const key = JSON.stringify([id, messageId]);
    const before = this.#seen.get(key);
    if (before !== undefined && this.#logTime - before <= this.#settings.duplicates.window_ms) return true;
    this.#seen.set(key, this.#logTime);
    return false;
  }

  #happen(id: Id, event: string, at: number, named: readonly Id[]): void {
    const way = this.#ways.get(id);
    if (way === undefined) return void this.#personOf(id, generationOf(event)).events.push(event);
    // What comes late of somebody who is not forgotten may name one who is.
    for (const one of named) if (this.#tombstones.cover(one, at)) this.#onTheirWay.add(one);
    this.#send(id, { kind: "forward", event, at, named, to: way, trail: [id], made: this.#logTime });
  }

  #alias(previous: string, user: Id, at: number): void {
    const ids = [`anonymous/${previous}`, `user/${previous}`].filter((id) => !this.#tombstones.cover(id, at));
    if (ids.length === 1) return this.#tie(ids[0] as Id, user, []);
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
    this.#send(old, { kind: "merge", old, person, to: user, trail: [old], made: this.#logTime });
  }

  #tieOther(old: Id, user: Id, way: Id, trail: readonly Id[]): void {
    const before = this.#tiedBefore.get(old) ?? [];
    const known = before.includes(user);
    const remember = (one: Id): void => void this.#tiedBefore.set(old, [...before.filter((other) => other !== one), one].slice(-8));
    if (this.#settings.identity.two_users === "merge") {
      if (known) return;
      remember(user);
      if (trail.length < HOPS && user !== old) this.#send(old, { kind: "tie", to: user, into: way, trail: [...trail, old], made: this.#logTime });
      return;
    }
    if (user === old) return;
    remember(way);
    this.#ways.set(old, user);
    if (known) return;
    this.#count("dropped.two_users_refused");
    this.#send(old, { kind: "merge", old, person: null, to: user, trail: [old], made: this.#logTime });
  }

  /** Hashes are all that the record has; whose they are is found among whom anything is kept of. */
  #forget({ request, contacts }: ForgetRecord, position: number): void {
    const hashes = contacts.map(({ hash }) => hash);
    for (const hash of hashes) if (this.#tombstones.remember(hash, this.#logTime)) this.#count("dropped.tombstone_gone");
    this.confirmed.push(`${position} ${hashes[0]} ${request}`);
    const isOf = (id: Id): boolean => hashes.includes(hashOf(id));
    for (const id of [...this.#came])
      if (isOf(id)) {
        this.#came.delete(id);
        this.#forgotten.add(id);
      }
    for (const id of [...this.#persons.keys()]) if (isOf(id)) this.#persons.delete(id);
    for (const [id, way] of [...this.#ways]) if (isOf(id) || isOf(way)) this.#lose(id);
    for (const [id, before] of [...this.#tiedBefore])
      this.#tiedBefore.set(
        id,
        before.filter((one) => !isOf(one)),
      );
    for (const [pair, all] of this.#made) for (const made of all.slice(this.#taken.get(pair) ?? 0)) this.#loseOnItsWay(made, isOf);
  }

  #loseOnItsWay(made: Made, isOf: (id: Id) => boolean): void {
    if (idsOf(made.body).some(isOf)) made.void = true;
    else if (made.body.kind === "forward") for (const id of made.body.named) this.#onTheirWay.add(id);
  }

  #lose(id: Id): void {
    this.#ways.delete(id);
    this.#tiedBefore.delete(id);
  }

  #records({ data, position }: LogMessage): void {
    const [[, ...records]] = unpackMultiple(data) as unknown as [[number, ...[number, number, number, Uint8Array][]]];
    for (const [from, to, number, bytes] of records) {
      const pair = `${from} ${to}`;
      const taken = this.#taken.get(pair) ?? 0;
      const made = this.#made.get(pair)?.[number - 1];
      if (made === undefined) this.faults.push(`record ${number} from ${pair} at ${position} was never made`);
      if (made === undefined || number !== taken + 1) continue;
      this.#taken.set(pair, number);
      const [{ kind }] = unpackMultiple(bytes) as unknown as [{ kind: string }];
      if (kind === "void" && !made.void) this.faults.push(`record ${number} from ${pair} at ${position} is void without a reason`);
      if (kind !== "void" && kind !== made.body.kind)
        this.faults.push(`record ${number} from ${pair} at ${position} is a ${kind}, and not a ${made.body.kind}`);
      if (kind !== "void") this.#arrive(made.body);
    }
  }

  #arrive(body: Body): void {
    const at = body.kind === "forward" ? Math.min(body.made, body.at) : body.made;
    if (idsOf(body).some((id) => this.#tombstones.cover(id, at))) return this.#count("dropped.record_forgotten");
    // Where its tombstone is over, somebody who was forgotten comes again by a record that was long on its way.
    for (const id of idsOf(body)) this.#came.add(id);
    if (body.kind === "tie") return this.#tie(body.to, body.into, body.trail);
    const way = this.#ways.get(body.to);
    if (way !== undefined && body.trail.length < HOPS && !body.trail.includes(way))
      return this.#send(body.to, { ...body, to: way, trail: [...body.trail, body.to] });
    if (way !== undefined) this.#lose(body.to);
    if (body.kind === "forward") this.#personOf(body.to, generationOf(body.event)).events.push(body.event);
    else if (body.person !== null) this.#merge(this.#personOf(body.to, body.person.generation), body.person, body.old);
    else if (this.#persons.has(body.to)) this.#merge(this.#persons.get(body.to) as Person, null, body.old);
  }

  #merge(own: Person, other: Person | null, old: Id): void {
    own.events.push(...(other?.events ?? []));
    for (const name of [...(other?.also ?? []), old]) own.also = [...own.also.filter((one) => one !== name), name];
    own.also = own.also.slice(-16);
  }

  /** `generation`: of one that is not there yet. */
  #personOf(id: Id, generation: number): Person {
    const known = this.#persons.get(id) ?? { generation, events: [], also: [] };
    this.#persons.set(id, known);
    return known;
  }

  #send(from: Id, body: Body): void {
    const pair = `${partitionOf(textOf(from))} ${partitionOf(textOf(body.to))}`;
    this.#made.set(pair, [...(this.#made.get(pair) ?? []), { body, void: false }]);
  }

  #count(what: Counted): void {
    (this.counters as Record<Counted, number>)[what]++;
  }
}

interface ForgetRecord {
  readonly request: string;
  readonly contacts: readonly { readonly hash: string }[];
}

/** Everybody whom a record is about. */
const idsOf = (body: Body): readonly Id[] => [body.to, ...(body.kind === "merge" ? [body.old] : body.kind === "tie" ? [body.into] : []), ...body.trail];
const generationOf = (event: string): number => Number(event.slice(0, event.indexOf(".")));

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
