// The words of `explain`: a contact's view with its reasons, as lines for a person. Nothing is computed here.

import type { PackWhy, Why } from "../engine/why/why.ts";
import { consentInWords, linesOfPolicy, type PolicyView, withheldInWords } from "./explain-policy.ts";
import { type Looked, shortTime } from "./published.ts";
import { counted } from "./terminal.ts";

/** One transition, trigger, withheld trigger or outcome of the contact. */
export interface Happened {
  readonly family: string;
  readonly time: string;
  readonly pack: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What was found of the contact, looking back over what was published. */
export interface Past extends Looked {
  /** The newest at the end. */
  readonly happened: readonly Happened[];
}

/** A contact as the engine shows it (DESIGN 9), with its reasons. */
export interface Explained {
  readonly contact: { readonly id: string; readonly kind: string };
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly packs: Readonly<Record<string, PackView>>;
  /** Where it still is in history: until when it has come. */
  readonly history?: { readonly asOf: string };
  /** Where there is a policy. */
  readonly policy?: PolicyView;
  readonly why: Why;
}

interface PackView {
  readonly version: number;
  readonly stage?: { readonly name: string | null; readonly since: string | null; readonly previous: string | null; readonly sequence?: number };
  readonly segment?: { readonly name: string; readonly since: string | null } | null;
  readonly scores?: Readonly<Record<string, { readonly value: number; readonly points: Readonly<Record<string, number>> }>>;
  readonly bands?: Readonly<Record<string, string | null>>;
  readonly audiences?: readonly string[];
  readonly measures?: Readonly<Record<string, unknown>>;
}

export function linesOfExplained(of: Explained, past: Past | null): readonly string[] {
  const packs = Object.entries(of.packs).flatMap(([name, view]) => ["", ...linesOfPack(name, view, of.why.packs[name], past)]);
  return [
    `${of.contact.id} (${of.contact.kind}), first seen ${shortTime(of.firstSeen ?? undefined)}, last ${shortTime(of.lastSeen ?? undefined)}; as of ${shortTime(of.why.asOf)}`,
    ...(of.history === undefined ? [] : ["in history: it passes through its past, and nothing of that is told (docs/packs.md, history)"]),
    ...(of.why.merged ?? []).map(({ id, kind, at }) => `also known as ${id} (${kind}), merged ${shortTime(at)}`),
    ...(of.policy === undefined ? [] : ["", ...linesOfPolicy(of.policy)]),
    ...packs,
    ...(past === null ? [] : ["", ...linesOfPast(past)]),
  ];
}

function linesOfPack(name: string, view: PackView, why: PackWhy | undefined, past: Past | null): string[] {
  const { stage, segment } = view;
  return [
    `${name} version ${view.version}`,
    ...(stage === undefined
      ? []
      : [
          `  stage ${stage.name ?? "none"} since ${shortTime(stage.since ?? undefined)}${stage.previous === null ? "" : `, before that ${stage.previous}`}`,
          ...whyHere(name, stage, past),
        ]),
    ...(segment === undefined ? [] : [segment === null ? "  in no segment" : `  segment ${segment.name} since ${shortTime(segment.since ?? undefined)}`]),
    ...Object.entries(view.scores ?? {}).map(([score, { value, points }]) => `  ${score} ${value}${sumOf(points)}`),
    ...listed(
      "bands",
      Object.entries(view.bands ?? {}).map(([band, value]) => `${band} ${value ?? "missing"}`),
    ),
    ...listed("audiences", view.audiences ?? []),
    ...listed(
      "measures",
      Object.entries(view.measures ?? {}).map(([measure, value]) => `${measure} ${typeof value === "string" ? value : JSON.stringify(value)}`),
    ),
    ...block(
      "why not",
      [...(why?.moves ?? []), ...(why?.segments ?? []), ...(why?.audiences ?? []), ...(why?.numbers ?? [])].map(({ text }) => text),
    ),
    ...block(
      "ahead, if nothing happens",
      (why?.ahead ?? []).map(({ text }) => text),
    ),
  ];
}

/** The step that brought the contact here, where it was found among what was published. */
function whyHere(pack: string, { name, sequence }: NonNullable<PackView["stage"]>, past: Past | null): string[] {
  const step = past?.happened.findLast(
    ({ family, pack: of, data }) => family === "transitions" && of === pack && data["axis"] === "stage" && data["to"] === name && data["sequence"] === sequence,
  );
  return step === undefined ? [] : [`    because ${becauseOf(step.data)}`];
}

const sumOf = (points: Readonly<Record<string, number>>): string => {
  const parts = Object.entries(points).map(([rule, value]) => `${rule} ${value}`);
  return parts.length === 0 ? "" : ` = ${parts.join(" + ")}`;
};
const listed = (what: string, items: readonly string[]): string[] => (items.length === 0 ? [] : [`  ${what}: ${items.join(", ")}`]);
const block = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)]);

function linesOfPast({ messages, more, since, happened }: Past): string[] {
  const far = `looked through ${counted(messages, "published message")}${since === null ? "" : ` back to ${shortTime(since)}`}${more ? "; older ones were not looked at (--look)" : ""}`;
  return [
    `what happened (${far})`,
    ...(happened.length === 0 ? ["  nothing"] : happened.map((one) => `  ${shortTime(one.time)}  ${one.pack}  ${wordsOf(one)}`)),
  ];
}

function wordsOf({ family, data }: Happened): string {
  const because = becauseOf(data);
  const why = because === "" ? "" : `: ${because}`;
  switch (family) {
    case "transitions":
      return `${moveInWords(data)}${why}`;
    case "triggers":
      return `${field(data["action"], "cancel") === "true" ? "taken back: " : ""}${messageInWords(data)}${why}`;
    case "withheld":
      return `withheld: ${messageInWords(data)}: ${withheldInWords(String(data["reason"]), data["policy"])}`;
    default:
      return `outcome of ${data["trigger"]}: ${String(data["outcome"] ?? "")}${data["answered"] === true ? ", answered" : ""}`;
  }
}

function moveInWords(data: Happened["data"]): string {
  const { axis, from, to } = data;
  if (axis === "audience") return `${isIn(data) ? "into" : "out of"} audience ${to}`;
  return axis === "consent" ? consentInWords(data) : `${axis} ${from ?? "none"} > ${to}`;
}

/** `trigger welcome by email`; of a series its later steps by number. */
function messageInWords({ trigger, action }: Happened["data"]): string {
  const step = field(action, "step");
  return `trigger ${trigger}${step === "" || step === "1" ? "" : `, step ${step},`} by ${field(action, "channel")}`;
}

const isIn = (data: Happened["data"]): boolean => field(data["now"], "in") === "true";

/** `event form (m-1)`, `lead to mql: engagement >= 60 (61.95), fit >= 55 (100)`. */
function becauseOf(data: Happened["data"]): string {
  const because = data["because"];
  if (field(because, "move") === "birth") return "birth";
  const checks = (record(because)["checks"] as readonly { if: string; value: unknown }[] | undefined) ?? [];
  const parts = [field(because, "move"), causeInWords(because), ...checks.map(({ if: asked, value }) => `${asked} (${JSON.stringify(value)})`)];
  return parts.filter((part) => part !== "").join(", ");
}

/** `event form`, `3d after event form`, `14d without visit`, `cart and no order within 1h`, `merge with anonymous a-7`; else the cause as it stands. */
function causeInWords(because: unknown): string {
  const of = (key: string): string => field(because, key);
  if (of("event") !== "") return `${of("after") === "" ? "" : `${of("after")} after `}event ${of("event")}`;
  if (of("silent") !== "") return `${of("for")} without ${of("silent")}`;
  if (of("started") !== "") return `${of("started")} and no ${of("without")} within ${of("within")}`;
  const merged = record(because)["merged"];
  return merged === undefined ? of("cause") : `merge with ${field(merged, "kind")} ${field(merged, "id")}`;
}

const record = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const field = (value: unknown, key: string): string => {
  const found = record(value)[key];
  return found === undefined || found === null ? "" : String(found);
};
