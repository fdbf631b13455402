// The sentences in which the demo tells of an effect: what happened, and why. Short forms are for the live screen, long ones for
// the summary. Only words here; colours and widths are the screen's.

import { type Check, checksOf, pointsOf, type SeenEffect } from "./story-effect.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** `9 Mar 14:05`, in UTC. */
export function shortTime(timeMs: number): string {
  const at = new Date(timeMs);
  return `${String(at.getUTCDate()).padStart(2)} ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** `2026-03-09 14:05`, in UTC. */
export const fullTime = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 16).replace("T", " ");

/** `Mon 9 Mar 2026`, in UTC. */
export function longDate(timeMs: number): string {
  const at = new Date(timeMs);
  return `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** `visitor → lead`, `first seen: visitor`, `in keen`, `welcome → email: welcome-series`. */
export function whatHappened(effect: SeenEffect): string {
  if (effect.family !== "transition") {
    return `${effect.name} → ${effect.channel}: ${effect.message}${fate(effect)}`;
  }
  if (effect.axis === "audience") return effect.to === "none" ? `out of ${effect.from}` : `in ${effect.to}`;
  if (effect.axis === "grid") return effect.from === "" ? `graded ${effect.to}` : `graded ${effect.from} → ${effect.to}`;
  if (effect.from === "" && effect.axis === "stage") return `first seen: ${effect.to}`;
  return `${effect.from === "" ? "none" : effect.from} → ${effect.to}`;
}

/** What is published is not always sent: some is withheld, and some takes back the rest of a series. */
export function fate(effect: SeenEffect): string {
  if (effect.family === "withheld") return " (withheld)";
  return effect.cancels ? " (cancelled)" : "";
}

/** `pricing_view: engagement >= 60 (61.95), fit >= 55 (100)`; `time alone: engagement < 40 (27.31) for 7d`; `no open for 30d`. */
export function why(effect: SeenEffect): string {
  const held = checksOf(effect).map(checkText).join(", ");
  const by = effect.cause === "time" ? byTime(effect) : effect.event;
  if (held === "") return by;
  return `${by}: ${held}${by === TIME_ALONE ? lasting(effect) : ""}`;
}

const TIME_ALONE = "time alone";

/** What kind of waiting came to its end, where the effect says so. */
function byTime({ because }: SeenEffect): string {
  const { started, without, within, silent, after, for: lasted } = because;
  if (typeof started === "string") return `${started}, and no ${without} within ${within}`;
  if (typeof silent === "string") return `no ${silent} for ${lasted}`;
  if (typeof after === "string") return `${after} later`;
  return TIME_ALONE;
}

const lasting = ({ because }: SeenEffect): string => (typeof because.for === "string" ? ` for ${because.for}` : "");

/** For each score that a check of the effect reads: `engagement = 24 pricing_view + 20 webinar`, the largest first. */
export function whereFrom(effect: SeenEffect): string[] {
  const checks = checksOf(effect);
  return Object.entries(pointsOf(effect))
    .filter(([score]) => checks.some((check) => check.if.includes(score)))
    .map(([score, rules]) => `${score} = ${sumText(rules)}`)
    .filter((line) => !line.endsWith("= "));
}

/** `1,234`. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");

/** At most two decimals, none that are zero. */
export const brief = (value: number): string => String(Math.round(value * 100) / 100);

const two = (value: number): string => String(value).padStart(2, "0");

function checkText(check: Check): string {
  if (check.value === true || check.value === null) return check.if;
  return `${check.if} (${typeof check.value === "number" ? brief(check.value) : check.value})`;
}

function sumText(rules: Readonly<Record<string, number>>): string {
  const parts = Object.entries(rules).filter(([, points]) => Math.abs(points) >= 0.005);
  return parts
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([rule, points], i) => (i === 0 ? `${brief(points)} ${rule}` : `${points < 0 ? "−" : "+"} ${brief(Math.abs(points))} ${rule}`))
    .join(" ");
}
