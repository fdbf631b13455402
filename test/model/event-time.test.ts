import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HEAD_PATHS } from "../../src/model/event-head.ts";
import { EARLIEST_EVENT_MS, eventTime, isPossibleTime, parseTimeText } from "../../src/model/event-time.ts";
import { PathScanner } from "../../src/model/json-paths.ts";

const STORED_MS = Date.UTC(2026, 10, 20, 12);
const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`);

function timeOf(message: object | string): number {
  const bytes = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
  const scanner = new PathScanner(HEAD_PATHS);
  scanner.scan(bytes, 0, bytes.length);
  return eventTime(bytes, scanner, STORED_MS);
}

describe("a time as text", () => {
  it("is read as Date does, for every moment and offset", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0000-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
        fc.integer({ min: -1439, max: 1439 }),
        (date, offset) => {
          expect(parseTimeText(date.toISOString())).toBe(date.getTime());
          const shifted = new Date(date.getTime() + offset * 60_000);
          const two = (value: number) => String(Math.abs(value)).padStart(2, "0");
          if (shifted.getUTCFullYear() < 0 || shifted.getUTCFullYear() > 9999) return;
          const zone = `${offset < 0 ? "-" : "+"}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
          expect(parseTimeText(shifted.toISOString().replace("Z", zone))).toBe(date.getTime());
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["2026-11-20", "2026-11-20T00:00:00.000Z"],
    ["2026-11-20T08:59", "2026-11-20T08:59:00.000Z"],
    ["2026-11-20 08:59:58", "2026-11-20T08:59:58.000Z"],
    ["2026-11-20t08:59:58z", "2026-11-20T08:59:58.000Z"],
    ["2026-11-20T08:59:58.1Z", "2026-11-20T08:59:58.100Z"],
    ["2026-11-20T08:59:58.123999999Z", "2026-11-20T08:59:58.123Z"],
    ["2026-11-20T08:59:58+0530", "2026-11-20T03:29:58.000Z"],
    ["2026-11-20T08:59:58-08", "2026-11-20T16:59:58.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2000-02-29T00:00Z", "2000-02-29T00:00:00.000Z"],
  ])("%s is %s", (text, expected) => expect(new Date(parseTimeText(text)).toISOString()).toBe(expected));

  it.each([
    "",
    "yesterday",
    "2026",
    "2026-11",
    "20261120",
    "2026-1-2",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-02-29",
    "1900-02-29",
    "2026-11-20T",
    "2026-11-20T8:00Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T08:60Z",
    "2026-11-20T08:59:60Z",
    "2026-11-20T08:59:58.Z",
    "2026-11-20T08:59:58,5Z",
    "2026-11-20T08:59:58ZZ",
    "2026-11-20T08:59:58+5",
    "2026-11-20T08:59:58+05:3",
    "2026-11-20T08:59:58+24:00",
    "2026-11-20T08:59:58 Z",
    " 2026-11-20",
    "2026-11-20Z",
    "+002026-11-20",
    "Fri, 20 Nov 2026 08:59:58 GMT",
    "1700000000000",
    "２０２６-11-20",
  ])("%j is none", (text) => expect(parseTimeText(text)).toBeNaN());
});

describe("event time", () => {
  it("is corrected by the sender's clock where both of its times are given", () => {
    expect(
      timeOf({
        originalTimestamp: "2026-11-20T10:00:00Z",
        sentAt: "2026-11-20T10:00:05Z",
        receivedAt: "2026-11-20T11:00:00Z",
        timestamp: "2026-11-20T01:00:00Z",
      }),
    ).toBe(at("10:59:55"));
    expect(timeOf({ originalTimestamp: "2026-11-20T10:00:00Z", sentAt: "2026-11-20T10:00:05Z" })).toBe(at("11:59:55"));
  });

  it("else is the first that is given of timestamp, originalTimestamp, receivedAt and the stored time", () => {
    expect(timeOf({ timestamp: "2026-11-20T09:00:00Z", originalTimestamp: "2026-11-20T10:00:00Z", receivedAt: "2026-11-20T11:00:00Z" })).toBe(at("09:00:00"));
    expect(timeOf({ originalTimestamp: "2026-11-20T10:00:00Z", receivedAt: "2026-11-20T11:00:00Z" })).toBe(at("10:00:00"));
    expect(timeOf({ sentAt: "2026-11-20T10:00:00Z", receivedAt: "2026-11-20T11:00:00Z" })).toBe(at("11:00:00"));
    expect(timeOf({ sentAt: "2026-11-20T10:00:00Z", timestamp: null })).toBe(STORED_MS);
  });

  it("may be a number of milliseconds, and text with escapes", () => {
    expect(timeOf({ timestamp: 1_700_000_000_123.9 })).toBe(1_700_000_000_123);
    expect(timeOf('{"timestamp":"2026\\u002d11-20T09:00:00Z"}')).toBe(at("09:00:00"));
  });

  it("is none where a time that counts cannot be read, whatever the others say", () => {
    expect(timeOf({ timestamp: "soon", receivedAt: "2026-11-20T11:00:00Z" })).toBeNaN();
    expect(timeOf({ timestamp: true })).toBeNaN();
    expect(timeOf({ timestamp: 1e300 })).toBeNaN();
    expect(timeOf({ originalTimestamp: "2026-11-20T10:00:00Z", sentAt: "soon", timestamp: "2026-11-20T09:00:00Z" })).toBeNaN();
    expect(timeOf({ sentAt: "soon", timestamp: "2026-11-20T09:00:00Z" })).toBe(at("09:00:00"));
  });

  it("is possible from 1990 to a day past the stored time", () => {
    const day = 86_400_000;
    expect(EARLIEST_EVENT_MS).toBe(Date.UTC(1990, 0, 1));
    const times = [EARLIEST_EVENT_MS - 1, EARLIEST_EVENT_MS, STORED_MS + day, STORED_MS + day + 1, Number.NaN];
    expect(times.map((time) => isPossibleTime(time, STORED_MS, day))).toEqual([false, true, true, false, false]);
  });
});
