// Consent: what a contact has said about being reached, kept by key (`email`, `push`) apart from all packs, and whether a channel may be
// used on it. The newest answer by event time counts, so that a message that comes late cannot take back a refusal that came
// after it. docs/policy.md "consent" is the meaning.

import { BOUNDS } from "../../packs/bounds.ts";
import type { ChannelProgram, ConsentProgram } from "../../packs/policy-program.ts";
import type { Row } from "../../packs/row.ts";
import type { Dropped } from "../dropped.ts";
import type { EventFacts, Said } from "../touch.ts";

/** Takes down what a message says about a key. `isTrack`: refusals are tracks. */
export function receiveConsent(consent: ConsentProgram, row: Row, event: EventFacts, isTrack: boolean, dropped: Dropped): void {
  if (event.at < (row.numbers[consent.at] as number)) return;
  for (const index of consent.from) {
    if (take(consent, row, event.values[index], dropped)) {
      row.numbers[consent.at] = event.at;
      break;
    }
  }
  if (!isTrack || !consent.refusedBy.includes(event.name)) return;
  answer(consent, row, 0);
  row.numbers[consent.at] = event.at;
}

/** Whether the channel may be used for this purpose, as far as consent goes. */
export function allows(channel: ChannelProgram, row: Row, purpose: string): boolean {
  return channel.consent === null || (answerFor(channel.consent.of, row, purpose) ?? channel.consent.withoutAnswer);
}

/** The purpose's own answer, else the key's; null: nothing was said. */
export function answerFor(consent: ConsentProgram, row: Row, purpose: string): boolean | null {
  const own = purposesOf(consent, row)[purpose];
  if (own !== undefined) return own;
  const said = row.numbers[consent.answer] as number;
  return Number.isNaN(said) ? null : said === 1;
}

export function purposesOf(consent: ConsentProgram, row: Row): Readonly<Record<string, boolean>> {
  const text = row.text(consent.purposes);
  return text === undefined ? {} : (JSON.parse(text) as Record<string, boolean>);
}

/** true, false, null (nothing is said any more), or an object of these by purpose; false where it is none of them. A "no" that is a text is counted: its sender means something by it. */
function take(consent: ConsentProgram, row: Row, value: unknown, dropped: Dropped): boolean {
  if (typeof value === "boolean" || value === null) answer(consent, row, value === null ? Number.NaN : value ? 1 : 0);
  else if (typeof value === "object" && !Array.isArray(value)) answerByPurpose(consent, row, value as Readonly<Record<string, unknown>>, dropped);
  else {
    if (value !== undefined) dropped.consent_unread += 1;
    return false;
  }
  return true;
}

/** An answer for the key as a whole ends all answers by purpose. */
function answer(consent: ConsentProgram, row: Row, said: number): void {
  row.numbers[consent.answer] = said;
  row.setText(consent.purposes, undefined);
}

/** In the order of their names, and so many of them: a producer that makes up purposes cannot fill the row. */
function answerByPurpose(consent: ConsentProgram, row: Row, said: Readonly<Record<string, unknown>>, dropped: Dropped): void {
  const purposes = new Map(Object.entries(purposesOf(consent, row)));
  for (const [purpose, value] of Object.entries(said)) {
    if (value === null) purposes.delete(purpose);
    else if (typeof value === "boolean" && PURPOSE.test(purpose)) purposes.set(purpose, value);
    else dropped.consent_unread += 1;
  }
  dropped.purpose_dropped += keepPurposes(consent, row, purposes);
}

/** Answers how many are too many. */
function keepPurposes(consent: ConsentProgram, row: Row, purposes: ReadonlyMap<string, boolean>): number {
  const kept = [...purposes].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, BOUNDS.consent_purposes.most);
  row.setText(consent.purposes, kept.length === 0 ? undefined : JSON.stringify(Object.fromEntries(kept)));
  return purposes.size - kept.length;
}

/** All that was said: for the key (null: nothing), and by purpose. */
export function answersOf(consent: ConsentProgram, row: Row): Said {
  const said = row.numbers[consent.answer] as number;
  return { key: Number.isNaN(said) ? null : said === 1, purposes: purposesOf(consent, row) };
}

/** Puts answers in the place of those that were there. */
export function keepAnswers(consent: ConsentProgram, row: Row, key: boolean | null, purposes: ReadonlyMap<string, boolean>): void {
  answer(consent, row, key === null ? Number.NaN : Number(key));
  keepPurposes(consent, row, purposes);
}

const PURPOSE = /^[a-z][a-z0-9_]{0,63}$/;
