// Durations (`45s 90m 12h 30d 2w`) and windows. A window is a whole number of buckets of one size, and which size follows
// from its length alone (docs/packs.md, "measures"), so that two packs that say the same mean the same.

import type { Window } from "./definition.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY } as const;

/** Ten years: longer than any log, and far inside the whole milliseconds that a double can hold. */
const MAX_DURATION = 3_650 * DAY;
const MAX_WINDOW = 400 * DAY;

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string; readonly hint: string | null };

/** Milliseconds, above 0. */
export function parseDuration(text: string): Parsed<number> {
  const match = /^(\d{1,9})([smhdw])$/.exec(text);
  if (match === null) return { ok: false, message: `\`${text}\` is not a duration`, hint: durationHint(text) };
  const ms = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  if (ms === 0) return { ok: false, message: `\`${text}\` is no time at all: a duration is above 0`, hint: "leave it out where nothing has to pass" };
  if (ms > MAX_DURATION) return { ok: false, message: `\`${text}\` is longer than ten years`, hint: `the longest duration is ${formatDuration(MAX_DURATION)}` };
  return { ok: true, value: ms };
}

export function parseWindow(text: string): Parsed<Window> {
  const duration = parseDuration(text);
  return duration.ok ? windowOf(duration.value, text) : duration;
}

/** A window of whole calendar days, whatever its length. */
export function parseDayWindow(text: string): Parsed<Window> {
  const duration = parseDuration(text);
  if (!duration.ok) return duration;
  if (duration.value > MAX_WINDOW) return windowOf(duration.value, text);
  if (duration.value % DAY === 0) return { ok: true, value: { bucketMs: DAY, buckets: duration.value / DAY } };
  return { ok: false, message: `a window of ${text} is not a whole number of days`, hint: `write ${Math.ceil(duration.value / DAY)}d` };
}

/** The largest unit that divides it: 5400000 is `90m`. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of [
    ["d", DAY],
    ["h", HOUR],
    ["m", MINUTE],
  ] as const)
    if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms / SECOND}s`;
}

function windowOf(ms: number, text: string): Parsed<Window> {
  if (ms > MAX_WINDOW) return { ok: false, message: `a window of ${text} is longer than 400d`, hint: "leave `window` out for all time" };
  const bucketMs = ms <= HOUR ? MINUTE : ms <= 2 * DAY ? HOUR : DAY;
  if (ms % bucketMs === 0) return { ok: true, value: { bucketMs, buckets: ms / bucketMs } };
  const below = Math.floor(ms / bucketMs) * bucketMs;
  const cures = [below, below + bucketMs].filter((cure) => cure > 0 && windowOf(cure, "").ok).map(formatDuration);
  return { ok: false, message: `a window of ${text} is not a whole number of its buckets of ${formatDuration(bucketMs)}`, hint: `write ${cures.join(" or ")}` };
}

/** The usual slips: a space, a word for the unit, a month, a fraction, no unit at all. */
function durationHint(text: string): string {
  const word = /^(\d+)\s*(s|sec|secs|second|m|min|mins|minute|h|hr|hour|d|day|w|week)s?$/i.exec(text);
  if (word !== null) return `write ${word[1]}${word[2]?.[0]?.toLowerCase()}`;
  const months = /^(\d+)\s*(mo|month|y|yr|year)s?$/i.exec(text);
  if (months !== null) return `months and years differ in length: write ${Number(months[1]) * (/^m/i.test(months[2] ?? "") ? 30 : 365)}d`;
  if (/^\d+$/.test(text)) return `write ${text}d, ${text}h or ${text}m`;
  return "a whole number and one of s, m, h, d, w, such as 90m, 12h, 30d or 2w";
}
