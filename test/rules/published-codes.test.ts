// The RFM maps that others published, against the packs that carry them: on the engine, somebody is brought to every code there
// is, by orders and by time, and must stand where the map says. The tables are written out here once more, so that a digit that
// was lost on the way into a pack is found.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { StoryFold } from "../../src/app/examples/story-fold.ts";
import type { PackDefinition, RfmDefinition } from "../../src/packs/definition.ts";
import { loadPack } from "../../src/packs/load/load.ts";

const MAPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "klaviyo-6": {
    champions: "333 332 323",
    loyal: "321 322 331 232 233",
    recent: "312 313 311 222 223",
    needs_attention: "213 221 123 132 133",
    at_risk: "231 212 122 131 211",
    inactive: "111 112 113 121",
  },
  "classic-11": {
    champions: "555 554 544 545 454 455 445",
    loyal: "543 444 435 355 354 345 344 335",
    potential_loyalist: "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323",
    new: "512 511 422 421 412 411 311",
    promising: "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    need_attention: "535 534 443 434 343 334 325 324",
    about_to_sleep: "331 321 312 221 213 231 241 251",
    at_risk: "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    cannot_lose: "155 154 144 214 215 115 114 113",
    hibernating: "332 322 233 232 223 222 132 123 122 212 211",
    lost: "111 112 121 131 141 151",
  },
  "rf-10": {
    hibernating: "11 12 21 22",
    at_risk: "13 14 23 24",
    cant_lose: "15 25",
    about_to_sleep: "31 32",
    need_attention: "33",
    loyal: "34 35 44 45",
    promising: "41",
    new: "51",
    potential_loyalist: "42 43 52 53",
    champions: "54 55",
  },
};

const DAY = 86_400_000;
const START = Date.parse("2026-01-05T12:00:00Z");

describe.each(Object.entries(MAPS))("%s", (name, map) => {
  const expected = new Map(Object.entries(map).flatMap(([segment, codes]) => codes.split(" ").map((code) => [code, segment] as const)));

  test("puts every code where it was published", () => {
    expect(Object.fromEntries(standing(packOf(name)))).toEqual(Object.fromEntries(expected));
  });

  test("says each code once, and no other", () => {
    const digits = name === "rf-10" ? 2 : 3;
    const bins = name === "klaviyo-6" ? 3 : 5;
    const said = Object.values(map).flatMap((codes) => codes.split(" "));
    expect([said.length, new Set(said).size]).toEqual([bins ** digits, bins ** digits]);
  });
});

/** Somebody for every F and M, on the first day; then time goes on to every R. What stands there, by code. */
function standing(pack: PackDefinition): Map<string, string> {
  const rfm = pack.rfm as RfmDefinition;
  const { r, f, m } = boundsOf(rfm);
  const fold = new StoryFold(pack, START);
  const people = f.flatMap((orders, fIndex) => m.map((spent, mIndex) => ({ id: `f${fIndex + 1}m${mIndex + 1}`, orders, spent })));
  for (const { id, orders, spent } of people)
    for (let i = 0; i < orders; i++) {
      const message = { type: "track", event: "Order Completed", properties: { revenue: i === 0 ? spent - (orders - 1) * 0.01 : 0.01 } };
      fold.say({ kind: "user", id }, { message, atMs: START, doneMs: START });
    }
  const found = new Map<string, string>();
  for (const days of r) {
    fold.advance(START + days * DAY);
    for (const { id } of people) {
      const packs = fold.view({ kind: "user", id })?.packs as Record<string, { rfm: { rfm: number }; segment: { name: string } }> | undefined;
      const stands = packs?.[pack.name];
      const code = String(stands?.rfm.rfm);
      found.set(pack.name === "rf-10" ? code.slice(0, 2) : code, stands?.segment.name ?? "none");
    }
  }
  return found;
}

/** The least that gets into each bin: days ascending, orders, money. */
const boundsOf = ({ cuts }: RfmDefinition) => ({
  r: [0, ...(cuts.r ?? [])],
  f: [1, ...(cuts.f ?? [])],
  m: [1, ...(cuts.m ?? [])],
});

const FIFTHS = "{ r: [14, 30, 60, 120], f: [2, 3, 5, 8], m: [50, 100, 250, 500] }";
const WRITTEN: Readonly<Record<string, string>> = {
  "klaviyo-6": "{ r: [181, 366], f: [2, 4], m: [80, 250] }",
  "classic-11": FIFTHS,
  "rf-10": FIFTHS,
};

/** With bounds written down where the pack takes them from the population, so that somebody can be brought to every code. */
function packOf(name: string): PackDefinition {
  const text = readFileSync(new URL(`../../rules/${name}.yaml`, import.meta.url), "utf8");
  const written = text
    .replace(/^ {2}method: (?:thirds|r|pandas)\n/m, "")
    .replace(/^ {2}recut: .*\n/m, "")
    .replace(/^ {2}cuts: .*\n/m, "")
    .replace("  of: order\n", `  of: order\n  cuts: ${WRITTEN[name]}\n`);
  const result = loadPack(written, name);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.pack;
}
