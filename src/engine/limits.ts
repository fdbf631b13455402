// What the engine's settings let a contact take: what does not fit is dropped and counted, or not held.

export interface EngineLimits {
  readonly traitBytes: number;
  readonly carryBytes: number;
  /** Triggers that quiet hours hold for one contact, at most. */
  readonly held: number;
}

/** What may be carried along by an occasion that waits. */
export type TriggerLimits = Pick<EngineLimits, "carryBytes">;

/** What may be held back for later. */
export type HeldLimits = Pick<EngineLimits, "held" | "carryBytes">;
