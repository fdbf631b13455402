// One message of the output stream, read as far as the demo tells of it. The frame is DESIGN's (CloudEvents); the
// subject says which family it is. What other families there are is not the demo's business.

import type { ContactKey } from "../model/ids.ts";

export interface SeenEffect {
  readonly family: "transition" | "trigger" | "withheld";
  readonly pack: string;
  /** Of a transition: stage, segment, audience or grid; of the others "". */
  readonly axis: string;
  /** Of a transition, the places; `from` is "" at birth. An audience that was left is `to` "none". */
  readonly from: string;
  readonly to: string;
  /** Of a trigger, its name, channel and message. */
  readonly name: string;
  readonly channel: string;
  readonly message: string;
  /** Of a trigger: it takes back the rest of a series and sends nothing. */
  readonly cancels: boolean;
  readonly contact: ContactKey;
  readonly timeMs: number;
  readonly cause: "event" | "time";
  /** The pack's name of the event; "first event" at birth, which has none, and "" where time was the cause. */
  readonly event: string;
  /** As it came. Most effects are counted and never told of, so it is read only when words are asked for: checksOf, pointsOf. */
  readonly because: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;

export interface Check {
  readonly if: string;
  readonly value: string | number | boolean | null;
}

/** undefined for a subject that is neither a transition, a trigger nor withheld; "unreadable" for a body that breaks the contract. */
export function readEffect(subject: string, body: Uint8Array): SeenEffect | "unreadable" | undefined {
  const [, family, second = "", third = "", fourth = ""] = subject.split(".");
  if (family !== "transitions" && family !== "triggers" && family !== "withheld") return undefined;
  const event = parse(body);
  const data = record(event?.data);
  const contact = record(data?.contact);
  const because = record(data?.because);
  const timeMs = Date.parse(text(event?.time));
  const id = text(contact?.id);
  if (data === undefined || id === "" || Number.isNaN(timeMs)) return "unreadable";
  const action = record(data.action);
  const shared = {
    contact: { kind: contact?.kind === "anonymous" ? "anonymous" : "user", id },
    timeMs,
    cause: because?.cause === "time" ? "time" : "event",
    event: because?.cause === "time" ? "" : text(because?.event) || "first event",
    because: because ?? {},
    channel: text(action?.channel),
    message: text(action?.message),
    cancels: action?.cancel === true,
  } as const;
  if (family !== "transitions")
    return { ...shared, family: family === "triggers" ? "trigger" : "withheld", pack: third, axis: "", from: "", to: "", name: text(data.trigger) || fourth };
  return { ...shared, family: "transition", pack: second, axis: third, name: "", ...placesOf(third, fourth, record(data.was), record(data.now)) };
}

/** The conditions that held, each with its value. */
export function checksOf({ because }: SeenEffect): Check[] {
  if (!Array.isArray(because.checks)) return [];
  return because.checks.flatMap((item: unknown) => {
    const check = record(item);
    return check !== undefined && typeof check.if === "string" ? [{ if: check.if, value: scalar(check.value) }] : [];
  });
}

/** score -> rule -> points. */
export function pointsOf({ because }: SeenEffect): Record<string, Record<string, number>> {
  const scores: Record<string, Record<string, number>> = {};
  for (const [score, rules] of Object.entries(record(because.points) ?? {})) {
    const numbers = Object.entries(record(rules) ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === "number");
    scores[score] = Object.fromEntries(numbers);
  }
  return scores;
}

function placesOf(axis: string, to: string, was: Fields | undefined, now: Fields | undefined): { from: string; to: string } {
  if (axis === "grid") return { from: text(was?.cell), to };
  if (axis !== "audience") return { from: text(was?.[axis]), to };
  return now?.in === false ? { from: to, to: "none" } : { from: "none", to };
}

const decoder = new TextDecoder();

function parse(body: Uint8Array): Fields | undefined {
  try {
    return record(JSON.parse(decoder.decode(body)));
  } catch {
    return undefined;
  }
}

const record = (value: unknown): Fields | undefined => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function scalar(value: unknown): Check["value"] {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
