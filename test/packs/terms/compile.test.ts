import { Environment } from "@marcbachmann/cel-js";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/packs/compile/compile.ts";
import type { PackProgram } from "../../../src/packs/program.ts";
import { IDENTIFIED, Row } from "../../../src/packs/row.ts";
import { MISSING, NO, YES } from "../../../src/packs/terms/truth.ts";
import { Dice } from "../../model/naive/random-story.ts";
import { packFrom, placeOfMeasure } from "../../support/pack.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const HEAD = `
pack: p
version: 1
events: { a: { track: A, value: properties.v } }
traits: { word: string, other: string, num: number, flag: bool, day: date }
measures: { n: { count: a }, spent: { sum: a }, least: { min: a }, last_a: { last: a } }
scores: { heat: { range: [-1000, 1000], points: { a: 1 } } }
bands: { tone: { of: spent, at: { low: 0, mid: 10, high: 20 } } }
stages: { order: [x, y] }
`;

/** A condition in both tongues: ours, and CEL's with what only we have written as variables. */
interface Pair {
  readonly ours: string;
  readonly cel: string;
}

type Leaf = (dice: Dice) => Pair;
const same = (text: string): Pair => ({ ours: text, cel: text });
const decimal = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

const NUMBERS: Leaf[] = [
  () => same("traits.num"),
  () => same("n"),
  () => same("spent"),
  () => same("least"),
  () => ({ ours: "hours_since(last_a)", cel: "hours" }),
  () => ({ ours: "days_since(traits.day)", cel: "days" }),
  (dice) => same(decimal(dice.one([0, 1, 2, 2.5, -3, 10, 20, 1e9]))),
];
const TEXTS: Leaf[] = [
  () => same("traits.word"),
  () => same("traits.other"),
  () => same("tone"),
  () => same("stage"),
  (dice) => same(JSON.stringify(dice.one(["", "a", "ab", "low", "x", "é😀", "10"]))),
];

function number(dice: Dice, depth: number, still = false): Pair {
  if (depth <= 0 || dice.chance(0.3)) return dice.one(still ? NUMBERS.filter((_, index) => index !== 4 && index !== 5) : NUMBERS)(dice);
  const kind = dice.whole(0, 6);
  if (kind <= 2) return joined(number(dice, depth - 1, still), dice.one(["+", "-", "*"]), number(dice, 0, true));
  if (kind === 3) {
    const left = number(dice, depth - 1, still);
    const right = number(dice, depth - 1, true);
    return { ours: `(${left.ours} / ${right.ours})`, cel: `(${right.cel} == 0.0 ? nothing : ${left.cel} / ${right.cel})` };
  }
  if (kind === 4) return wrapped("-", number(dice, depth - 1, still));
  if (kind === 5) return wrapped("double", text(dice, 0));
  const condition = bool(dice, depth - 1, true);
  const left = number(dice, depth - 1, true);
  const right = number(dice, depth - 1, true);
  return { ours: `(${condition.ours} ? ${left.ours} : ${right.ours})`, cel: `(${condition.cel} ? ${left.cel} : ${right.cel})` };
}

function text(dice: Dice, depth: number): Pair {
  if (depth <= 0 || dice.chance(0.4)) return dice.one(TEXTS)(dice);
  return joined(text(dice, depth - 1), "+", text(dice, depth - 1));
}

function bool(dice: Dice, depth: number, still = false): Pair {
  const kind = depth <= 0 ? dice.whole(0, 2) : dice.whole(0, 12);
  if (kind === 0) return dice.one([same("traits.flag"), same("identified"), same("true"), same("false")]);
  if (kind === 1)
    return dice.one([
      same("has(traits.word)"),
      same("has(traits.num)"),
      { ours: "never(last_a)", cel: "no_last" },
      { ours: "missing(tone)", cel: "no_tone" },
      { ours: "missing(traits.flag)", cel: "!has(traits.flag)" },
    ]);
  if (kind === 2) return joined(number(dice, depth - 1, still), dice.one(["<", "<=", ">", ">="]), number(dice, 0, true));
  if (kind === 3) return joined(number(dice, depth - 1, true), dice.one(["==", "!="]), number(dice, depth - 1, true));
  if (kind === 4) return joined(text(dice, depth - 1), dice.one(["==", "!=", "<", "<=", ">", ">="]), text(dice, depth - 1));
  if (kind === 5) {
    const of = text(dice, depth - 1);
    const tail = dice.one([
      '.contains("a")',
      '.startsWith("l")',
      '.endsWith("w")',
      '.matches("^[a-l]+$")',
      '.matches("o")',
      ' in ["a", "low", "x"]',
      ".size() >= 2",
    ]);
    return wrapped("", of, tail);
  }
  if (kind === 6) return joined(number(dice, depth - 1, true), "in", same("[0.0, 1.0, 2.5, 10.0]"));
  if (kind === 7) return wrapped("!", bool(dice, depth - 1, still));
  if (kind === 8 && depth > 1) {
    const condition = bool(dice, depth - 1, still);
    const left = bool(dice, depth - 1, still);
    const right = bool(dice, depth - 1, still);
    return { ours: `(${condition.ours} ? ${left.ours} : ${right.ours})`, cel: `(${condition.cel} ? ${left.cel} : ${right.cel})` };
  }
  return joined(bool(dice, depth - 1, still), dice.one(["&&", "||"]), bool(dice, depth - 1, still));
}

const joined = (left: Pair, op: string, right: Pair): Pair => ({ ours: `(${left.ours} ${op} ${right.ours})`, cel: `(${left.cel} ${op} ${right.cel})` });
const wrapped = (before: string, of: Pair, after = ""): Pair => ({ ours: `${before}(${of.ours})${after}`, cel: `${before}(${of.cel})${after}` });

/** The pack's audiences are the conditions; those that the language refuses (moving values in odd places) fall out one by one. */
function packOf(conditions: readonly Pair[]): { program: PackProgram; row: () => Row } {
  const program = compile([packFrom(`${HEAD}audiences:\n${conditions.map((pair, index) => `  q${index}: ${JSON.stringify(pair.ours)}\n`).join("")}`)]);
  return { program: program.packs[0] as PackProgram, row: () => new Row(program.layout) };
}

/** Fills a row at random and gives the same as CEL's variables. */
function fill(row: Row, pack: PackProgram, dice: Dice): Record<string, unknown> {
  const traits = fillTraits(row, pack, dice);
  const variables: Record<string, unknown> = { traits, identified: dice.chance(0.5), stage: dice.one(["x", "y"]) };
  row.numbers[IDENTIFIED] = Number(variables["identified"]);
  if (pack.stages !== null) row.numbers[pack.stages.place] = pack.stages.order.indexOf(variables["stage"] as string);
  const set = (name: string, stored: number, shown = stored) => {
    row.numbers[placeOfMeasure(pack, name)] = stored;
    variables[name] = shown;
  };
  set("n", dice.whole(0, 3));
  const spent = dice.one([-50_000, 0, 25_000, 100_000, 199_999, 200_000]);
  set("spent", spent, spent / 10_000);
  if (spent >= 0) variables["tone"] = spent >= 200_000 ? "high" : spent >= 100_000 ? "mid" : "low";
  const least = dice.one([-50_000, 0, 25_000]);
  if (dice.chance(0.7)) set("least", least, least / 10_000);
  const hours = dice.whole(0, 40);
  const happened = dice.chance(0.7);
  if (happened) {
    set("last_a", NOW - hours * 3_600_000);
    variables["hours"] = hours;
  }
  if (typeof traits["day"] === "number") variables["days"] = (NOW - traits["day"]) / 86_400_000;
  return { ...variables, no_last: !happened, no_tone: spent < 0 };
}

function fillTraits(row: Row, pack: PackProgram, dice: Dice): Record<string, unknown> {
  const traits: Record<string, unknown> = {};
  for (const { name, type, place } of pack.traits) {
    if (dice.chance(0.3)) continue;
    if (type === "string") {
      const word = dice.one(["", "a", "ab", "low", "x", "é😀", "10", "zzz"]);
      row.setText(place, word);
      traits[name] = word;
      continue;
    }
    const value = type === "bool" ? dice.whole(0, 1) : type === "date" ? NOW - dice.whole(-5, 40) * 21_600_000 : dice.one([0, 1, 2.5, -3, 10, 20, 1e9, 0.1]);
    row.numbers[place] = value;
    traits[name] = type === "bool" ? value === 1 : value;
  }
  return traits;
}

const environment = new Environment({ unlistedVariablesAreDyn: true });

function celTruth(cel: string, variables: Record<string, unknown>): number {
  try {
    const result: unknown = environment.evaluate(cel, variables);
    return result === true ? YES : result === false ? NO : MISSING;
  } catch {
    return MISSING;
  }
}

/** Conditions that the language takes: some of what the dice make is refused, such as two values that move in one comparison. */
function accepted(dice: Dice, count: number): Pair[] {
  const found: Pair[] = [];
  while (found.length < count) {
    const pair = bool(dice, dice.whole(1, 4));
    try {
      packOf([pair]);
    } catch {
      continue;
    }
    found.push(pair);
  }
  return found;
}

describe("conditions beside CEL's own evaluator", () => {
  it("agree on random conditions over random contacts, and where something is missing", () => {
    const dice = new Dice(20_260_301);
    const conditions = accepted(dice, 200);
    const { program, row } = packOf(conditions);
    const counted = [0, 0, 0];
    for (let round = 0; round < 40; round++) {
      const contact = row();
      const variables = fill(contact, program, dice);
      for (const [index, pair] of conditions.entries()) {
        const ours = program.audiences[index]?.if.truth(contact, NOW) as number;
        counted[ours] = (counted[ours] as number) + 1;
        expect(ours, `${pair.ours}\n${JSON.stringify(variables)}`).toBe(celTruth(pair.cel, variables));
      }
    }
    // The dice throw all three outcomes often enough for the comparison to mean something.
    expect(Math.min(...counted)).toBeGreaterThan(500);
  });
});

describe("conditions", () => {
  const truthOf = (condition: string, set: (row: Row, pack: PackProgram) => void = () => {}): number => {
    const { program, row } = packOf([{ ours: condition, cel: "" }]);
    const contact = row();
    set(contact, program);
    return program.audiences[0]?.if.truth(contact, NOW) as number;
  };

  it("divide by zero into what is missing, and compare whole numbers with reals", () => {
    expect(truthOf("1 / n > 0 || n / 0 < 1")).toBe(MISSING);
    expect(truthOf("5 % n == 0")).toBe(MISSING);
    expect(truthOf("7 % 4 == 3.0 && -7 % 4 == -3 && 5 / 2 == 2.5")).toBe(YES);
    expect(truthOf("n != 1 / n")).toBe(MISSING);
  });

  it("convert texts and numbers", () => {
    const word = (value: string) => (row: Row, pack: PackProgram) => row.setText(pack.traits[0]?.place as number, value);
    expect(truthOf("double(traits.word) == 12.5", word("12.5"))).toBe(YES);
    expect(truthOf("int(traits.word) == 12", word("12"))).toBe(YES);
    expect(truthOf("int(traits.word) == 12", word("12.5"))).toBe(MISSING);
    expect(truthOf("double(traits.word) == 0.0", word("many"))).toBe(MISSING);
    expect(truthOf('int(-12.9) == -12 && string(n) == "0" && string(true) == "true"')).toBe(YES);
  });

  it("change only ASCII letters, count characters, and match in linear time", () => {
    const word = (value: string) => (row: Row, pack: PackProgram) => row.setText(pack.traits[0]?.place as number, value);
    expect(truthOf('traits.word.lowerAscii() == "Àb"', word("ÀB"))).toBe(YES);
    expect(truthOf('traits.word.upperAscii() == "éA"', word("éa"))).toBe(YES);
    expect(truthOf("traits.word.size() == 2", word("é😀"))).toBe(YES);
    expect(truthOf('traits.word.matches("^(a+)+$")', word(`${"a".repeat(50_000)}b`))).toBe(NO);
  });

  it("show what was compared", () => {
    const { program, row } = packOf([
      { ours: 'spent >= 1.5 && (traits.word == "a" || n > 0) && 3 < n && tone in ["low"] && hours_since(last_a) < 5', cel: "" },
    ]);
    const contact = row();
    contact.numbers[placeOfMeasure(program, program.measures[1]?.name ?? "")] = 15_000;
    expect(program.audiences[0]?.if.checks(contact, NOW)).toEqual([
      { if: "spent >= 1.5", value: 1.5 },
      { if: 'traits.word == "a" || n > 0', value: null },
      { if: "3 < n", value: 0 },
      { if: 'tone in ["low"]', value: "low" },
      { if: "hours_since(last_a) < 5", value: null },
    ]);
  });
});
