// The heart: what an event or a deadline does to a contact. Pure and synchronous: a row, a touch and the moment go in, the row
// is changed and what should leave comes back. No clock, no randomness, no promise, no logger is known here.
//
// Within a touch (docs/packs.md "The order within an event"): pack by pack traits, measures, scores, then audiences, segment and moves until nothing changes;
// then over all packs transitions, then triggers; last the contact's one deadline.

import type { ForgetAnswer, HashedContact } from "../model/forget.ts";
import type { ContactKey } from "../model/ids.ts";
import type { Observed } from "../packs/population.ts";
import { type EventProgram, MISSING, type PackProgram, type Program, type TriggerProgram, YES } from "../packs/program.ts";
import { AS_OF, DEADLINE, FIRST_SEEN, GENERATION, IDENTIFIED, LAST_SEEN, type NumbersAt, Row } from "../packs/row.ts";
import { decide } from "./actions.ts";
import { alsoKnownAs } from "./also-known.ts";
import { nextOfOwed, owe, releaseOwed } from "./catch-up.ts";
import { nextOfPack } from "./deadline.ts";
import { describeCancel, describeOutcome, describeTransition, describeTrigger, type Scene, type Source } from "./describe.ts";
import { type Dropped, nothingDropped } from "./dropped.ts";
import { isExcluded, standStill } from "./exclusion.ts";
import { describeForgotten, promisesOf } from "./forget.ts";
import { noteGoal } from "./goals.ts";
import { type HistoryCounts, isMuted, isPast, mute, nothingMuted, tellingOf } from "./history.ts";
import { applyMeasures } from "./measures.ts";
import { type Incoming, knownPlaces, lookOnce, mergeContact, mergePack, nothingLeft, renamer } from "./merge/merge.ts";
import type { Stood } from "./merge/places.ts";
import { mergePolicy } from "./merge/policy.ts";
import { isRepeat } from "./once.ts";
import { setByHand } from "./outside-hand.ts";
import { type NewParts, placeQuietly } from "./placement.ts";
import { bear, EVERYTHING, settle } from "./places.ts";
import { changesSince, describeConsent, saidByEither, saidIn } from "./policy/consent-change.ts";
import { mergeHeld } from "./policy/held.ts";
import { drawHoldOut, nextOfPolicy, PolicyRound, receiveForPolicy } from "./policy/policy.ts";
import { addPurchase, observe } from "./purchases.ts";
import { isBehind, markSeen, recutPack } from "./recut.ts";
import { hit } from "./scores.ts";
import { noteStep } from "./series.ts";
import { isRefused, mayAnswer, mayGoOn, seriesThatMayGoOn } from "./series-consent.ts";
import { type Cancel, type ConsentChange, type EventFacts, type Outgoing, PackTouch, type Touch } from "./touch.ts";
import { applyTraits } from "./traits.ts";
import { fire } from "./triggers.ts";
import { remember, takeBack } from "./undo.ts";
import { markUnmoved, unmovedUntil } from "./unmoved.ts";
import type { Candidate, Decided, Wants } from "./wants.ts";

export interface EngineLimits {
  readonly traitBytes: number;
  readonly carryBytes: number;
  /** Triggers that quiet hours hold for one contact, at most. */
  readonly held: number;
}

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
  readonly #source: Source;
  readonly #limits: EngineLimits;
  /** For the row of somebody else, in the layout of these packs. */
  readonly guest: Row;
  /** Counted over the life of the engine; the fold takes differences. */
  readonly dropped: Dropped = nothingDropped();
  readonly muted: HistoryCounts = nothingMuted();

  /** Values of events that means of the population take; whoever owns the counts takes them out. */
  readonly observed: Observed[] = [];
  /** Whether the last event may have changed what is counted of the contact for numbers of the population. */
  counted = false;

  constructor(program: Program, source: Source, limits: EngineLimits) {
    this.#program = program;
    this.#touched = program.packs.map((pack) => new PackTouch(pack));
    this.#ranked = program.packs.filter(({ population }) => population.length > 0);
    this.#unmovedUntil = new Float64Array(this.#ranked.length);
    this.#source = source;
    this.#limits = limits;
    this.guest = new Row(program.layout);
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
    this.counted = false;
    if (!((row.numbers[LAST_SEEN] as number) >= event.at)) row.numbers[LAST_SEEN] = event.at;
    const touch: Touch = { contact, now, event, silent: false, history: tellingOf(row, event), ...this.#hear(row, event) };
    const candidates = this.#program.candidates(event.type, event.name);
    // Between two deadlines no answer changes without an event, so in a pack that does not know this message nothing changes.
    for (const [index, touched] of this.#touched.entries()) {
      touched.begin();
      touched.concerned = this.#receive(touched, row, touch, event, candidates[index] as readonly number[]);
    }
    this.#conclude(row, touch, out);
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
    this.#conclude(row, touch, out);
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
    this.#conclude(row, { contact, now, event: null, broadcast: { trigger: of.trigger, id: of.id }, silent: false }, out);
  }

  /** A contact in history has come to the present: all its deadlines up to `now` have been handled. */
  arrive(row: Row, now: number): void {
    row.numbers[AS_OF] = Number.NaN;
    for (const { pack } of this.#touched) {
      const stands = !Number.isNaN(row.numbers[pack.born] as number) && !isExcluded(pack, row, now);
      row.numbers[pack.deadline] = stands ? nextOfPack(pack, row, now) : Number.POSITIVE_INFINITY;
    }
    this.#setEarliest(row);
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
    this.#conclude(row, touch, out);
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
    const { packs, policy, catchUp } = this.#program;
    const left = nothingLeft();
    const history = isPast(row) ? "past" : undefined;
    const consent: ConsentChange[] = [];
    const refused: TriggerProgram[] = [];
    const touch: Touch = { contact, now, event: null, silent: false, history, merge: { old: incoming.old, told: left.told }, consent, refused };
    const before = packs.map((pack) => knownPlaces(pack, row, incoming.from));
    const rename = renamer(packs, row, incoming);
    mergeContact(row, incoming, now);
    for (const touched of this.#touched) {
      touched.begin();
      mergePack(touched, row, incoming, now, this.dropped, left);
    }
    if (policy !== null) {
      const said = saidByEither(saidIn(policy, row), saidIn(policy, incoming.from));
      const open = seriesThatMayGoOn(policy, packs, row, [row, incoming.from]);
      mergePolicy(policy, row, incoming.from, this.#limits.held, rename, this.dropped);
      consent.push(...changesSince(said, policy, row));
      refused.push(...open.filter((trigger) => !mayGoOn(policy, trigger, row)));
    }
    if (catchUp !== null) this.dropped.held_merged_away += mergeHeld(catchUp, row, incoming.from, this.#limits.held, rename, true);
    for (const [index, touched] of this.#touched.entries()) touched.concerned = lookOnce(touched, row, touch, before[index] as Stood);
    this.#conclude(row, touch, out, { candidates: [], ...left.wants });
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
    this.#takeBack(cancels, { packs: this.#program.packs, row, touch, source: this.#source }, out);
    return cancels.length;
  }

  /** Says that a contact was forgotten, without naming it. */
  confirm(of: HashedContact, answer: ForgetAnswer, now: number, out: Outgoing[]): void {
    out.push(describeForgotten(of, answer, now, this.#source));
  }

  #receive(touched: PackTouch, row: Row, touch: Touch, event: EventFacts, candidates: readonly number[]): boolean {
    const { pack } = touched;
    const isNew = Number.isNaN(row.numbers[pack.born] as number);
    let traits = false;
    if (isNew) this.counted = true;
    if (pack.exclude !== null) {
      traits = this.#applyTraits(pack, row, event);
      if (traits) this.counted = true;
      if (isExcluded(pack, row, touch.now)) {
        this.dropped.excluded += candidates.length;
        touched.excluded = true;
        return false;
      }
    }
    if (isNew) bear(touched, row, touch);
    this.#match(touched, row, event, candidates, touch.now);
    if (pack.exclude === null) traits = this.#applyTraits(pack, row, event);
    if (!isNew && !traits && touched.matched.length === 0) return false;
    row.version++;
    if (touched.matched.length > 0) this.#record(pack, touched.matched, row, event, touch.now);
    const set = setByHand(touched, row, touch, this.dropped);
    settle(touched, row, touch, { ...EVERYTHING, stages: !set });
    return true;
  }

  #applyTraits(pack: PackProgram, row: Row, event: EventFacts): boolean {
    return applyTraits(pack.traits, row, event, this.#limits.traitBytes, this.dropped);
  }

  #match(touched: PackTouch, row: Row, event: EventFacts, candidates: readonly number[], now: number): void {
    for (const index of candidates) {
      const { where, once } = touched.pack.events[index] as EventProgram;
      const truth = where === null ? YES : where(event.values, event.name);
      if (truth === MISSING) this.dropped.condition_missing++;
      if (truth !== YES) continue;
      if (once !== null && isRepeat(once, row, event, now, this.dropped)) this.dropped.once_repeated++;
      else touched.matched.push(index);
    }
  }

  #record(pack: PackProgram, matched: readonly number[], row: Row, event: EventFacts, now: number): void {
    const recording = { row, event, now, textBytes: this.#limits.traitBytes, dropped: this.dropped, observed: this.observed };
    for (const index of matched) {
      const of = pack.events[index];
      if (of === undefined) continue;
      if (of.counts) this.counted = true;
      applyMeasures(of, recording);
      for (const mean of of.means) observe(mean, of.value, recording);
      for (const purchases of of.purchases) addPurchase(purchases, of.value, row, event, now, this.dropped);
      if (of.undoes !== null) takeBack(of.undoes, of, recording);
    }
    row.version++;
    for (const index of matched) {
      const { points, remembered } = pack.events[index] as EventProgram;
      if (remembered !== null)
        remember(
          remembered,
          recording,
          points.map(({ score, rule }) => hit(score, rule, row, event.at, now)),
        );
      else for (const { score, rule } of points) hit(score, rule, row, event.at, now);
    }
  }

  #conclude(row: Row, touch: Touch, out: Outgoing[], wants: Wants = { candidates: [], cancels: [], outcomes: [] }): void {
    const { policy } = this.#program;
    if (policy !== null) drawHoldOut(policy, row, touch);
    const muted = isMuted(touch);
    if (!muted && policy !== null)
      for (const change of touch.consent ?? []) out.push(describeConsent(change, policy.definition.name, touch, alsoKnownAs(row), this.#source));
    if (!muted)
      for (const touched of this.#touched)
        for (const transition of touched.transitions) out.push(describeTransition(transition, touched.pack, touch, alsoKnownAs(row), this.#source));
    for (const touched of this.#touched) this.#ask(touched, row, touch, wants);
    if (muted) this.#mute(wants, row, touch);
    else this.#speak(wants, row, touch, out);
    this.#setDeadline(row, touch.now);
  }

  #mute(wants: Wants, row: Row, touch: Touch): void {
    const { catchUp } = this.#program;
    mute(this.#touched, wants, row, touch, this.muted);
    this.muted.transition += touch.consent?.length ?? 0;
    if (catchUp !== null && touch.history === "passed") owe(catchUp, wants.candidates, this.#touched, row, touch, this.#limits);
  }

  #speak(wants: Wants, row: Row, touch: Touch, out: Outgoing[]): void {
    const { packs, policy, catchUp } = this.#program;
    if (catchUp !== null) this.muted.caught_up += releaseOwed(catchUp, this.#touched, row, touch, wants, () => this.dropped.held_trigger_gone++);
    // Most touches want nothing; where quiet hours hold something, policy asks of every touch what it means for that.
    const wanted = wants.candidates.length + wants.cancels.length + wants.outcomes.length > 0;
    if (wanted || nextOfPolicy(policy, row) < Number.POSITIVE_INFINITY) this.#act(wants, { packs, row, touch, source: this.#source }, out);
  }

  /** What one pack's triggers have to say. A pack that does not know the message has nothing to say of it but what it takes back. */
  #ask(touched: PackTouch, row: Row, touch: Touch, wants: Wants): void {
    if (touched.ended.length > 0) wants.cancels.push(...touched.ended);
    if (touched.excluded) return standStill(touched, row, touch, wants);
    if (touch.refused !== undefined && isRefused(touched.pack, touch.refused)) touched.concerned = true;
    if (touched.concerned) fire(touched, row, touch, this.#limits, this.dropped, wants);
  }

  /** What is taken back leaves first, then what was decided on, then what came of it. What is withheld counts in the sequence, not for `repeat`. */
  #act({ candidates, cancels, outcomes }: Wants, scene: Scene, out: Outgoing[]): void {
    const { row, touch } = scene;
    this.#takeBack(cancels.splice(0), scene, out);
    const decided = this.#decide(candidates, row, touch);
    for (const one of decided) {
      const { touched, trigger } = one.candidate;
      // Something that was held may be all that this pack has to do with the touch; its goal opens all the same.
      touched.concerned = true;
      if (one.disposition === "held") continue;
      if (one.disposition === "send" && !trigger.definition.series) row.numbers[trigger.fired] = touch.now;
      out.push(describeTrigger(one, nextSequence(touched, row), scene));
    }
    for (const ofOne of byCandidate(decided)) {
      noteStep(ofOne, row, cancels);
      noteGoal(ofOne, row, touch, outcomes);
    }
    this.#takeBack(cancels, scene, out);
    for (const outcome of outcomes) out.push(describeOutcome(outcome, scene));
  }

  #takeBack(cancels: readonly Cancel[], scene: Scene, out: Outgoing[]): void {
    for (const cancel of cancels)
      for (const channel of cancel.channels) out.push(describeCancel(cancel, channel, nextSequence(cancel.touched, scene.row), scene));
  }

  #decide(candidates: readonly Candidate[], row: Row, touch: Touch): Decided[] {
    const { policy } = this.#program;
    if (policy === null) return decide(candidates, touch);
    if (candidates.length === 0 && nextOfPolicy(policy, row) === Number.POSITIVE_INFINITY) return [];
    return new PolicyRound(policy, row, touch, this.#limits).decide(candidates, this.#touched, () => this.dropped.held_trigger_gone++);
  }

  /** A pack that was not concerned keeps its own moment: packs never see each other, not even by when they are looked at. */
  #setDeadline(row: Row, now: number): void {
    for (const { concerned, pack } of this.#touched) if (concerned) row.numbers[pack.deadline] = nextOfPack(pack, row, now);
    this.#setEarliest(row);
  }

  #setEarliest(row: Row): void {
    const { packs, policy, catchUp } = this.#program;
    let earliest = Math.min(nextOfPolicy(policy, row), nextOfOwed(catchUp, row));
    for (const { deadline } of packs) earliest = Math.min(earliest, row.numbers[deadline] as number);
    row.numbers[DEADLINE] = earliest;
  }
}

const NOTHING_SAID: Pick<Touch, "refused" | "consent"> = {};

function nextSequence({ pack }: PackTouch, row: Row): number {
  const sequence = (row.numbers[pack.sequence] as number) + 1;
  row.numbers[pack.sequence] = sequence;
  return sequence;
}

/** What was decided, candidate by candidate: one for each channel. */
function byCandidate(decided: readonly Decided[]): readonly (readonly Decided[])[] {
  if (decided.length < 2) return decided.length === 0 ? [] : [decided];
  return [...Map.groupBy(decided, ({ candidate }) => candidate).values()];
}
