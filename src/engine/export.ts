// All that is held of a contact, for the contact: what everybody sees of it (view.ts), and beside that its traits, what waits, what it has
// said about being reached and when, and every field of its row by its id, so that nothing is left out that somebody forgot to
// name. It only reads.

import { type ContactKey, isoTime } from "../model/ids.ts";
import type { PolicyProgram } from "../packs/policy-program.ts";
import type { PackProgram, Program, TraitProgram, TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import { alsoKnown } from "./also-known.ts";
import { purposesOf } from "./policy/consent.ts";
import { viewContact } from "./view.ts";

/** JSON. `now` is the log time to show scores and windows at. */
export function exportContact(program: Program, row: Row, contact: ContactKey, now: number): Record<string, unknown> {
  const { packs, policy } = program;
  return {
    ...viewContact(program, row, contact, now),
    ids: alsoKnown(row).map(({ kind, id, at }) => ({ kind, id, at: isoTime(at) })),
    traits: byPack(packs, (pack) => Object.fromEntries(pack.traits.map((trait) => [trait.name, traitValue(trait, row)]))),
    pending: byPack(packs, (pack) =>
      Object.fromEntries(pack.triggers.map((trigger) => [trigger.definition.name, pendingOf(trigger, row)] as const).filter(isThere)),
    ),
    ...(policy === null ? {} : { consent: consentOf(policy, row), held: parsed(row.text(policy.held)) ?? [] }),
    fields: fieldsOf(row),
  };
}

function byPack(packs: readonly PackProgram[], show: (pack: PackProgram) => Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(packs.map((pack) => [pack.name, show(pack)]));
}

function traitValue({ type, place }: TraitProgram, row: Row): unknown {
  if (type === "string") return row.text(place) ?? null;
  const value = row.numbers[place] as number;
  if (Number.isNaN(value)) return null;
  if (type === "bool") return value === 1;
  return type === "date" ? dateOf(value) : value;
}

/** A date beyond what the calendar can show is told as the number that it is. */
const dateOf = (ms: number): unknown => (Math.abs(ms) <= 8.64e15 ? isoTime(ms) : ms);

function pendingOf(trigger: TriggerProgram, row: Row): unknown {
  if (trigger.due < 0) return null;
  const due = row.numbers[trigger.due] as number;
  return Number.isNaN(due) ? null : { due: isoTime(due), occasion: parsed(row.text(trigger.pending)) };
}

const isThere = ([, shown]: readonly [string, unknown]): boolean => shown !== null;

/** By key: the answer, the answers by purpose, and when the newest was given. */
function consentOf({ consents }: PolicyProgram, row: Row): Record<string, unknown> {
  return Object.fromEntries(
    consents.map((consent) => {
      const said = row.numbers[consent.answer] as number;
      const at = row.numbers[consent.at] as number;
      return [consent.key, { answer: Number.isNaN(said) ? null : said === 1, purposes: purposesOf(consent, row), at: Number.isNaN(at) ? null : isoTime(at) }];
    }),
  );
}

/** As they lie in the row: moments in milliseconds, amounts in 1/10,000; null stands for missing, and for never. */
function fieldsOf(row: Row): Record<string, unknown> {
  const { layout } = row;
  return {
    numbers: Object.fromEntries(layout.numbers.map((id, place) => [id, finite(row.numbers[place] as number)])),
    lists: Object.fromEntries(layout.lists.map((id, place) => [id, listOf(row, place)])),
    texts: Object.fromEntries(layout.texts.map((id, place) => [id, row.text(place) ?? null])),
  };
}

function listOf(row: Row, place: number): (readonly [bucket: number, amount: number | null])[] {
  const list = row.lists[place];
  if (list === undefined) return [];
  return Array.from({ length: list.length }, (_, at) => [list.buckets[at] as number, finite(list.amounts[at] as number)] as const);
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const parsed = (text: string | undefined): unknown => (text === undefined ? null : JSON.parse(text));
