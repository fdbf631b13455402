// How a touch ends, once every pack has settled: what is told, what triggers have to say of it, what becomes of that, and the
// contact's next deadline. Transitions leave first, then what is taken back, then what was decided on, then what came of it. What
// a contact in history has to say is counted and not told.

import type { Program } from "../packs/program.ts";
import { DEADLINE, type Row } from "../packs/row.ts";
import { decide } from "./actions.ts";
import { alsoKnownAs } from "./also-known.ts";
import { nextOfOwed, owe, releaseOwed } from "./catch-up.ts";
import { nextOfPack } from "./deadline.ts";
import { describeCancel, describeOutcome, describeTransition, describeTrigger, type Scene, type Source } from "./describe.ts";
import type { Dropped } from "./dropped.ts";
import { standStill } from "./exclusion.ts";
import { noteGoal } from "./goals.ts";
import { type HistoryCounts, isMuted, mute } from "./history.ts";
import type { EngineLimits } from "./limits.ts";
import { describeConsent } from "./policy/consent-change.ts";
import { drawHoldOut, nextOfPolicy, PolicyRound } from "./policy/policy.ts";
import { noteStep } from "./series.ts";
import { isRefused } from "./series-consent.ts";
import type { Cancel, Outgoing, PackTouch, Touch } from "./touch.ts";
import { fire } from "./triggers.ts";
import { type Candidate, type Decided, nothingWanted, type Wants } from "./wants.ts";

/** What an engine concludes its touches with; the counts are its own. */
export interface Concluding {
  readonly program: Program;
  readonly touched: readonly PackTouch[];
  readonly source: Source;
  readonly limits: EngineLimits;
  readonly dropped: Dropped;
  readonly muted: HistoryCounts;
}

/** `wants`: what of the moment is known beforehand. */
export function conclude(on: Concluding, row: Row, touch: Touch, out: Outgoing[], wants: Wants = nothingWanted()): void {
  const { policy } = on.program;
  if (policy !== null) drawHoldOut(policy, row, touch);
  const muted = isMuted(touch);
  if (!muted) tellFacts(on, row, touch, out);
  for (const touched of on.touched) ask(on, touched, row, touch, wants);
  if (muted) muteAll(on, wants, row, touch);
  else speak(on, wants, row, touch, out);
  setDeadline(on, row, touch.now);
}

function tellFacts({ program: { policy }, touched, source }: Concluding, row: Row, touch: Touch, out: Outgoing[]): void {
  if (policy !== null && touch.consent !== undefined)
    for (const change of touch.consent) out.push(describeConsent(change, policy.definition.name, touch, alsoKnownAs(row), source));
  for (const { pack, transitions } of touched)
    for (const transition of transitions) out.push(describeTransition(transition, pack, touch, alsoKnownAs(row), source));
}

function muteAll(on: Concluding, wants: Wants, row: Row, touch: Touch): void {
  const { catchUp } = on.program;
  mute(on.touched, wants, row, touch, on.muted);
  on.muted.transition += touch.consent?.length ?? 0;
  if (catchUp !== null && touch.history === "passed") owe(catchUp, wants.candidates, on.touched, row, touch, on.limits);
}

function speak(on: Concluding, wants: Wants, row: Row, touch: Touch, out: Outgoing[]): void {
  const { packs, policy, catchUp } = on.program;
  if (catchUp !== null) on.muted.caught_up += releaseOwed(catchUp, on.touched, row, touch, wants, () => on.dropped.held_trigger_gone++);
  // Most touches want nothing; where quiet hours hold something, policy asks of every touch what it means for that.
  const wanted = wants.candidates.length + wants.cancels.length + wants.outcomes.length > 0;
  if (wanted || nextOfPolicy(policy, row) < Number.POSITIVE_INFINITY) act(on, wants, { packs, row, touch, source: on.source }, out);
}

/** What one pack's triggers have to say. A pack that does not know the message has nothing to say of it but what it takes back. */
function ask(on: Concluding, touched: PackTouch, row: Row, touch: Touch, wants: Wants): void {
  if (touched.ended.length > 0) wants.cancels.push(...touched.ended);
  if (touched.excluded) return standStill(touched, row, touch, wants);
  if (touch.refused !== undefined && isRefused(touched.pack, touch.refused)) touched.concerned = true;
  if (touched.concerned) fire(touched, row, touch, on.limits, on.dropped, wants);
}

/** What is taken back leaves first, then what was decided on, then what came of it. What is withheld counts in the sequence, not for `repeat`. */
function act(on: Concluding, { candidates, cancels, outcomes }: Wants, scene: Scene, out: Outgoing[]): void {
  const { row, touch } = scene;
  takeBack(cancels.splice(0), scene, out);
  const decided = decideOn(on, candidates, row, touch);
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
  takeBack(cancels, scene, out);
  for (const outcome of outcomes) out.push(describeOutcome(outcome, scene));
}

export function takeBack(cancels: readonly Cancel[], scene: Scene, out: Outgoing[]): void {
  for (const cancel of cancels)
    for (const channel of cancel.channels) out.push(describeCancel(cancel, channel, nextSequence(cancel.touched, scene.row), scene));
}

function decideOn(on: Concluding, candidates: readonly Candidate[], row: Row, touch: Touch): Decided[] {
  const { policy } = on.program;
  if (policy === null) return decide(candidates, touch);
  if (candidates.length === 0 && nextOfPolicy(policy, row) === Number.POSITIVE_INFINITY) return [];
  return new PolicyRound(policy, row, touch, on.limits).decide(candidates, on.touched, () => on.dropped.held_trigger_gone++);
}

/** A pack that was not concerned keeps its own moment: packs never see each other, not even by when they are looked at. */
function setDeadline(on: Concluding, row: Row, now: number): void {
  for (const { concerned, pack } of on.touched) if (concerned) row.numbers[pack.deadline] = nextOfPack(pack, row, now);
  setEarliest(on, row);
}

/** The contact's one deadline: the first of all that it waits for. */
export function setEarliest(on: Concluding, row: Row): void {
  const { packs, policy, catchUp } = on.program;
  let earliest = Math.min(nextOfPolicy(policy, row), nextOfOwed(catchUp, row));
  for (const { deadline } of packs) earliest = Math.min(earliest, row.numbers[deadline] as number);
  row.numbers[DEADLINE] = earliest;
}

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
