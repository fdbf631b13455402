// Event time: when the contact did it, by docs/packs.md ("Time"), and the reader of times.
//
// Date.parse takes what each engine likes and reads some forms as local time. This reader takes one language, ISO 8601 as
// RFC 3339 narrows it, and gives the same on every machine. What it cannot read is NaN, never a guess.

import { HEAD, isGiven, type Spans } from "./event-head.ts";
import { numberAt, textAt } from "./json-value.ts";

/** Nothing that a clickstream reports is older: 1990-01-01. */
export const EARLIEST_EVENT_MS = 631_152_000_000;
const LATEST_DATE_MS = 8.64e15;
const LONGEST_TEXT = 64;
const DAY_MS = 86_400_000;

/** Event time in ms before any clamping; NaN where a time that counts is given and cannot be read. */
export function eventTime(bytes: Uint8Array, spans: Spans, storedMs: number): number {
  const original = isGiven(bytes, spans, HEAD.originalTimestamp);
  if (original && isGiven(bytes, spans, HEAD.sentAt)) {
    const received = isGiven(bytes, spans, HEAD.receivedAt) ? timeField(bytes, spans, HEAD.receivedAt) : storedMs;
    return received - (timeField(bytes, spans, HEAD.sentAt) - timeField(bytes, spans, HEAD.originalTimestamp));
  }
  if (isGiven(bytes, spans, HEAD.timestamp)) return timeField(bytes, spans, HEAD.timestamp);
  if (original) return timeField(bytes, spans, HEAD.originalTimestamp);
  return isGiven(bytes, spans, HEAD.receivedAt) ? timeField(bytes, spans, HEAD.receivedAt) : storedMs;
}

/** Whether an event may have this time: readable, not before 1990, not too far past the moment it was stored. */
export const isPossibleTime = (timeMs: number, storedMs: number, maxFutureMs: number): boolean =>
  timeMs >= EARLIEST_EVENT_MS && timeMs <= storedMs + maxFutureMs;

/**
 * `YYYY-MM-DD`, or that with `T` (`t`, a space) and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff…`, then `Z`, `±hh:mm`, `±hhmm`, `±hh` or
 * nothing, which is UTC. Years 0000 to 9999; parts of a millisecond are cut off. Milliseconds since 1970, or NaN.
 */
export function parseTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 10 || bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return Number.NaN;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const day = daysSince1970(year, twoDigits(bytes, start + 5), twoDigits(bytes, start + 8));
  if (end === start + 10) return day * DAY_MS;
  const mark = bytes[start + 10] as number;
  if (mark !== 0x54 && mark !== 0x74 && mark !== 0x20) return Number.NaN;
  return day * DAY_MS + timeOfDay(bytes, start + 11, end);
}

/** As parseTime, for a string. */
export function parseTimeText(text: string): number {
  if (text.length > LONGEST_TEXT) return Number.NaN;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return Number.NaN;
    scratch[index] = code;
  }
  return parseTime(scratch, 0, text.length);
}

/** A time given as a number: whole milliseconds, within what a Date can hold; else NaN. */
export const timeOfNumber = (value: number): number => (value >= -LATEST_DATE_MS && value <= LATEST_DATE_MS ? Math.floor(value) : Number.NaN);

function timeField(bytes: Uint8Array, spans: Spans, field: number): number {
  const start = spans.starts[field] as number;
  const end = spans.ends[field] as number;
  const first = bytes[start] as number;
  if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return timeOfNumber(numberAt(bytes, start, end));
  if (first !== 0x22) return Number.NaN;
  const time = parseTime(bytes, start + 1, end - 1);
  // Written with escapes it is still the same text.
  return Number.isNaN(time) ? parseTimeText(textAt(bytes, start, end)) : time;
}

function timeOfDay(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 5 || bytes[at + 2] !== 0x3a) return Number.NaN;
  const hour = twoDigits(bytes, at);
  const minute = twoDigits(bytes, at + 3);
  let second = 0;
  let millisecond = 0;
  at += 5;
  if (at < end && bytes[at] === 0x3a) {
    if (end - at < 3) return Number.NaN;
    second = twoDigits(bytes, at + 1);
    at += 3;
    if (at < end && bytes[at] === 0x2e) {
      const fraction = at + 1;
      at = endOfDigits(bytes, fraction, end);
      if (at === fraction) return Number.NaN;
      millisecond = milliseconds(bytes, fraction, at);
    }
  }
  if (!(hour < 24 && minute < 60 && second < 60)) return Number.NaN;
  return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond - offsetMs(bytes, at, end);
}

function endOfDigits(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && ((bytes[at] as number) - 0x30) >>> 0 < 10) at++;
  return at;
}

function milliseconds(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = 0; index < 3; index++) value = value * 10 + (start + index < end ? (bytes[start + index] as number) - 0x30 : 0);
  return value;
}

function offsetMs(bytes: Uint8Array, at: number, end: number): number {
  if (at === end) return 0;
  const sign = bytes[at] as number;
  if (sign === 0x5a || sign === 0x7a) return at + 1 === end ? 0 : Number.NaN;
  const length = end - at;
  if ((sign !== 0x2b && sign !== 0x2d) || (length !== 3 && length !== 5 && length !== 6)) return Number.NaN;
  if (length === 6 && bytes[at + 3] !== 0x3a) return Number.NaN;
  const hours = twoDigits(bytes, at + 1);
  const minutes = length === 3 ? 0 : twoDigits(bytes, end - 2);
  if (!(hours < 24 && minutes < 60)) return Number.NaN;
  const offset = (hours * 60 + minutes) * 60_000;
  return sign === 0x2d ? -offset : offset;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] as number) - 0x30;
  const ones = (bytes[at + 1] as number) - 0x30;
  return tens >>> 0 < 10 && ones >>> 0 < 10 ? tens * 10 + ones : Number.NaN;
}

/** Days from 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"); NaN for no date. */
function daysSince1970(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const scratch = new Uint8Array(LONGEST_TEXT);
