// A policy as docs/policy.md says it, written a second time and as plainly as can be: lists of what happened, Intl asked for every
// moment, the end of a night found minute by minute. It knows triggers on events alone, which want the same every time.

export interface Want {
  readonly trigger: string;
  readonly pack: string;
  readonly channels: readonly string[];
  readonly all: boolean;
  readonly priority: string;
  readonly purpose: string;
  readonly expiresMs: number | null;
}

export interface NaivePolicy {
  readonly channels: Readonly<
    Record<string, { reaches: string; consent?: { key: string; optOut: boolean }; caps: readonly NaiveCap[]; quiet?: readonly [from: number, to: number] }>
  >;
  readonly everyone: readonly NaiveCap[];
  readonly holdMs: number;
  readonly elseZone: string;
  readonly heldOut: (contact: string) => boolean;
}

/** `hours` or `days`: buckets that count, the current one included; `in`: the calendar's current one. */
export interface NaiveCap {
  readonly limit: number;
  readonly hours?: number;
  readonly days?: number;
  readonly in?: "week" | "month";
}

export interface Told {
  readonly at: number;
  readonly trigger: string;
  /** The channel, or why not. */
  readonly outcome: string;
}

interface Waiting {
  readonly want: Want;
  readonly channel: string;
  readonly since: number;
  readonly until: number;
  readonly expires: number | null;
}

const textOf = ({ answer, purposes }: { answer: boolean | null; purposes: ReadonlyMap<string, boolean> }): string =>
  `${answer} ${[...purposes].map(([purpose, said]) => `${purpose}=${said}`).sort()}`;

const PRIORITIES = ["high", "normal", "low"];
const MINUTE = 60_000;

export class NaiveContact {
  readonly told: Told[] = [];
  /** Keys that were answered otherwise than before, with what holds then, as text. */
  readonly changed: string[] = [];
  readonly #id: string;
  readonly #policy: NaivePolicy;
  readonly #said = new Map<string, { at: number; answer: boolean | null; purposes: Map<string, boolean> }>();
  readonly #sent: { channel: string; hour: number; day: number }[] = [];
  #held: Waiting[] = [];
  #zone: string;
  #heldOut: boolean | undefined;

  constructor(id: string, policy: NaivePolicy) {
    this.#id = id;
    this.#policy = policy;
    this.#zone = policy.elseZone;
  }

  /** What waits until then, each moment by itself. */
  advance(to: number): void {
    for (;;) {
      const due = Math.min(...this.#held.map(({ until }) => until));
      if (!(due <= to)) return;
      this.#decide([], due);
    }
  }

  zone(name: string | null): void {
    this.#zone = name !== null && isZone(name) ? name : this.#policy.elseZone;
  }

  /** undefined where nothing was said: of a key as a whole (null takes it back), or by purpose. */
  says(key: string, value: boolean | null | Readonly<Record<string, boolean | null>>, at: number): void {
    const said = this.#said.get(key) ?? { at: Number.NEGATIVE_INFINITY, answer: null, purposes: new Map<string, boolean>() };
    if (at < said.at) return;
    said.at = at;
    const before = textOf(said);
    if (value === null || typeof value === "boolean") {
      said.answer = value;
      said.purposes.clear();
    } else
      for (const [purpose, answer] of Object.entries(value)) {
        if (answer === null) said.purposes.delete(purpose);
        else said.purposes.set(purpose, answer);
      }
    this.#said.set(key, said);
    if (textOf(said) !== before) this.changed.push(`${key} ${textOf(said)}`);
  }

  /** At the end of every touch by an event. */
  touch(wants: readonly Want[], now: number): void {
    const may = Object.entries(this.#policy.channels).some(([name, { reaches }]) => reaches !== "staff" && this.#allowed(name, "marketing"));
    if (may) this.#heldOut ??= this.#policy.heldOut(this.#id);
    this.#decide(wants, now);
  }

  #decide(wants: readonly Want[], now: number): void {
    const due = this.#held.filter(({ until }) => until <= now);
    this.#held = this.#held.filter(({ until }) => until > now);
    const wishes = [
      ...due.map((waiting) => ({ want: waiting.want, channels: [waiting.channel], waiting })),
      ...wants.flatMap((want) => (want.all ? want.channels.map((one) => [one]) : [want.channels]).map((channels) => ({ want, channels, waiting: undefined }))),
    ];
    const rank = (want: Want) => `${PRIORITIES.indexOf(want.priority)} ${want.pack} ${want.trigger}`;
    wishes.sort((a, b) => (rank(a.want) < rank(b.want) ? -1 : rank(a.want) > rank(b.want) ? 1 : 0));
    for (const { want, channels, waiting } of wishes) {
      const free = want.purpose === "transactional";
      const channel =
        channels.find((one) => free || this.#policy.channels[one]?.reaches === "staff" || this.#allowed(one, want.purpose)) ?? (channels[0] as string);
      const outcome = this.#ask(want, channel, waiting, now);
      if (outcome !== "held") this.told.push({ at: now, trigger: want.trigger, outcome });
    }
  }

  #ask(want: Want, name: string, waiting: Waiting | undefined, now: number): string {
    const channel = this.#policy.channels[name] as NaivePolicy["channels"][string];
    const expires = waiting === undefined ? (want.expiresMs === null ? null : now + want.expiresMs) : waiting.expires;
    if (waiting !== undefined && expires !== null && expires <= now) return "quiet";
    if (channel.reaches === "staff" || want.purpose === "transactional") return name;
    if (!this.#allowed(name, want.purpose)) return "consent";
    if (this.#heldOut) return "hold_out";
    if (channel.quiet !== undefined && this.#isQuiet(channel.quiet, now)) {
      let until = Math.floor(now / MINUTE) * MINUTE + MINUTE;
      while (this.#isQuiet(channel.quiet, until)) until += MINUTE;
      const since = waiting?.since ?? now;
      if (until - since > this.#policy.holdMs || (expires !== null && expires <= until) || this.#held.length >= 20) return "quiet";
      this.#held.push({ want, channel: name, since, until, expires });
      return "held";
    }
    if (channel.reaches !== "contact") return name;
    const mine = this.#sent.filter((one) => one.channel === name);
    if (channel.caps.some((cap) => this.#full(cap, mine, now)) || this.#policy.everyone.some((cap) => this.#full(cap, this.#sent, now))) return "cap";
    this.#sent.push({ channel: name, hour: Math.floor(now / 3_600_000), day: Math.floor(clockOf(this.#zone, now) / 1440) });
    return name;
  }

  #full({ limit, hours = 0, days = 0, in: unit }: NaiveCap, sent: readonly { hour: number; day: number }[], now: number): boolean {
    const today = Math.floor(clockOf(this.#zone, now) / 1440);
    const counts = sent.filter(({ hour, day }) =>
      unit !== undefined ? unitOf(unit, day) >= unitOf(unit, today) : hours > 0 ? hour > Math.floor(now / 3_600_000) - hours : day > today - days,
    );
    return counts.length >= limit;
  }

  #allowed(name: string, purpose: string): boolean {
    const consent = this.#policy.channels[name]?.consent;
    if (consent === undefined) return true;
    const said = this.#said.get(consent.key);
    return said?.purposes.get(purpose) ?? said?.answer ?? consent.optOut;
  }

  #isQuiet([from, to]: readonly [number, number], now: number): boolean {
    const minute = clockOf(this.#zone, now) % 1440;
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
  }
}

/** Minutes since 1970 on the zone's clock that never goes back: the largest that Intl shows now or showed before a quarter of the last three hours. */
function clockOf(zone: string, now: number): number {
  let largest = wall(zone, now);
  for (let quarter = Math.floor(now / 900_000) * 900_000; quarter > now - 3 * 3_600_000; quarter -= 900_000)
    largest = Math.max(largest, wall(zone, quarter - 1));
  return largest;
}

/** Weeks from a Monday, months of the year, of a day since 1970-01-01. */
function unitOf(unit: "week" | "month", day: number): number {
  const date = new Date(day * 86_400_000);
  return unit === "week" ? Math.floor((day - ((date.getUTCDay() + 6) % 7)) / 7) : date.getUTCFullYear() * 12 + date.getUTCMonth();
}

const clocks = new Map<string, (ms: number) => number>();

function wall(zone: string, ms: number): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
    const known = new Map<number, number>();
    clock = (at) => {
      const minute = Math.floor(at / MINUTE);
      const shown = known.get(minute) ?? Date.parse(`${format.format(minute * MINUTE).replace(" ", "T")}Z`) / MINUTE;
      known.set(minute, shown);
      return shown;
    };
    clocks.set(zone, clock);
  }
  return clock(ms);
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
