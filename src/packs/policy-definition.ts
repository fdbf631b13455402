// A policy as it was written, checked and with every default filled in: what a contact may be bothered with, over all packs. It is to
// `rules/policy.yaml` what definition.ts is to a pack. Plain data; docs/policy.md says what each part means.

import type { CalendarUnit, Problem } from "./definition.ts";

export interface PolicyDefinition {
  readonly name: string;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  readonly text: string;
  readonly zone: PolicyZone;
  readonly channels: readonly PolicyChannel[];
  /** Caps over all channels that reach the contact. */
  readonly everyone: readonly PolicyCap[];
  readonly transactional: Exemptions;
  readonly whenQuiet: { readonly holdMs: number; readonly checkAgain: boolean };
  /** The priorities that triggers can have, the first goes first. */
  readonly priority: readonly string[];
  readonly holdOut: HoldOutDefinition | null;
  readonly suppress: readonly SuppressDefinition[];
}

export interface PolicyZone {
  /** Name of the trait that holds the contact's zone; null: all live by `else`. */
  readonly trait: string | null;
  readonly else: string;
}

export const REACHES = ["contact", "audience", "staff"] as const;

export interface PolicyChannel {
  readonly name: string;
  readonly reaches: (typeof REACHES)[number];
  /** null: nobody needs to be asked. */
  readonly consent: { readonly key: string; readonly withoutAnswer: boolean } | null;
  readonly caps: readonly PolicyCap[];
  readonly quiet: QuietHours | null;
}

/** At most `limit` in `buckets` buckets, the current one included. `day`, `week`, `month`: those of the contact's calendar. */
export interface PolicyCap {
  /** As written. */
  readonly text: string;
  readonly limit: number;
  readonly bucket: "minute" | "hour" | CalendarUnit;
  readonly buckets: number;
}

/** Minutes of the day: from `from` (in it) to `to` (not in it), over midnight where `from` is the larger. */
export interface QuietHours {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** What `purpose: transactional` does not have to ask. */
export interface Exemptions {
  readonly consent: boolean;
  readonly cap: boolean;
  readonly quiet: boolean;
  readonly holdOut: boolean;
}

export interface HoldOutDefinition {
  readonly percent: number;
  readonly salt: string;
}

/** While the contact stands in one of the places, nothing is sent but by the triggers excepted. */
export interface SuppressDefinition {
  readonly in: readonly PackPlace[];
  readonly except: readonly PackTrigger[];
  /** null: all channels that reach the contact or an audience. */
  readonly channels: readonly string[] | null;
}

/** `pack/place`: a stage, segment or audience of that pack. */
export interface PackPlace {
  readonly pack: string;
  readonly place: string;
}

export interface PackTrigger {
  readonly pack: string;
  readonly trigger: string;
}

export type LoadPolicyResult = { readonly ok: true; readonly policy: PolicyDefinition } | { readonly ok: false; readonly problems: readonly Problem[] };
