// The heart: what an event or a deadline does to a contact. Pure and synchronous: a row, a touch and the moment go in, the row
// is changed and what should leave comes back. No clock, no randomness, no promise, no logger is known here.
//
// Within a touch (docs/packs.md "The order within an event"): pack by pack traits, measures, scores, then audiences, segment and moves until nothing changes;
// then over all packs transitions, then triggers; last the contact's one deadline.

import type { ForgetAnswer, HashedContact } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Observed } from "../packs/population.ts";
import type { PackProgram, Program, TriggerProgram } from "../packs/program.ts";
import { AS_OF, DEADLINE, FIRST_SEEN, GENERATION, IDENTIFIED, LAST_SEEN, type NumbersAt, Row } from "../packs/row.ts";
import { type Concluding, conclude, setEarliest, takeBack } from "./conclude.ts";
import { nextOfPack } from "./deadline.ts";
import type { Source } from "./describe.ts";
import { type Dropped, nothingDropped } from "./dropped.ts";
import { isExcluded } from "./exclusion.ts";
import { describeForgotten, promisesOf } from "./forget.ts";
import { type HistoryCounts, isPast, nothingMuted, tellingOf } from "./history.ts";
import type { EngineLimits } from "./limits.ts";
import { type Incoming, knownPlaces, lookOnce, mergeContact, mergePack, nothingLeft, renamer } from "./merge/merge.ts";
import type { Stood } from "./merge/places.ts";
import { mergePolicy } from "./merge/policy.ts";
import { type NewParts, placeQuietly } from "./placement.ts";
import { settle } from "./places.ts";
import { changesSince, saidByEither, saidIn } from "./policy/consent-change.ts";
import { mergeHeld, mergeOwed } from "./policy/held.ts";
import { receiveForPolicy } from "./policy/policy.ts";
import { type Receiving, receive } from "./receive.ts";
import { isBehind, markSeen, recutPack } from "./recut.ts";
import { mayAnswer, mayGoOn, seriesThatMayGoOn } from "./series-consent.ts";
import { type ConsentChange, type EventFacts, type Outgoing, PackTouch, type Touch } from "./touch.ts";
import { markUnmoved, unmovedUntil } from "./unmoved.ts";

/** A message as the engine needs it: the facts, and which events it may be. */
export interface IncomingEvent extends EventFacts {
  readonly type: Parameters<Program["candidates"]>[0];
}

/** A `broadcast` record of the log. */
export interface Broadcast {
  readonly pack: string;
  readonly trigger: string;
  readonly id: string;
  readonly position: number;
}

export class ContactEngine {
  readonly #program: Program;
  readonly #touched: readonly PackTouch[];
  /** Packs with numbers of the population, and until when each may leave a contact as it is. */
  readonly #ranked: readonly PackProgram[];
  readonly #unmovedUntil: Float64Array;
  readonly #limits: EngineLimits;
  readonly #receiving: Receiving;
  readonly #concluding: Concluding;
  /** For the row of somebody else, in the layout of these packs. */
  readonly guest: Row;
  /** Counted over the life of the engine; the fold takes differences. */
  readonly dropped: Dropped = nothingDropped();
  readonly muted: HistoryCounts = nothingMuted();

  /** Values of events that means of the population take; whoever owns the counts takes them out. */
  readonly observed: Observed[] = [];

  constructor(program: Program, source: Source, limits: EngineLimits) {
    this.#program = program;
    this.#touched = program.packs.map((pack) => new PackTouch(pack));
    this.#ranked = program.packs.filter(({ population }) => population.length > 0);
    this.#unmovedUntil = new Float64Array(this.#ranked.length);
    this.#limits = limits;
    const { dropped, muted, observed } = this;
    this.#receiving = { limits, dropped, observed, counted: false };
    this.#concluding = { program, touched: this.#touched, source, limits, dropped, muted };
    this.guest = new Row(program.layout);
  }

  /** Whether the last event may have changed what is counted of the contact for numbers of the population. */
  get counted(): boolean {
    return this.#receiving.counted;
  }

  /** Makes the row of a contact that `event` is the first of. */
  create(row: Row, contact: ContactKey, event: EventFacts): void {
    row.clear();
    row.numbers[FIRST_SEEN] = event.at;
    row.numbers[GENERATION] = event.position;
    if (event.historical) row.numbers[AS_OF] = event.at;
    row.numbers[IDENTIFIED] = contact.kind === "user" ? 1 : 0;
    for (const pack of this.#program.packs) markSeen(pack, row);
  }

  /** An event at log time `now`. All deadlines of the contact up to `now` have been handled before. */
  event(row: Row, contact: ContactKey, event: IncomingEvent, now: number, out: Outgoing[]): void {
    this.#receiving.counted = false;
    if (!((row.numbers[LAST_SEEN] as number) >= event.at)) row.numbers[LAST_SEEN] = event.at;
    const touch: Touch = { contact, now, event, silent: false, history: tellingOf(row, event), ...this.#hear(row, event) };
    const candidates = this.#program.candidates(event.type, event.name);
    for (const [index, touched] of this.#touched.entries()) {
      touched.begin();
      touched.concerned = receive(this.#receiving, touched, row, touch, event, candidates[index] as readonly number[]);
    }
    conclude(this.#concluding, row, touch, out);
  }

  /**
   * The contact's deadline, as of its own moment. It may be early: then nothing leaves, and it is set again. `returns`: one that a contact
   * in history has passed when it returns to the present at that moment.
   */
  deadline(row: Row, contact: ContactKey, at: number, out: Outgoing[], returns = Number.NaN): void {
    const history = isPast(row) ? (Number.isNaN(returns) ? "past" : "passed") : undefined;
    const touch: Touch = { contact, now: at, event: null, silent: false, history, returns };
    for (const touched of this.#touched) {
      touched.begin();
      if ((row.numbers[touched.pack.deadline] as number) > at) continue;
      if (isExcluded(touched.pack, row, at)) {
        touched.excluded = true;
        continue;
      }
      touched.concerned = true;
      settle(touched, row, touch);
    }
    conclude(this.#concluding, row, touch, out);
  }

  /** Somebody has sent for a `broadcast` trigger: tells the contact, once. All its deadlines up to `now` have been handled before. */
  broadcast(row: Row, contact: ContactKey, now: number, of: Broadcast, out: Outgoing[]): void {
    const touched = this.#touched.find(({ pack }) => pack.name === of.pack);
    const trigger = touched?.pack.triggers.find(({ definition }) => definition.name === of.trigger && definition.when.kind === "broadcast");
    if (touched === undefined || trigger === undefined || (row.numbers[trigger.mark] as number) >= of.position) return;
    row.numbers[trigger.mark] = of.position;
    if (Number.isNaN(row.numbers[touched.pack.born] as number) || isExcluded(touched.pack, row, now)) return;
    // Whoever still is in history when its turn comes does not hear it: it is spoken to the present.
    if (isPast(row)) {
      this.muted.broadcast++;
      return;
    }
    for (const one of this.#touched) one.begin();
    touched.concerned = true;
    conclude(this.#concluding, row, { contact, now, event: null, broadcast: { trigger: of.trigger, id: of.id }, silent: false }, out);
  }

  /** A contact in history has come to the present: all its deadlines up to `now` have been handled. */
  arrive(row: Row, now: number): void {
    row.numbers[AS_OF] = Number.NaN;
    for (const { pack } of this.#touched) {
      const stands = !Number.isNaN(row.numbers[pack.born] as number) && !isExcluded(pack, row, now);
      row.numbers[pack.deadline] = stands ? nextOfPack(pack, row, now) : Number.POSITIVE_INFINITY;
    }
    setEarliest(this.#concluding, row);
  }

  /** Takes over a contact that lived before some of the packs, or parts of them, did; `parts` says which, by pack. Then it is due at once, so that everything is looked at. */
  place(row: Row, contact: ContactKey, now: number, parts: readonly NewParts[]): void {
    const touch: Touch = { contact, now, event: null, silent: true };
    for (const [index, touched] of this.#touched.entries()) {
      placeQuietly(touched, row, touch, parts[index] as NewParts);
      markSeen(touched.pack, row);
      row.numbers[touched.pack.deadline] = now;
    }
    row.numbers[DEADLINE] = now;
  }

  /** Brings a contact under the numbers of the population that are in effect, as of the earlier of its deadline and `now`. */
  recut(row: Row, contact: ContactKey, now: number, out: Outgoing[]): void {
    if (!this.isBehind(row)) return;
    if (this.isUnmoved(row, now)) {
      this.markUnmoved(row);
      return;
    }
    const touch: Touch = {
      contact,
      now: Math.min(row.numbers[DEADLINE] as number, now),
      event: null,
      silent: false,
      recut: true,
      history: isPast(row) ? "past" : undefined,
    };
    for (const touched of this.#touched) {
      touched.begin();
      if (isBehind(touched.pack, row)) touched.concerned = recutPack(touched, row, touch);
    }
    conclude(this.#concluding, row, touch, out);
  }

  /** Whether numbers of the population have come since the contact was last looked at. */
  isBehind(at: NumbersAt): boolean {
    for (const pack of this.#ranked) if (isBehind(pack, at)) return true;
    return false;
  }

  /** Whether a contact that is behind need not be looked at now. */
  isUnmoved(at: NumbersAt, now: number): boolean {
    if (isPast(at) || !((at.numbers[at.base + DEADLINE] as number) > now)) return false;
    for (let index = 0; index < this.#ranked.length; index++) {
      const until = unmovedUntil(this.#ranked[index] as PackProgram, at, now);
      if (Number.isNaN(until)) return false;
      this.#unmovedUntil[index] = until;
    }
    return true;
  }

  /** A person that nobody has heard of but as `from`: an empty row, to merge that into. */
  welcome(row: Row, contact: ContactKey, from: Row): void {
    row.clear();
    for (const place of [GENERATION, AS_OF]) row.numbers[place] = from.numbers[place] as number;
    row.numbers[IDENTIFIED] = contact.kind === "user" ? 1 : 0;
    for (const pack of this.#program.packs) markSeen(pack, row);
  }

  /** Another contact is found to be this person: what its row knew is the person's, and all is looked at once. All deadlines up to `now` have been handled before. */
  merge(row: Row, contact: ContactKey, incoming: Incoming, now: number, out: Outgoing[]): void {
    const { packs, policy } = this.#program;
    const left = nothingLeft();
    const history = isPast(row) ? "past" : undefined;
    const consent: ConsentChange[] = [];
    const refused: TriggerProgram[] = [];
    const touch: Touch = { contact, now, event: null, silent: false, history, merge: { old: incoming.old, told: left.told }, consent, refused };
    const before = packs.map((pack) => knownPlaces(pack, row, incoming.from));
    this.#mergeWaiting(row, incoming, now);
    mergeContact(row, incoming, now);
    for (const touched of this.#touched) {
      touched.begin();
      mergePack(touched, row, incoming, now, this.dropped, left);
    }
    if (policy !== null) {
      const said = saidByEither(saidIn(policy, row), saidIn(policy, incoming.from));
      const open = seriesThatMayGoOn(policy, packs, row, [row, incoming.from]);
      mergePolicy(policy, row, incoming.from);
      consent.push(...changesSince(said, policy, row));
      refused.push(...open.filter((trigger) => !mayGoOn(policy, trigger, row)));
    }
    for (const [index, touched] of this.#touched.entries()) touched.concerned = lookOnce(touched, row, touch, before[index] as Stood);
    conclude(this.#concluding, row, touch, out, { candidates: [], ...left.wants });
  }

  /** What quiet hours hold for either, and what either is owed. */
  #mergeWaiting(row: Row, incoming: Incoming, now: number): void {
    const { packs, policy, catchUp } = this.#program;
    const { from } = incoming;
    const rename = renamer(packs, row, incoming);
    if (catchUp !== null) this.dropped.held_merged_away += mergeOwed(catchUp, row, from, this.#limits.held, rename);
    if (policy !== null) this.dropped.held_merged_away += mergeHeld(policy, packs, row, from, this.#limits.held, rename, now);
  }

  /** What the message says to the policy: what it changes of consent, and the triggers whose series it ends. */
  #hear(row: Row, event: IncomingEvent): Pick<Touch, "refused" | "consent"> {
    const { packs, policy } = this.#program;
    if (policy === null) return NOTHING_SAID;
    const isTrack = event.type === "track";
    if (!mayAnswer(policy, event, isTrack)) {
      receiveForPolicy(policy, row, event, isTrack, this.dropped);
      return NOTHING_SAID;
    }
    const before = saidIn(policy, row);
    const open = seriesThatMayGoOn(policy, packs, row);
    receiveForPolicy(policy, row, event, isTrack, this.dropped);
    return { refused: open.filter((trigger) => !mayGoOn(policy, trigger, row)), consent: changesSince(before, policy, row) };
  }

  /** Brings the contact of which that was just said under the numbers in effect; whether its deadline is another. */
  markUnmoved(at: NumbersAt): boolean {
    let sooner = false;
    for (let index = 0; index < this.#ranked.length; index++)
      if (markUnmoved(this.#ranked[index] as PackProgram, at, this.#unmovedUntil[index] as number)) sooner = true;
    return sooner;
  }

  /** The contact is to be forgotten: takes back what was promised about it, and says how many series that were. The row is as good as gone. */
  forget(row: Row, contact: ContactKey, now: number, out: Outgoing[]): number {
    for (const touched of this.#touched) touched.begin();
    const cancels = promisesOf(this.#touched, row);
    const touch: Touch = { contact, now, event: null, silent: false, forget: true };
    takeBack(cancels, { packs: this.#program.packs, row, touch, source: this.#concluding.source }, out);
    return cancels.length;
  }

  /** Says that a contact was forgotten, without naming it. */
  confirm(of: HashedContact, answer: ForgetAnswer, now: number, out: Outgoing[]): void {
    out.push(describeForgotten(of, answer, now, this.#concluding.source));
  }
}

const NOTHING_SAID: Pick<Touch, "refused" | "consent"> = {};
