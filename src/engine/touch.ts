// A touch: one thing that happens to one contact at one moment, an event or a deadline. What the engine works out on the way
// (which events of a pack this is, which transitions were made) is collected here and is gone when the touch is over.

import type { ContactKey } from "../model/ids.ts";
import type { PackProgram, TriggerProgram } from "../packs/program.ts";

/** The event of a touch, as decode and fold give it. */
export interface EventFacts {
  /** When the contact did it, ms. */
  at: number;
  /** Name of the track, page or screen. */
  name: string;
  messageId: string | undefined;
  position: number;
  /** Place in its message. */
  index: number;
  /** It was marked as history, not as something that happens now. */
  historical: boolean;
  /** What the projection found. */
  values: readonly unknown[];
}

export interface Standing {
  readonly [axis: string]: unknown;
}

/** One step from a place to another. Everything that a reader will want to know of it is taken down when it is made. */
export interface Transition {
  readonly axis: "stage" | "segment" | "audience" | "grid";
  /** Of a grid: which. */
  readonly grid?: string;
  /** Names; null: no place (before birth; no segment). For an audience both are the audience, and `entered` says which way. */
  readonly from: string | null;
  readonly to: string | null;
  readonly entered: boolean;
  /** Number of the transition: from 1, without gaps per contact and pack. */
  readonly number: number;
  readonly was: Standing;
  readonly now: Standing;
  readonly because: Record<string, unknown>;
}

/** What a contact has said about being reached by a key: for the key (null: nothing), and by purpose. */
export interface Said {
  readonly key: boolean | null;
  readonly purposes: Readonly<Record<string, boolean>>;
}

export interface ConsentChange {
  readonly key: string;
  readonly was: Said;
  readonly now: Said;
}

/** Why a series is over before its last step. */
export type Ended = "goal" | "no_longer_true" | "replaced" | "consent" | "excluded" | "forgotten";

/** The message that takes back a series: to every channel on which something of it was sent. */
export interface Cancel {
  readonly touched: PackTouch;
  readonly trigger: TriggerProgram;
  readonly occasion: string;
  /** The last step that has come. */
  readonly step: number;
  readonly channels: readonly string[];
  readonly was: Standing | null;
  readonly carried: Record<string, unknown>;
  readonly why: Ended;
}

/** What one pack makes of a touch. Used again for the next one. */
export class PackTouch {
  readonly pack: PackProgram;
  /** Whether the touch can change anything in this pack. */
  concerned = false;
  /** Whether the pack leaves the contact out, and stands still. */
  excluded = false;
  /** Series that were over before triggers were asked. */
  readonly ended: Cancel[] = [];
  /** Indexes of the events that the message is, ascending, and which of them a move has used. */
  readonly matched: number[] = [];
  readonly used: number[] = [];
  /** Stages that the contact has been in during this touch. */
  readonly visited: number[] = [];
  readonly flipped: number[] = [];
  readonly transitions: Transition[] = [];

  constructor(pack: PackProgram) {
    this.pack = pack;
  }

  begin(): void {
    this.concerned = false;
    this.excluded = false;
    this.ended.length = 0;
    this.matched.length = 0;
    this.used.length = 0;
    this.visited.length = 0;
    this.flipped.length = 0;
    this.transitions.length = 0;
  }
}

/**
 * What of a touch is told (docs/packs.md "history"). `past`: of a contact in history, nothing. `passed`: of one that returns to the
 * present, nothing now, but a pack may catch up on what triggers want. `late`: history of a contact that lives in the present: what
 * it causes is a fact, and what triggers want is withheld.
 */
export type Telling = "past" | "passed" | "late";

export interface Touch {
  readonly contact: ContactKey;
  readonly now: number;
  /** Absent: everything. */
  readonly history?: Telling | undefined;
  /** Of `passed`: when the contact returns. */
  readonly returns?: number;
  /** null: a deadline. */
  readonly event: EventFacts | null;
  /** Somebody has sent for a `broadcast` trigger. */
  readonly broadcast?: { readonly trigger: string; readonly id: string };
  /** Placed without a word: transitions are neither numbered nor published, triggers do not fire. */
  readonly silent: boolean;
  /** Triggers whose series goes on and whose next step has lost the consent of all its channels by this event. */
  readonly refused?: readonly TriggerProgram[];
  /** What the contact has said otherwise than before. */
  readonly consent?: readonly ConsentChange[];
  /** Looked at because numbers of the population have changed. */
  readonly recut?: boolean;
  /** The contact is to be forgotten. */
  readonly forget?: boolean;
  /** Another contact was found to be this person: whose row it was, and triggers that have told of its entering a place already, with that place. */
  readonly merge?: { readonly old: ContactKey; readonly told: ReadonlyMap<TriggerProgram, readonly string[]> };
}

/** What leaves the engine: the fold numbers and encodes it. */
export interface Outgoing {
  readonly family: "transition" | "trigger" | "withheld" | "outcome";
  readonly subject: string;
  /** A CloudEvent but for its `id`, which the fold knows. */
  readonly event: Record<string, unknown>;
}
