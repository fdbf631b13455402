// What the engine published against what the naive model says, contact by contact: the same effects in the same order, with
// the same times, numbers, sequences, keys, causes and scores. A difference is told with the contact's story around it.
//
// Two allowances, and no more. A score's way down to a threshold is worked out by two different powers of two, so a moment
// may differ by 1 ms (and with it the moment in a key); and the engine publishes scores with two decimals. Identities are not
// compared: the numbering over contacts is the engine's own.

import type { Shown } from "./contact.ts";
import type { NaiveContactView, NaiveEffect } from "./model.ts";

/** The part of an effect's CloudEvent that is compared (DESIGN 9). */
export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly data: {
    readonly pack: string;
    readonly origin?: string;
    readonly reason?: string | null;
    readonly sequence?: number;
    readonly key?: string;
    readonly trigger?: string;
    readonly axis?: string;
    readonly grid?: string;
    readonly to?: string | null;
    readonly contact: { readonly id: string; readonly kind: string; readonly alsoKnownAs: readonly string[]; readonly carry?: unknown; readonly hash?: string };
    readonly now?: {
      readonly stage?: string | null;
      readonly segment?: string | null;
      readonly audience?: string;
      readonly in?: boolean;
      readonly scores?: Readonly<Record<string, number>>;
      readonly grids?: Readonly<Record<string, string | null>>;
      readonly audiences?: readonly string[];
    };
    readonly from?: string | null;
    readonly because?: PublishedCause;
    readonly action?: PublishedAction;
    readonly outcome?: string;
    readonly reached?: boolean;
    readonly variant?: string | null;
    readonly step?: number;
    readonly revenue?: number | null;
    readonly answered?: boolean | null;
    readonly goal?: { readonly event?: string; readonly enter?: string; readonly answered?: boolean; readonly since: string; readonly until: string };
  };
}

interface PublishedCause {
  readonly cause?: string;
  readonly merged?: { readonly kind: string; readonly id: string };
  readonly ended?: string;
  readonly move?: string;
  readonly setBy?: string | null;
  readonly reason?: string | null;
  readonly points?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

interface PublishedAction {
  readonly channel: string;
  readonly message: string;
  readonly step: number;
  readonly priority: string;
  readonly variant: string | null;
  readonly expires: string | null;
  readonly goal: { readonly event?: string; readonly enter?: string; readonly answered?: boolean; readonly until: string } | null;
  readonly cancel?: boolean;
  readonly purpose: string;
  readonly params: unknown;
}

export interface Difference {
  /** `user c_42`. */
  readonly contact: string;
  readonly what: string;
  /** The contact's last effects before it, and both next ones. */
  readonly story: readonly string[];
}

/** The first difference of each contact; none where both say the same. */
export function compareEffects(naive: readonly NaiveEffect[], published: readonly PublishedEvent[]): Difference[] {
  const expected = byContact(naive.map(comparable));
  const actual = byContact(published.map(read));
  const contacts = new Set([...expected.keys(), ...actual.keys()]);
  return [...contacts].flatMap((contact) => firstDifference(contact, expected.get(contact) ?? [], actual.get(contact) ?? []));
}

/** The differences between the end states of contacts; `published` are the lines of `replay --contacts`, parsed. */
export function compareContacts(naive: readonly NaiveContactView[], published: readonly PublishedContact[]): Difference[] {
  const actual = new Map(published.map((one) => [`${one.contact.kind} ${one.contact.id}`, one]));
  const missing = naive
    .filter((one) => !actual.delete(name(one.contact)))
    .map((one) => ({ contact: name(one.contact), what: "the engine does not have this contact", story: [] }));
  const found = new Map(published.map((one) => [`${one.contact.kind} ${one.contact.id}`, one]));
  const tooMany = [...actual.keys()].map((contact) => ({ contact, what: "only the engine has this contact", story: [] }));
  return [...missing, ...tooMany, ...naive.flatMap((one) => stateDifferences(one, found.get(name(one.contact))))];
}

export interface PublishedContact {
  readonly contact: { readonly id: string; readonly kind: string; readonly generation: number; readonly alsoKnownAs: readonly string[] };
  readonly history?: { readonly asOf: string };
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly packs: Readonly<Record<string, PublishedPack>>;
}

interface PublishedPack {
  readonly stage?: { readonly name: string; readonly since: string } | null;
  readonly segment?: { readonly name: string; readonly since: string } | null;
  readonly audiences?: readonly string[];
  readonly grids?: Readonly<Record<string, string | null>>;
  readonly scores?: Readonly<Record<string, { readonly value: number; readonly points?: Readonly<Record<string, number>> }>>;
  readonly measures?: Readonly<Record<string, unknown>>;
  readonly rfm?: Readonly<Record<string, number | null>> | null;
  readonly value?: Readonly<Record<string, number>> | null;
}

/** Differences as lines for a person, the first `limit` of them. */
export function formatDifferences(differences: readonly Difference[], limit = 5): string[] {
  const shown = differences.slice(0, limit).flatMap((one) => [`${one.contact}: ${one.what}`, ...one.story.map((line) => `    ${line}`)]);
  return differences.length > limit ? [...shown, `and ${differences.length - limit} more`] : shown;
}

/** An effect of either side. */
interface Comparable {
  readonly contact: string;
  readonly label: string;
  readonly at: number;
  readonly sequence: number | null;
  readonly key: string | null;
  readonly cause: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly shown: Shown | null;
}

const TOLERANCE_MS = 1;
const BEFORE = 6;

function comparable(effect: NaiveEffect): Comparable {
  const { contact, kind, pack, at, key, cause, detail, shown } = effect;
  const label = kind === "transition" ? transitionLabel(pack, effect.name, effect.to, effect.in) : `${pack} ${kind} ${effect.name}`;
  const told = { ...detail, merged: effect.merged, origin: effect.origin, alsoKnownAs: effect.alsoKnownAs.join() };
  return { contact: name(contact), label, at, sequence: effect.number ?? effect.sequence, key, cause, detail: told, shown };
}

const transitionLabel = (pack: string, axis: string, to: string | null, isIn: boolean | null): string =>
  `${pack} ${axis}${isIn === null ? " to" : isIn ? " in" : " out of"} ${to}`;

function read(event: PublishedEvent): Comparable {
  const { data } = event;
  const kind = event.type.split(".").at(-2) ?? "";
  const label = kind === "transition" ? readTransition(data) : `${data.pack} ${kind} ${data.trigger}`;
  const common = { contact: name(data.contact), label, at: Date.parse(event.time), cause: data.because?.cause ?? "", shown: readShown(data) };
  const detail = kind === "transition" ? transitionDetail(data) : kind === "outcome" ? outcomeDetail(data, common.at) : actionDetail(data, common.at);
  const told = { ...detail, merged: mergedIn(data.because), origin: data.origin, alsoKnownAs: data.contact.alsoKnownAs.join() };
  return { ...common, detail: told, sequence: data.sequence ?? null, key: kind === "transition" ? null : (data.key ?? null) };
}

const mergedIn = (because: PublishedCause | undefined): string | null => (because?.merged === undefined ? null : name(because.merged));

/** Moments as the model tells them: from that of the effect on. */
const from = (moment: string | null | undefined, at: number): number | null => (moment === null || moment === undefined ? null : Date.parse(moment) - at);

function transitionDetail({ from, because }: PublishedEvent["data"]): Record<string, unknown> {
  const { move = null, setBy = null, reason = null } = because ?? {};
  return { from: from ?? null, move, setBy, reason };
}

function actionDetail({ action, because, contact, reason = null }: PublishedEvent["data"], at: number): Record<string, unknown> {
  if (action === undefined) return {};
  const { channel, message, step, priority, variant, expires, goal, purpose, cancel = false } = action;
  const told = { channel, message, step, priority, purpose, variant, cancel, goal: goalIn(goal), params: JSON.stringify(action.params) };
  const carry = cancel ? null : JSON.stringify(contact.carry);
  return { ...told, reason, carry, expires: from(expires, at), until: from(goal?.until, at), ended: because?.ended ?? null };
}

const goalIn = (goal: { readonly event?: string; readonly enter?: string; readonly answered?: boolean } | null | undefined): string | null => {
  if (goal === null || goal === undefined) return null;
  return goal.event === undefined ? `enter ${goal.enter}` : `event ${goal.event}${goal.answered === true ? " answered" : ""}`;
};

function readShown({ now, because }: PublishedEvent["data"]): Shown | null {
  if (now === undefined) return null;
  const { scores = {}, grids = {}, audiences = [], stage = null, segment = null } = now;
  return { scores, grids, audiences: [...audiences].sort(), stage, segment, points: because?.points ?? {} };
}

function outcomeDetail({ outcome, reached, variant, step, revenue, answered, goal }: PublishedEvent["data"], at: number): Record<string, unknown> {
  return { goal: goalIn(goal), outcome, reached, variant, step, revenue, answered, since: from(goal?.since, at), until: from(goal?.until, at) };
}

function readTransition({ pack, axis, grid, to, now }: PublishedEvent["data"]): string {
  if (axis === "grid") return transitionLabel(pack, `grid ${grid}`, to ?? "none", null);
  if (axis === "audience" || now?.in !== undefined) return transitionLabel(pack, "audience", to ?? now?.audience ?? null, now?.in ?? null);
  const where = axis ?? (now?.stage === undefined ? "segment" : "stage");
  return transitionLabel(pack, where, to ?? (where === "stage" ? now?.stage : now?.segment) ?? "none", null);
}

function byContact(effects: readonly Comparable[]): Map<string, Comparable[]> {
  const all = new Map<string, Comparable[]>();
  for (const effect of effects) {
    const known = all.get(effect.contact);
    if (known === undefined) all.set(effect.contact, [effect]);
    else known.push(effect);
  }
  return all;
}

function firstDifference(contact: string, expected: readonly Comparable[], actual: readonly Comparable[]): Difference[] {
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const what = differenceOf(expected[index], actual[index]);
    if (what === undefined) continue;
    const before = expected.slice(Math.max(0, index - BEFORE), index).map((one) => `        ${show(one)}`);
    return [{ contact, what: `effect ${index + 1}: ${what}`, story: [...before, `model:  ${show(expected[index])}`, `engine: ${show(actual[index])}`] }];
  }
  return [];
}

function differenceOf(expected: Comparable | undefined, actual: Comparable | undefined): string | undefined {
  if (expected === undefined) return "only the engine has it";
  if (actual === undefined) return "only the model has it";
  if (expected.label !== actual.label) return "not the same thing";
  if (Math.abs(expected.at - actual.at) > TOLERANCE_MS) return `${actual.at - expected.at} ms apart`;
  if (expected.sequence !== actual.sequence) return "numbers differ";
  if (!sameKey(expected.key, actual.key)) return "keys differ";
  if (expected.cause !== actual.cause) return "causes differ";
  const wrong = Object.keys(expected.detail).find((word) => !sameMoment(expected.detail[word], actual.detail[word]));
  if (wrong !== undefined) return `${wrong}: model ${JSON.stringify(expected.detail[wrong])}, engine ${JSON.stringify(actual.detail[wrong])}`;
  return shownDiffers(expected.shown, actual.shown);
}

const sameMoment = (expected: unknown, actual: unknown): boolean =>
  expected === actual || (typeof expected === "number" && typeof actual === "number" && Math.abs(expected - actual) <= TOLERANCE_MS && Math.abs(expected) > 50);

/** Keys are equal, or end in moments 1 ms apart. */
function sameKey(expected: string | null, actual: string | null): boolean {
  if (expected === actual) return true;
  const [one, other] = [/^(.*\/)(\d{12,})$/.exec(expected ?? ""), /^(.*\/)(\d{12,})$/.exec(actual ?? "")];
  return one !== null && other !== null && one[1] === other[1] && Math.abs(Number(one[2]) - Number(other[2])) <= TOLERANCE_MS;
}

function shownDiffers(expected: Shown | null, actual: Shown | null): string | undefined {
  if (actual === null || expected === null) return expected === actual ? undefined : "only one tells how the pack sees the contact";
  const places = ({ stage, segment, grids, audiences }: Shown): string => JSON.stringify([stage, segment, Object.entries(grids), audiences]);
  if (places(expected) !== places(actual)) return `places: model ${places(expected)}, engine ${places(actual)}`;
  const wrong = Object.keys({ ...expected.scores, ...actual.scores }).find((score) => !isShown(expected.scores[score], actual.scores[score]));
  if (wrong !== undefined) return `score ${wrong}: model ${expected.scores[wrong]}, engine ${actual.scores[wrong]}`;
  return pointsDiffer(expected, actual);
}

function pointsDiffer(expected: Shown, actual: Shown): string | undefined {
  for (const [score, rules] of Object.entries(expected.points)) {
    const found = actual.points[score] ?? {};
    const wrong = Object.keys({ ...rules, ...found }).find((rule) => !isShown(rules[rule] ?? 0, found[rule] ?? 0, 0.01));
    if (wrong !== undefined) return `points of ${score} by ${wrong}: model ${rules[wrong]}, engine ${found[wrong]}`;
  }
  return undefined;
}

/** Scores are published with two decimals; points too, rounded so that they add up to the score, which may take a whole hundredth. */
const isShown = (exact = Number.NaN, shown = Number.NaN, within = 0.005): boolean => Math.abs(exact - shown) <= within + 1e-9 * Math.max(1, Math.abs(exact));

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

const show = (effect: Comparable | undefined): string =>
  effect === undefined
    ? "nothing"
    : `${new Date(effect.at).toISOString()} ${effect.label} #${effect.sequence} ${effect.cause}${effect.key === null ? "" : ` ${effect.key}`} ${JSON.stringify(effect.shown?.scores ?? {})}`;

const name = (contact: { readonly kind: string; readonly id: string }): string => `${contact.kind} ${contact.id}`;

function stateDifferences(naive: NaiveContactView, published: PublishedContact | undefined): Difference[] {
  if (published === undefined) return [];
  const wrong: string[] = [];
  const check = (what: string, expected: unknown, actual: unknown): void => {
    if (!sameValue(expected, actual)) wrong.push(`${what}: model ${JSON.stringify(expected)}, engine ${JSON.stringify(actual)}`);
  };
  const checkShown = (what: string, expected: number, actual: number | undefined, within?: number): void => {
    if (!isShown(expected, actual, within)) wrong.push(`${what}: model ${expected}, engine ${actual}`);
  };
  check("firstSeen", naive.firstSeen, Date.parse(published.firstSeen));
  check("lastSeen", naive.lastSeen, Date.parse(published.lastSeen));
  check("as of", naive.asOf, momentOrNull(published.history?.asOf));
  check("alsoKnownAs", naive.contact.alsoKnownAs.join(), published.contact.alsoKnownAs.join());
  check("generation", naive.contact.generation, published.contact.generation);
  for (const [pack, view] of Object.entries(naive.packs)) {
    const actual = published.packs[pack];
    check(`${pack} stage`, view.stage?.name ?? null, actual?.stage?.name ?? null);
    if (view.stage !== null) check(`${pack} stage since`, view.stage.since, momentOrNull(actual?.stage?.since));
    check(`${pack} segment`, view.segment?.name ?? null, actual?.segment?.name ?? null);
    if (view.segment !== null) check(`${pack} segment since`, view.segment.since, momentOrNull(actual?.segment?.since));
    check(`${pack} audiences`, [...view.audiences].sort().join(), [...(actual?.audiences ?? [])].sort().join());
    for (const [grid, cell] of Object.entries(view.grids)) check(`${pack} grid ${grid}`, cell, actual?.grids?.[grid] ?? null);
    for (const [part, value] of Object.entries(view.rfm ?? {})) check(`${pack} rfm ${part}`, value ?? null, actual?.rfm?.[part] ?? null);
    for (const [part, value] of Object.entries(view.value ?? {})) check(`${pack} value ${part}`, value ?? null, actual?.value?.[part] ?? null);
    if (view.value === null) check(`${pack} value`, null, actual?.value ?? null);
    if (view.rfm === null) check(`${pack} rfm`, null, actual?.rfm ?? null);
    for (const [measure, value] of Object.entries(view.measures))
      check(`${pack} measure ${measure}`, value ?? null, measureIn(actual?.measures?.[measure], value));
    for (const [score, { value, points }] of Object.entries(view.scores)) {
      checkShown(`${pack} score ${score}`, value, actual?.scores?.[score]?.value);
      for (const [rule, part] of Object.entries(points))
        checkShown(`${pack} score ${score}, points of ${rule}`, part, actual?.scores?.[score]?.points?.[rule] ?? 0, 0.01);
    }
  }
  return wrong.length === 0 ? [] : [{ contact: name(naive.contact), what: wrong[0] ?? "", story: wrong.slice(1) }];
}

/** Moments may be 1 ms apart, averages are published with four decimals, other numbers differ in the ninth digit. */
function sameValue(expected: unknown, actual: unknown): boolean {
  if (Array.isArray(expected)) return JSON.stringify(expected) === JSON.stringify(actual);
  if (typeof expected !== "number" || typeof actual !== "number") return expected === actual;
  return (
    near(expected, actual) ||
    (!Number.isInteger(expected) && Math.abs(expected - actual) <= 0.000_05 + 1e-9) ||
    (expected > 1e11 && Math.abs(expected - actual) <= TOLERANCE_MS)
  );
}

const momentOrNull = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

/** The engine shows moments as ISO text, the model as numbers. */
const measureIn = (actual: unknown, expected: unknown): unknown =>
  typeof actual === "string" && typeof expected === "number" ? Date.parse(actual) : (actual ?? null);
