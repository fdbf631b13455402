import { Environment } from "@marcbachmann/cel-js";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/packs/compile/compile.ts";
import type { Program } from "../../../src/packs/program.ts";
import { MISSING, NO, type Truth, YES } from "../../../src/packs/terms/truth.ts";
import { Dice } from "../../model/naive/random-story.ts";
import { packFrom } from "../../support/pack.ts";

type Message = Record<string, unknown> & { readonly name: string };

const PATHS = ["properties.a", "properties.b", "properties.deep.c", "properties.list[0]", 'properties["odd key"]', "context.d", "traits.e", "name"];
const LITERALS = ["0.0", "1.0", "2.5", "-3.0", '"x"', '"ab"', '""', '"10"', "true", "false"];
const VALUES: unknown[] = [0, 1, 2.5, -3, "x", "ab", "", "10", "é😀", true, false, null, [1, "x"], [], { c: 1 }, {}];

function value(dice: Dice, depth: number): string {
  if (depth <= 0 || dice.chance(0.5)) return dice.chance(0.7) ? dice.one(PATHS) : dice.one(LITERALS);
  const kind = dice.whole(0, 5);
  if (kind === 0) return `(${value(dice, depth - 1)} ${dice.one(["-", "*"])} ${value(dice, depth - 1)})`;
  if (kind === 1) return `double(${dice.one(PATHS)})`;
  // CEL also joins lists by +; here it joins texts and adds numbers.
  if (kind === 2) return dice.chance(0.5) ? `string(${dice.one(PATHS)})` : `(${dice.one(PATHS)} + ${dice.one(LITERALS)})`;
  if (kind === 3) return `(${dice.one(PATHS)}).lowerAscii()`;
  if (kind === 4) return `-(${value(dice, depth - 1)})`;
  return `(${condition(dice, depth - 1)} ? ${value(dice, 0)} : ${value(dice, 0)})`;
}

function condition(dice: Dice, depth: number): string {
  const kind = depth <= 0 ? dice.whole(0, 3) : dice.whole(0, 10);
  if (kind === 0) return `has(${dice.one(PATHS.slice(0, 2))})`;
  if (kind === 1) return dice.one(PATHS);
  if (kind === 2) return `(${value(dice, depth - 1)} ${dice.one(["==", "!="])} ${value(dice, depth - 1)})`;
  // Truths have no order here, and one in CEL: one side is never a truth.
  if (kind === 3) return `(${value(dice, depth - 1)} ${dice.one(["<", "<=", ">", ">="])} ${dice.one(LITERALS.slice(0, -2))})`;
  if (kind === 4) return `(${value(dice, depth - 1)}).${dice.one(['contains("a")', 'startsWith("x")', 'endsWith("b")', 'matches("^[a-z]*$")'])}`;
  if (kind === 5) return `(${dice.one(PATHS)} in ${dice.one(['["x", "ab"]', "[1.0, 2.5]", "properties.list", "properties.deep"])})`;
  if (kind === 6) return `(size(${dice.one(PATHS)}) == 2)`;
  if (kind === 7) return `!(${condition(dice, depth - 1)})`;
  return `(${condition(dice, depth - 1)} ${dice.one(["&&", "||"])} ${condition(dice, depth - 1)})`;
}

function message(dice: Dice): Message {
  const some = (): unknown => dice.one(VALUES);
  const maybe = (key: string) => (dice.chance(0.75) ? { [key]: some() } : {});
  const nested = {
    ...(dice.chance(0.7) ? { deep: dice.chance(0.8) ? maybe("c") : some() } : {}),
    ...(dice.chance(0.7) ? { list: dice.chance(0.8) ? [some(), some()] : some() } : {}),
  };
  return {
    properties: { ...maybe("a"), ...maybe("b"), ...maybe("odd key"), ...nested },
    context: maybe("d"),
    traits: maybe("e"),
    name: dice.one(["x", "ab", "Pricing"]),
  };
}

const programOf = (conditions: readonly string[]): Program =>
  compile([
    packFrom(`pack: p\nversion: 1\nevents:\n${conditions.map((text, index) => `  e${index}: { track: T, where: ${JSON.stringify(text)} }\n`).join("")}`),
  ]);

/** What decode finds of a message; its own tests hold that. */
const valuesOf = (program: Program, of: Message): unknown[] =>
  program.projection.paths.map((path) =>
    path.reduce<unknown>((at, step) => (typeof at === "object" && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined), of),
  );

const environment = new Environment({ unlistedVariablesAreDyn: true });

function celTruth(text: string, of: Message): Truth {
  try {
    const result: unknown = environment.evaluate(text, of);
    return result === true ? YES : result === false ? NO : MISSING;
  } catch {
    return MISSING;
  }
}

function accepted(dice: Dice, count: number): string[] {
  const found: string[] = [];
  while (found.length < count) {
    const text = condition(dice, dice.whole(0, 3));
    try {
      programOf([text]);
      environment.parse(text);
    } catch {
      continue;
    }
    found.push(text);
  }
  return found;
}

describe("`where` beside CEL's own evaluator", () => {
  it("agrees on random conditions over random messages, of whatever types", () => {
    const dice = new Dice(7);
    const conditions = accepted(dice, 250);
    const program = programOf(conditions);
    const counted = [0, 0, 0];
    for (let round = 0; round < 40; round++) {
      const of = message(dice);
      const values = valuesOf(program, of);
      for (const [index, text] of conditions.entries()) {
        const ours = program.packs[0]?.events[index]?.where?.(values, of.name) as Truth;
        counted[ours] = (counted[ours] as number) + 1;
        expect(ours, `${text}\n${JSON.stringify(of)}`).toBe(celTruth(text, of));
      }
    }
    expect(Math.min(...counted)).toBeGreaterThan(500);
  });
});

describe("`where`", () => {
  const truthOf = (text: string, of: Message): Truth => {
    const program = programOf([text]);
    return program.packs[0]?.events[0]?.where?.(valuesOf(program, of), of.name) as Truth;
  };

  it("divides by zero into what is missing, and takes whole numbers for reals", () => {
    const of = { properties: { n: 7, zero: 0 }, name: "x" };
    expect(truthOf("properties.n / properties.zero > 1", of)).toBe(MISSING);
    expect(truthOf("properties.n % properties.zero == 0", of)).toBe(MISSING);
    expect(truthOf("properties.n % 4 == 3 && properties.n / 2 == 3.5 && properties.n >= 7", of)).toBe(YES);
  });

  it("asks whether there is anything at the end of a path", () => {
    expect(truthOf("has(properties.deep.c)", { properties: { deep: 5 }, name: "x" })).toBe(NO);
    expect(truthOf("!has(properties.deep.c)", { name: "x" })).toBe(YES);
    expect(truthOf("has(properties.deep.c)", { properties: { deep: { c: null } }, name: "x" })).toBe(YES);
  });

  it("finds no property that JavaScript's objects bring along", () => {
    const of = { properties: { o: {} }, name: "x" };
    expect(truthOf('"constructor" in properties.o', of)).toBe(NO);
    expect(truthOf("has(properties.toString)", of)).toBe(NO);
  });
});
