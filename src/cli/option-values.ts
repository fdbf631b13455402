// Values of options, from text to what is meant, or a line that says what would be right.

import { CONTACT_KINDS, type ContactKind } from "../model/ids.ts";
import { usage } from "./failure.ts";

/** What `--kind` says of an id; `user` where it is not given. */
export function readContactKind(given: unknown): ContactKind {
  const kind = CONTACT_KINDS.find((one) => one === (given ?? "user"));
  if (kind === undefined) throw usage(`--kind is "${String(given)}", it must be ${CONTACT_KINDS.join(" or ")}`);
  return kind;
}

/** undefined where the option was not given. */
export function readWholeNumber(option: string, given: unknown, range: { readonly from: number; readonly to?: number }): number | undefined {
  if (given === undefined) return undefined;
  const value = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (value >= range.from && value <= (range.to ?? Number.MAX_SAFE_INTEGER)) return value;
  throw usage(
    `${option} is "${String(given)}", it must be a whole number ${range.to === undefined ? `from ${range.from}` : `from ${range.from} to ${range.to}`}`,
  );
}

/** A moment in ms: ISO 8601 with a date at least (UTC where it names no zone), or ms since 1970. */
export function readMoment(option: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const text = String(given);
  const value = /^\d{11,}$/.test(text) ? Number(text) : isoMoment(text);
  if (Number.isSafeInteger(value)) return value;
  throw usage(`${option} is "${text}", it must be a time such as 2026-12-31T00:00:00Z, or ms since 1970`);
}

/** "30s", "5m", "2h", "1d", "500ms" -> ms. */
export function readDuration(option: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(given));
  const ms = parts === null ? 0 : Math.round(Number(parts[1]) * (UNITS[parts[2] as keyof typeof UNITS] ?? 0));
  if (ms >= 1) return ms;
  throw usage(`${option} is "${String(given)}", it must be a duration such as 30s, 5m or 2h`);
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function isoMoment(text: string): number {
  const parts = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (parts === null) return Number.NaN;
  return Date.parse(text.includes("T") && parts.groups?.zone === undefined ? `${text}Z` : text);
}
