// The port for what a person may ask about themselves: to be forgotten, and to see what is held. `app/privacy.ts` implements it,
// `http/privacy.ts` asks it.

import type { ContactKey, ContactKind } from "./ids.ts";

/** What may be erased beside the state: messages of the log, of the output stream, and dead letters. */
export const ERASABLE = ["log", "output", "dead"] as const;
export type Erasable = (typeof ERASABLE)[number];

/** What became of the messages of one stream. */
export interface Erased {
  readonly erased: number;
  /** About the contact, and left because others are in them too. */
  readonly left: number;
  /**
   * Messages that cannot be read, so that only the bytes of the id could be looked for in them, and nobody knows it any more: the process that was
   * asked has ended since. Absent: none.
   */
  readonly unread?: number;
}

export type ErasedByStream = Readonly<Partial<Record<Erasable, Erased>>>;

/**
 * How far a request is.
 * - recorded: it stands in the log.
 * - applied: the contact is gone from the state; a checkpoint of before may still hold it.
 * - done: no checkpoint holds it, and what was to be erased is.
 * - failed: the contact is gone from state and checkpoints, but not all that was to be erased is; the engine tries again by itself.
 */
export interface ForgetStatus {
  readonly request: string;
  readonly state: "recorded" | "applied" | "done" | "failed";
  readonly kind?: ContactKind;
  /** Of the contact; and of the ids that it was known by, which are forgotten with it. */
  readonly hash: string;
  readonly others?: readonly string[];
  /** Where the record stands in the log. */
  readonly position: number;
  /** Whether there was such a contact, and how many series were taken back; known to the process that applied it. */
  readonly found?: boolean;
  readonly takenBack?: number;
  /** What is to be erased, and what came of it so far. */
  readonly erase?: readonly Erasable[];
  readonly erased?: ErasedByStream;
  readonly problem?: string;
}

/** All that is held of a contact (engine/export.ts), as far as somebody reads in it. */
export interface HeldContact {
  readonly contact: { readonly kind: ContactKind; readonly id: string };
  /** What else it is known by. */
  readonly ids: readonly { readonly kind: ContactKind; readonly id: string }[];
}

export interface Privacy {
  /** Writes the record, and answers with how far it is after at most `waitMs`. */
  forget(key: ContactKey, erase: readonly Erasable[], waitMs: number): Promise<ForgetStatus>;
  /** undefined for a request that is not known (any more). */
  status(request: string): Promise<ForgetStatus | undefined>;
  /** All that is held of a contact, or undefined where nobody is known by that. */
  export(key: ContactKey): Promise<unknown | undefined>;
}
