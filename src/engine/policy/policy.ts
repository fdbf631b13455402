// The policy: what a contact may be bothered with, over all packs. It takes what all packs want of one moment and what quiet hours
// held until now, in the order in which they go (priority, pack, declaration), and decides each: sent, held, or withheld with a
// reason. It keeps what it needs to know in places of its own in the row and touches no pack's; transitions never come here.
//
// The questions and their order are docs/policy.md "deciding". Consent, clocks and what is held are in the files beside this one.

import { isDrawn } from "../../model/draw.ts";
import { isoTime } from "../../model/ids.ts";
import type { Exemptions } from "../../packs/policy-definition.ts";
import type { ChannelProgram, PolicyProgram } from "../../packs/policy-program.ts";
import type { Row } from "../../packs/row.ts";
import { withheldByItself } from "../actions.ts";
import type { Dropped } from "../dropped.ts";
import type { HeldLimits } from "../limits.ts";
import type { EventFacts, PackTouch, Touch } from "../touch.ts";
import type { Candidate, Decided } from "../wants.ts";
import { allows, receiveConsent } from "./consent.ts";
import { hold, noteGoalsMet, type Released, release } from "./held.ts";
import { type Answer, chosenChannel, exemptionsOf, standingAnswer } from "./standing.ts";
import { countSent, quietUntil, sentIn, zoneOfContact } from "./time.ts";

/** Before anything else of an event: what it says about the contact's zone and consent. */
export function receiveForPolicy(policy: PolicyProgram, row: Row, event: EventFacts, isTrack: boolean, dropped: Dropped): void {
  for (const consent of policy.consents) receiveConsent(consent, row, event, isTrack, dropped);
  for (const index of policy.zoneFrom) {
    const value = event.values[index];
    if (typeof value !== "string" && value !== null) continue;
    // A name longer than any zone's names none, and need not be kept to be none.
    row.setText(policy.zone, value === null || value.length > MAX_ZONE_NAME ? undefined : value);
    return;
  }
}

const MAX_ZONE_NAME = 64;

/** Draws the contact for the hold-out, once: when a channel first may reach it. */
export function drawHoldOut(policy: PolicyProgram, row: Row, touch: Touch): void {
  const { holdOut } = policy;
  if (holdOut === null || !Number.isNaN(row.numbers[holdOut.place] as number)) return;
  const reachable = [...policy.channels.values()].some((channel) => channel.reaches !== "staff" && allows(channel, row, "marketing"));
  if (!reachable) return;
  const { kind, id } = touch.contact;
  row.numbers[holdOut.place] = isDrawn(`${holdOut.salt}\n${kind}\n${id}`, holdOut.percent) ? 1 : 0;
}

/** When something held is asked again; Infinity where nothing is held. */
export const nextOfPolicy = (policy: PolicyProgram | null, row: Row): number =>
  policy === null ? Number.POSITIVE_INFINITY : (row.numbers[policy.due] as number);

/** One candidate on its channel, or on the channels it may choose from. */
interface Wish {
  readonly candidate: Candidate;
  readonly channels: readonly string[];
  readonly released: Released | null;
}

/** Decides one moment of one contact. */
export class PolicyRound {
  readonly #policy: PolicyProgram;
  readonly #row: Row;
  readonly #touch: Touch;
  readonly #limits: HeldLimits;

  constructor(policy: PolicyProgram, row: Row, touch: Touch, limits: HeldLimits) {
    this.#policy = policy;
    this.#row = row;
    this.#touch = touch;
    this.#limits = limits;
  }

  /** What leaves, in its order, and what is held from now on. `packs` are all packs of the touch, `gone` is told of what was held for a trigger that is no more. */
  decide(candidates: readonly Candidate[], packs: readonly PackTouch[], gone: () => void): Decided[] {
    noteGoalsMet(this.#policy, packs, this.#row, this.#touch);
    const released = release(this.#policy, packs, this.#row, this.#touch, gone);
    const wishes = [
      ...released.map((of): Wish => ({ candidate: of.candidate, channels: [of.channel], released: of })),
      ...candidates.flatMap((candidate) => wishesOf(candidate)),
    ];
    return this.#inOrder(wishes, packs).map((wish) => this.#decideOne(wish));
  }

  /** By priority, pack and declaration; of one trigger, what was held comes first. */
  #inOrder(wishes: readonly Wish[], packs: readonly PackTouch[]): readonly Wish[] {
    const { priority } = this.#policy.definition;
    const rank = ({ candidate: { trigger } }: Wish) => priority.indexOf(trigger.definition.priority);
    const pack = ({ candidate }: Wish) => packs.indexOf(candidate.touched);
    const place = ({ candidate: { touched, trigger } }: Wish) => touched.pack.triggers.indexOf(trigger);
    return wishes.toSorted((a, b) => rank(a) - rank(b) || pack(a) - pack(b) || place(a) - place(b));
  }

  #decideOne(wish: Wish): Decided {
    const { candidate, released } = wish;
    const channel = this.#choose(wish);
    const program = this.#policy.channels.get(channel) ?? this.#policy.unnamed;
    const reason = withheldByItself(candidate, this.#touch);
    if (reason !== null) return { candidate, channel, disposition: { withheld: reason } };
    const answer = this.#over(wish) ?? (program.reaches === "staff" ? null : this.#ask(wish, channel, program));
    if (answer === "held") return { candidate, channel, disposition: "held" };
    if (answer === null) return this.#send(wish, channel, program);
    released?.giveUp();
    return { candidate, channel, disposition: { withheld: answer.reason }, policy: { name: this.#policy.definition.name, ...answer.why } };
  }

  #send({ candidate, released }: Wish, channel: string, program: ChannelProgram): Decided {
    if (program.reaches === "contact" && !this.#exempt(candidate).cap) {
      const { zone } = zoneOfContact(this.#policy, this.#row);
      countSent([...program.caps, ...this.#policy.everyone], this.#row, zone, this.#touch.now);
    }
    const policy = released === null ? null : { name: this.#policy.definition.name, heldSince: isoTime(released.since) };
    return { candidate, channel, disposition: "send", ...(policy === null ? {} : { policy }) };
  }

  #choose({ candidate, channels }: Wish): string {
    return chosenChannel(this.#policy, candidate.trigger, channels, this.#row);
  }

  #ask(wish: Wish, channel: string, program: ChannelProgram): Answer | "held" {
    const exempt = this.#exempt(wish.candidate);
    return (
      standingAnswer(this.#policy, wish.candidate.touched.pack, wish.candidate.trigger, program, channel, this.#row) ??
      (exempt.quiet ? null : this.#quiet(wish, channel, program)) ??
      (exempt.cap || program.reaches !== "contact" ? null : this.#capped(program))
    );
  }

  /** What was held is first asked again whether it is worth sending at all. */
  #over({ candidate, released }: Wish): Answer {
    if (released === null) return null;
    const since = isoTime(released.since);
    if (this.#policy.definition.whenQuiet.checkAgain && !released.stillTrue) return { reason: "quiet", why: { why: "no_longer_true", since } };
    return hasExpired(candidate, this.#touch.now) ? { reason: "quiet", why: { why: "expires", since } } : null;
  }

  /** In quiet hours it is held to their end, unless it will have expired by then. */
  #quiet({ candidate, released }: Wish, channel: string, { quiet }: ChannelProgram): Answer | "held" {
    const { now } = this.#touch;
    const { name, zone } = zoneOfContact(this.#policy, this.#row);
    const until = quiet === null ? null : quietUntil(quiet, zone, now);
    if (quiet === null || until === null) return null;
    const since = released?.since ?? now;
    const expires = until > since + this.#policy.definition.whenQuiet.holdMs || hasExpired(candidate, until);
    const outcome = expires ? "expires" : hold(this.#policy, candidate, channel, since, until, this.#row, this.#limits);
    if (outcome === "held") return "held";
    return { reason: "quiet", why: { why: outcome, since: isoTime(since), until: isoTime(until), quiet: quiet.text, zone: name } };
  }

  #capped(program: ChannelProgram): Answer {
    const { zone } = zoneOfContact(this.#policy, this.#row);
    for (const [of, caps] of [
      [program.name, program.caps],
      ["everyone", this.#policy.everyone],
    ] as const)
      for (const cap of caps) {
        const sent = sentIn(cap, this.#row, zone, this.#touch.now);
        if (sent >= cap.limit) return { reason: "cap", why: { cap: cap.text, of, sent } };
      }
    return null;
  }

  #exempt({ trigger }: Candidate): Exemptions {
    return exemptionsOf(this.#policy, trigger);
  }
}

const hasExpired = ({ expiresAt }: Candidate, at: number): boolean => expiresAt !== null && at >= expiresAt;

function wishesOf(candidate: Candidate): Wish[] {
  const { take, names } = candidate.action.channels;
  return (take === "all" ? names.map((name) => [name]) : [names]).map((channels) => ({ candidate, channels, released: null }));
}
