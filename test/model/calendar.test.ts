// The calendar against Intl, which it asks only once for each zone: twenty zones, all their changes and many moments between, and
// the days that make calendars hard.

import { describe, expect, test } from "vitest";
import { dateOfDay, dayOfDate, monthOfDay, type Zone, zoneOf } from "../../src/model/calendar.ts";

const DAY = 86_400_000;
const ZONES = [
  ...["UTC", "Europe/Berlin", "Europe/Lisbon", "Europe/Dublin", "Africa/Casablanca", "Africa/Cairo", "Africa/Monrovia", "America/New_York"],
  ...["America/Sao_Paulo", "America/St_Johns", "America/Santiago", "America/Havana", "America/Boa_Vista", "Asia/Kolkata", "Asia/Kathmandu"],
  ...["Asia/Tehran", "Asia/Gaza", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Chatham", "Antarctica/Troll"],
];

const zone = (name: string): Zone => zoneOf(name) as Zone;
const at = (text: string): number => Date.parse(text);
const day = (text: string): number => at(`${text}T00:00:00Z`) / DAY;
const shown = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

/** What Intl's local clock shows, as if it were UTC. */
function wall(name: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: name, dateStyle: "short", timeStyle: "medium" });
  return (ms) => Date.parse(`${format.format(ms).replace(" ", "T")}Z`) + (((ms % 1000) + 1000) % 1000);
}

/** A small generator, so that every run asks the same. */
function moments(count: number, seed: number): number[] {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  return Array.from({ length: count }, () => Math.floor(next() * at("2099-12-01T00:00:00Z")));
}

describe.each(ZONES)("%s", (name) => {
  test("shows the day and minute that Intl shows, and stands still where Intl goes back", () => {
    const clock = wall(name);
    const it = zone(name);
    for (const ms of moments(2_000, name.length * 7_919)) {
      const local = clock(ms);
      const ours = it.dayOf(ms) * 1440 + it.minuteOfDay(ms);
      const theirs = Math.floor(local / 60_000);
      if (ours === theirs) continue;
      // Ahead of Intl only in what the zone shows for the second time, at most a day.
      expect(ours).toBeGreaterThan(theirs);
      const before = Array.from({ length: 24 * 60 }, (_, i) => Math.floor(clock(ms - (i + 1) * 60_000) / 60_000));
      expect(Math.max(...before)).toBeGreaterThanOrEqual(ours);
    }
  });

  test("a moment asked for is the first that shows it", () => {
    const it = zone(name);
    for (const [index, ms] of moments(500, name.length * 104_729).entries()) {
      const wantedDay = it.dayOf(ms);
      const minute = (index * 37) % 1440;
      const instant = it.instantOf(wantedDay, minute);
      const local = (moment: number) => it.dayOf(moment) * 1440 + it.minuteOfDay(moment);
      expect(local(instant)).toBeGreaterThanOrEqual(wantedDay * 1440 + minute);
      expect(local(instant - 1)).toBeLessThan(wantedDay * 1440 + minute);
    }
  });

  test("is the same on both sides of where its tables meet", () => {
    const clock = wall(name);
    const it = zone(name);
    for (let years = 8; years < 130; years += 8) {
      const seam = (years / 8) * 2_922 * DAY;
      for (let ms = seam - 2 * DAY; ms < seam + 2 * DAY; ms += 17_340_000) {
        const quarters = Array.from({ length: 12 }, (_, i) => clock(Math.floor(ms / 900_000 - i) * 900_000 - 1));
        const ours = (at: number) => it.dayOf(at) * 1440 + it.minuteOfDay(at);
        expect(ours(ms)).toBe(Math.floor(Math.max(clock(ms), ...quarters) / 60_000));
        const instant = it.instantOf(it.dayOf(ms), it.minuteOfDay(ms));
        expect([ours(instant), ours(instant - 1) < ours(ms), instant <= ms]).toEqual([ours(ms), true, true]);
      }
    }
  });

  test("days, weeks and months are intervals that follow each other", () => {
    const it = zone(name);
    for (const ms of moments(300, name.length * 1_299_709)) {
      expect(it.startOfDay(it.dayOf(ms))).toBeLessThanOrEqual(ms);
      expect(it.startOfDay(it.dayOf(ms) + 1)).toBeGreaterThan(ms);
      expect(it.startOfWeek(it.weekOf(ms))).toBeLessThanOrEqual(ms);
      expect(it.startOfWeek(it.weekOf(ms) + 1)).toBeGreaterThan(ms);
      expect(it.startOfMonth(it.monthOf(ms))).toBeLessThanOrEqual(ms);
      expect(it.startOfMonth(it.monthOf(ms) + 1)).toBeGreaterThan(ms);
    }
  });

  test("around every change from 1970 to 2040 it shows the largest that Intl has shown", () => {
    const clock = wall(name);
    const it = zone(name);
    for (let ms = DAY; ms < at("2040-01-01T00:00:00Z"); ms += 2 * DAY) {
      if (clock(ms) - ms === clock(ms - 2 * DAY) - ms + 2 * DAY) continue;
      let largest = 0;
      for (let moment = ms - 2 * DAY; moment <= ms; moment += 900_000) {
        largest = Math.max(largest, Math.floor(clock(moment) / 60_000), Math.floor(clock(moment - 1) / 60_000));
        expect(it.dayOf(moment) * 1440 + it.minuteOfDay(moment)).toBe(largest);
      }
    }
  });
});

describe("days that make calendars hard", () => {
  test.each([
    ["a spring night has no 02:30", "Europe/Berlin", "2026-03-29", 150, "2026-03-29T01:00:00Z"],
    ["an autumn night has it twice, and the first counts", "Europe/Berlin", "2026-10-25", 150, "2026-10-25T00:30:00Z"],
    ["half an hour of summer", "Australia/Lord_Howe", "2026-10-04", 130, "2026-10-03T15:30:00Z"],
    ["midnight that does not exist", "America/Sao_Paulo", "2018-11-04", 0, "2018-11-04T03:00:00Z"],
    ["a day that does not exist", "Pacific/Apia", "2011-12-30", 600, "2011-12-30T10:00:00Z"],
    ["the month of Ramadan has winter time", "Africa/Casablanca", "2026-03-01", 480, "2026-03-01T08:00:00Z"],
    ["and its end is a spring night", "Africa/Casablanca", "2026-03-22", 150, "2026-03-22T02:00:00Z"],
  ])("%s", (_, name, date, minute, expected) => {
    expect(shown(zone(name).instantOf(day(date), minute))).toBe(expected);
  });

  test("a day of Berlin has 23, 24 or 25 hours", () => {
    const hours = (date: string) => (zone("Europe/Berlin").startOfDay(day(date) + 1) - zone("Europe/Berlin").startOfDay(day(date))) / 3_600_000;
    expect(["2026-03-29", "2026-06-01", "2026-10-25"].map(hours)).toEqual([23, 24, 25]);
  });

  test("Newfoundland went back from 00:01 to the day before, but its days do not", () => {
    const it = zone("America/St_Johns");
    const midnight = it.startOfDay(day("2008-11-02"));
    expect(shown(midnight)).toBe("2008-11-02T02:30:00Z");
    expect([0, 1, 30, 61].map((minutes) => it.dayOf(midnight + minutes * 60_000))).toEqual(Array(4).fill(day("2008-11-02")));
  });

  test("Apia never has the day that it left out", () => {
    const it = zone("Pacific/Apia");
    expect(it.dayOf(at("2011-12-30T09:59:59.999Z"))).toBe(day("2011-12-29"));
    expect(it.dayOf(at("2011-12-30T10:00:00Z"))).toBe(day("2011-12-31"));
    expect(it.startOfDay(day("2011-12-30"))).toBe(it.startOfDay(day("2011-12-31")));
  });

  test("before 1970 and after 2100 the nearest offset counts", () => {
    expect(zone("Europe/Berlin").startOfDay(day("1950-07-01"))).toBe(at("1950-06-30T23:00:00Z"));
    expect(zone("Europe/Berlin").startOfDay(day("2150-07-01"))).toBe(at("2150-06-30T23:00:00Z"));
  });
});

test("a zone that Intl does not know is none, whatever was sent", () => {
  for (const name of ["", "Berlin", "Europe/Berln", "+01:00", "GMT+25", "null", "Europe/Berlin ", "x".repeat(10_000)]) expect(zoneOf(name)).toBeNull();
  for (let i = 0; i < 5_000; i++) zoneOf(`Nowhere/Place_${i}`);
  expect(zoneOf("europe/berlin")).toBe(zoneOf("Europe/Berlin"));
  expect(zoneOf("UTC")?.dayOf(at("2026-11-22T23:59:59.999Z"))).toBe(day("2026-11-22"));
});

test("dates and day numbers are each other's inverse, over leap years and centuries", () => {
  for (let number = day("1899-01-01"); number < day("2110-01-01"); number += 13) {
    const { year, month, day: ofMonth } = dateOfDay(number);
    const date = new Date(number * DAY);
    expect([year, month, ofMonth]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
    expect(dayOfDate(year, month, ofMonth)).toBe(number);
    expect(monthOfDay(number)).toBe((year - 1970) * 12 + month - 1);
  }
  expect(dayOfDate(2026, 2, 30)).toBe(day("2026-03-02"));
});
