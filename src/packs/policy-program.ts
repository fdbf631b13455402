// A compiled policy: places in the scratch row and everything that was a name turned into a place or an index, as program.ts is for
// packs. What is kept of a contact (consent, zone, what was sent, what is held, hold-out) is known by ids that no pack can have, so
// that packs may come and go without touching it.

import type { Zone } from "../model/calendar.ts";
import type { PlaceTest } from "./place-test.ts";
import type { HoldOutDefinition, PolicyCap, PolicyDefinition, QuietHours } from "./policy-definition.ts";

export interface PolicyProgram {
  readonly definition: PolicyDefinition;
  /** Place of the text that names the contact's zone, and where in the projection it is read; -1 and none where all live by `zoneElse`. */
  readonly zone: number;
  readonly zoneFrom: readonly number[];
  readonly zoneElse: Zone;
  readonly consents: readonly ConsentProgram[];
  readonly channels: ReadonlyMap<string, ChannelProgram>;
  /** What holds for a channel that the policy does not name. */
  readonly unnamed: ChannelProgram;
  readonly everyone: readonly CapProgram[];
  readonly suppress: readonly SuppressProgram[];
  /** Place of the earliest moment at which something held is asked again (Infinity: nothing is), and of the JSON text that says what. */
  readonly due: number;
  readonly held: number;
  readonly holdOut: (HoldOutDefinition & { readonly place: number }) | null;
}

export interface ConsentProgram {
  readonly key: string;
  /** 1 given, 0 refused, NaN never said. */
  readonly answer: number;
  /** Event time of the newest answer; NaN where there is none. */
  readonly at: number;
  /** Text: JSON of answers by purpose. */
  readonly purposes: number;
  /** Projection indexes, in order of preference. */
  readonly from: readonly number[];
  /** Tracks that refuse it. */
  readonly refusedBy: readonly string[];
}

export interface ChannelProgram {
  readonly name: string;
  readonly reaches: "contact" | "audience" | "staff";
  readonly consent: { readonly of: ConsentProgram; readonly withoutAnswer: boolean } | null;
  readonly caps: readonly CapProgram[];
  readonly quiet: QuietHours | null;
}

export interface CapProgram {
  readonly text: string;
  readonly limit: number;
  readonly bucket: PolicyCap["bucket"];
  readonly buckets: number;
  /** Place of the list that counts by this kind of bucket, and how many buckets it has to keep. */
  readonly list: number;
  readonly keep: number;
}

export interface SuppressProgram {
  readonly in: readonly (PlaceTest & { readonly text: string })[];
  /** `pack/trigger`. */
  readonly except: ReadonlySet<string>;
  readonly channels: ReadonlySet<string> | null;
}
