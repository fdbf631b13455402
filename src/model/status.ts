// What a running engine says of itself, and the few questions it answers. `app/pipeline.ts` implements it; `http/`, `demo/`
// and `cli/` only know this.

import type { EffectCounts, EventCounts } from "./counts.ts";
import type { ContactKey } from "./ids.ts";

/** What contacts in history do not tell (docs/packs.md "history"), by kind. */
export const MUTED_KINDS = ["transition", "trigger", "passed_through", "broadcast"] as const;

export interface EngineStatus extends EventCounts, EffectCounts {
  readonly shard: string;
  /** "replaying": catching up with the log after a start; "live": caught up once; "stopping". */
  readonly phase: "starting" | "replaying" | "live" | "stopping" | "stopped";
  /** What keeps the engine from going on right now, for a person; null while all is well. */
  readonly trouble: string | null;
  /** Last position whose effects are acknowledged, and last position handed to the workers. */
  readonly position: number;
  readonly taken: number;
  /** Log time, ms; 0 before the first record. */
  readonly logTimeMs: number;
  /** Messages of the log not yet taken, and how old the oldest of them is (seconds; 0 when caught up). */
  readonly lagMessages: number;
  readonly lagSeconds: number;
  /** Of the messages: stamped before log time, because the broker's clock went back or another leader's is behind. */
  readonly stampedBack: number;
  /** Effects that the output stream already had when they were computed again. */
  readonly heldBack: number;
  /** Of those, and of what else stood there: so many are not as this version computes them, and were written by another one. Since the log began. */
  readonly outputDifferences: number;
  /** Publishes that had to be tried again. */
  readonly outboxRetries: number;
  /** Of this process: ticks that were written, and those of them that were written again for a deadline that the log had not moved past. */
  readonly ticks: number;
  readonly repeatedTicks: number;
  readonly contacts: number;
  /** Records between partitions that are not in the log yet, and how long this process has had the oldest of them. While the engine replays none is written. */
  readonly unwrittenRecords: { readonly count: number; readonly oldestSeconds: number };
  /** Contacts in history now, events that told history, what was not told of it by kind, and muted triggers that were wanted once more. */
  readonly history: { readonly contacts: number; readonly events: number; readonly muted: Readonly<Record<string, number>>; readonly caughtUp: number };
  /** Earliest deadline of any contact, ms; Infinity where there is none. */
  readonly nextDeadlineMs: number;
  /** How far back a message id is surely remembered, ms of log time: `duplicates.window_ms`, or less where a partition has more ids than it keeps. */
  readonly duplicatesReachMs: number;
  /** Of this process: how many checkpoints failed, and why the newest attempt did; null once one counts again. */
  readonly checkpointFailures: number;
  readonly checkpointFailure: { readonly atMs: number; readonly message: string } | null;
  readonly checkpoint: { readonly position: number; readonly atMs: number; readonly tookMs: number; readonly bytes: number } | null;
  /** Wall time by part since the start, ms: where time went. */
  readonly time: { readonly reading: number; readonly framing: number; readonly workers: number; readonly outbox: number; readonly checkpoints: number };
}

/** Whether contacts may be asked about: caught up with the log once, and nothing keeps the engine from going on. A broker that is away does. */
export const isReady = ({ phase, trouble }: Pick<EngineStatus, "phase" | "trouble">): boolean => phase === "live" && trouble === null;

/** Who is where: pack -> axis -> place -> contacts. */
/**
 * Counts over all contacts are made a few at a time, with batches in between: each contact counts as it was at some position from `from` to `to`, which
 * are equal where nothing came in meanwhile. One that came or went meanwhile may be missing.
 */
export interface Counted {
  readonly asOf: { readonly from: number; readonly to: number };
}

export interface StagesView extends Counted, PlacesCounts {}

export interface PlacesCounts {
  readonly contacts: number;
  readonly packs: Readonly<Record<string, PlacesView>>;
}

export interface PlacesView {
  readonly stages: Record<string, number>;
  readonly segments: Record<string, number>;
  readonly audiences: Record<string, number>;
  /** By name, in packs that have targets. */
  readonly targets?: Readonly<Record<string, TargetView>>;
}

/** How a target stands (docs/packs.md "targets"). */
export interface TargetView {
  /** Percentages: what is meant to be reached, and what is; null where nobody's time is over. */
  readonly target: number;
  readonly percent: number | null;
  readonly within: string;
  /** Contacts whose time was over lately, and of them those who went on in time. */
  readonly entered: number;
  readonly reached: number;
  /** Contacts whose time still runs, and of them those who have gone on. */
  readonly open: { readonly entered: number; readonly reached: number };
}

/** Pack -> target. */
export type TargetsView = Readonly<Record<string, Readonly<Record<string, TargetView>>>>;

export interface ContactOptions {
  /** With `why` beside what it is: why the contact stands where it does, why not elsewhere, and what is ahead. */
  readonly why?: boolean;
}

/** R x F of every pack with `rfm`. */
export interface RfmView extends Counted, RfmCounts {}

export interface RfmCounts {
  readonly packs: Readonly<
    Record<
      string,
      {
        readonly bins: number;
        /** `54`: R 5, F 4. Amounts in the currency, of what counts for `rfm`. */
        readonly grid: Readonly<Record<string, RfmCell>>;
        readonly segments: Readonly<Record<string, RfmCell>>;
        /** Bought nothing that counts, or there are no cut points yet. */
        readonly without: number;
        /** In effect: number (0: written in the pack), when and over how many contacts they were counted, and the bounds of each. */
        readonly cuts: {
          readonly number: number;
          readonly at: string | null;
          readonly ageSeconds: number | null;
          readonly bounds: Readonly<Record<string, readonly number[] | null>>;
        };
      }
    >
  >;
}

export interface RfmCell {
  readonly contacts: number;
  readonly amount: number;
}

export interface Engine {
  status(): EngineStatus;
  /** The contact as DESIGN 9 and README show it (JSON), or undefined. */
  contact(key: ContactKey, options?: ContactOptions): Promise<unknown | undefined>;
  stages(): Promise<StagesView>;
  rfm(): Promise<RfmView>;
  /** How targets stand, of packs that have some. Looked up a few contacts at a time, with batches in between. */
  targets(): Promise<TargetsView>;
  /** SHA-256 over the logical state of all partitions, hex: equal state, equal digest, whatever the workers. */
  digest(): Promise<string>;
  /** Takes a checkpoint now; resolves when it counts. */
  checkpoint(): Promise<void>;
  /** Stops in the order of the flow, with a checkpoint. */
  stop(): Promise<void>;
  /** Resolves when stopped, rejects with the TidemarkError that ended it. */
  readonly ended: Promise<void>;
}
