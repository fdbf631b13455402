// Conditions against the library's own evaluator: random conditions over random states (and, for `where`, over random messages),
// each answered by what we compile and by @marcbachmann/cel-js. Three answers count: yes, no, and missing, which is the library's
// error for a key that is not there. Operators between integers and doubles are registered with it, as CEL leaves room for.
// Everything follows from the seed.

import { Environment, EvaluationError } from "@marcbachmann/cel-js";
import { compile } from "../../../src/packs/compile/compile.ts";
import { compileWhere } from "../../../src/packs/compile/where.ts";
import type { PropertyPath } from "../../../src/packs/definition.ts";
import type { PackProgram } from "../../../src/packs/program.ts";
import { IDENTIFIED, Row } from "../../../src/packs/row.ts";
import { scoreValue } from "../../../src/packs/score-value.ts";
import { MISSING, type Truth, YES } from "../../../src/packs/terms/truth.ts";
import { Dice } from "../../model/naive/random-story.ts";
import { packFrom } from "../../support/pack.ts";

export interface Agreement {
  readonly pairs: number;
  /** How often each answer came, to see that none is missing. */
  readonly answers: Readonly<Record<Answer, number>>;
  readonly differences: readonly string[];
  /** Pairs on which the library breaks: not among those counted. */
  readonly unsaid: number;
}

type Answer = "yes" | "no" | "missing";

/** A condition as packs write it, and the same for the library over a map `c`. */
interface Text {
  readonly ours: string;
  readonly cel: string;
}

const STATES_A_CONDITION = 25;
const CONDITIONS_A_PACK = 100;
const NOW = Date.parse("2026-03-01T00:00:00Z");
const DAY = 86_400_000;

export function compareWithLibrary(seed: number, pairs: number): Agreement {
  const dice = new Dice(seed);
  const agreement = { pairs: 0, answers: { yes: 0, no: 0, missing: 0 }, differences: [] as string[], unsaid: 0 };
  while (agreement.pairs < pairs) {
    compareIfs(dice, agreement);
    compareWheres(dice, agreement);
  }
  return agreement;
}

type Collected = { pairs: number; answers: Record<Answer, number>; differences: string[]; unsaid: number };

function note(into: Collected, text: Text, state: unknown, ours: Answer, library: Answer | null): void {
  if (library === null) {
    into.unsaid++;
    return;
  }
  into.pairs++;
  into.answers[ours]++;
  if (ours !== library)
    into.differences.push(
      `${text.ours}\n  as ${text.cel}\n  with ${JSON.stringify(state, (_, value) => (typeof value === "bigint" ? `${value}n` : value))}: ours ${ours}, library ${library}`,
    );
}

const answerOf = (truth: Truth): Answer => (truth === MISSING ? "missing" : truth === YES ? "yes" : "no");

const library = libraryWithMixedNumbers();

function libraryWithMixedNumbers(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: true });
  const operators = {
    "+": (a: number, b: number) => a + b,
    "-": (a: number, b: number) => a - b,
    "*": (a: number, b: number) => a * b,
    "/": (a: number, b: number) => a / b,
  };
  for (const [operator, apply] of Object.entries(operators))
    for (const types of [`int ${operator} double: double`, `double ${operator} int: double`])
      environment.registerOperator(types, (a: unknown, b: unknown) => apply(Number(a), Number(b)));
  return environment;
}

/** null where the library breaks on its own: such a pair says nothing. (It mixes up big integers and numbers under a unary minus, so it is asked for 0 - x.) */
function askLibrary(text: string, context: Record<string, unknown>): Answer | null {
  try {
    return library.evaluate(text, context) === true ? "yes" : "no";
  } catch (error) {
    return error instanceof EvaluationError ? "missing" : null;
  }
}

// Conditions on a contact.

function compareIfs(dice: Dice, into: Collected): void {
  const texts = Array.from({ length: CONDITIONS_A_PACK }, () => condition(dice, contactAtom, 3));
  const program = compile([packOf(texts)]);
  const [pack] = program.packs as [PackProgram];
  for (let state = 0; state < STATES_A_CONDITION; state++) {
    const row = new Row(program.layout);
    fill(row, pack, dice);
    const context = contextOf(pack, row);
    const asked = pack.audiences.slice(1);
    for (const [index, { if: holds }] of asked.entries()) {
      const text = texts[index] as Text;
      note(into, text, context, answerOf(holds.truth(row, NOW)), askLibrary(text.cel, { c: context }));
    }
  }
}

const packOf = (texts: readonly Text[]) =>
  packFrom(`
pack: p
version: 1
events: { a: { track: A, value: properties.v } }
traits: { country: string, code: string, size: number, sub: bool }
measures: { n: { count: a }, spend: { sum: a }, smallest: { min: a }, last_a: { last: a } }
scores: { heat: { decay: { half_life: 4d }, points: { a: 1 } } }
bands: { pace: { of: days_since(last_a), at: { quick: 0, slow: 5 } } }
audiences:
  keen: n > 3
${texts.map(({ ours }, index) => `  q${index}: ${JSON.stringify(ours)}\n`).join("")}
stages: { order: [lead, mql] }
`);

const COUNTRIES = ["DE", "AT", "de", "", "Ünïcode 😀", "D.E+"] as const;
const CODES = ["7", "12.5", "x7", "-3", "007"] as const;

function fill(row: Row, pack: PackProgram, dice: Dice): void {
  const { numbers } = row;
  const place = (name: string): number => {
    const measure = pack.measures.find((one) => one.name === name);
    if (measure === undefined || !("place" in measure)) throw new Error(`no measure ${name} with one place`);
    return measure.place;
  };
  numbers[place("n")] = dice.whole(0, 6);
  numbers[place("spend")] = dice.whole(-50_000, 90_000);
  if (dice.chance(0.7)) numbers[place("smallest")] = dice.whole(1, 9) * 12_500;
  if (dice.chance(0.8)) numbers[place("last_a")] = NOW - dice.whole(0, 40) * (DAY / 4);
  const [heat] = pack.scores;
  if (heat !== undefined) {
    numbers[heat.landmark] = NOW - dice.whole(0, 9) * DAY;
    numbers[heat.points[0]?.total as number] = dice.whole(0, 90);
  }
  for (const { name, place: at } of pack.traits) {
    if (dice.chance(0.3)) continue;
    if (name === "country") row.setText(at, dice.one(COUNTRIES));
    else if (name === "code") row.setText(at, dice.one(CODES));
    else numbers[at] = name === "size" ? dice.whole(-4, 40) / 2 : dice.whole(0, 1);
  }
  numbers[pack.audiences[0]?.place as number] = dice.whole(0, 1);
  numbers[IDENTIFIED] = dice.whole(0, 1);
  if (pack.stages !== null) {
    numbers[pack.stages.place] = dice.whole(0, 1);
    numbers[pack.stages.since] = NOW - dice.whole(0, 30) * (DAY / 3);
  }
  row.version++;
}

/** The same state as CEL sees it: counts are integers, all other numbers doubles, what is missing is not there. */
function contextOf(pack: PackProgram, row: Row): Record<string, unknown> {
  const { numbers } = row;
  const measure = (name: string): number => pack.measures.find((one) => one.name === name)?.value(row, NOW) as number;
  const last = measure("last_a");
  const all: Record<string, unknown> = {
    n: BigInt(measure("n")),
    spend: measure("spend"),
    smallest: measure("smallest"),
    since_days: (NOW - last) / DAY,
    since_hours: (NOW - last) / 3_600_000,
    heat: scoreValue(pack.scores[0] as PackProgram["scores"][0], row, NOW),
    pace: pack.bands[0]?.value(row, NOW),
    keen: numbers[pack.audiences[0]?.place as number] === 1,
    identified: numbers[IDENTIFIED] === 1,
    stage: pack.stages?.order[numbers[pack.stages.place] as number],
    days_in_stage: (NOW - (numbers[pack.stages?.since as number] as number)) / DAY,
  };
  for (const { name, type, place } of pack.traits) {
    const value = type === "string" ? row.text(place) : numbers[place];
    all[name] = type === "bool" && !Number.isNaN(value) ? value === 1 : value;
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && !(typeof value === "number" && Number.isNaN(value))));
}

type Atoms = (dice: Dice) => Text;

/** Joined by && || ! and ?:, as deep as `depth`. */
function condition(dice: Dice, atom: Atoms, depth: number): Text {
  const kind = depth === 0 ? 1 : dice.real();
  if (kind > 0.62) return atom(dice);
  const [a, b] = [condition(dice, atom, depth - 1), condition(dice, atom, depth - 1)];
  if (kind < 0.25) return both(a, b, (x, y) => `(${x}) && (${y})`);
  if (kind < 0.47) return both(a, b, (x, y) => `(${x}) || (${y})`);
  if (kind < 0.57) return { ours: `!(${a.ours})`, cel: `!(${a.cel})` };
  const c = atom(dice);
  return { ours: `(${c.ours}) ? (${a.ours}) : (${b.ours})`, cel: `(${c.cel}) ? (${a.cel}) : (${b.cel})` };
}

const both = (a: Text, b: Text, join: (a: string, b: string) => string): Text => ({ ours: join(a.ours, b.ours), cel: join(a.cel, b.cel) });
const same = (text: string): Text => ({ ours: text, cel: text });
const ORDERS = ["<", "<=", ">", ">="] as const;
const EQUALITIES = [...ORDERS, "==", "!="] as const;
const TEXT_TESTS = ["contains", "startsWith", "endsWith"] as const;
const PARTS = ["D", "E", "DE", "ï", "", "."] as const;
const PATTERNS = ["^D", "E$", "[A-Z]{2}", "D.E", "(a|D)+", "\\\\d+", "^$", "ï.*"] as const;

/** A number, as an integer or as a double. */
const literal = (dice: Dice): Text => same(dice.chance(0.5) ? String(dice.whole(-3, 12)) : (dice.whole(-8, 40) / 4).toFixed(2));

const NUMBERS: readonly Text[] = [
  { ours: "n", cel: "c.n" },
  { ours: "spend", cel: "c.spend" },
  { ours: "smallest", cel: "c.smallest" },
  { ours: "traits.size", cel: "c.size" },
];

/** Sums, differences, products and quotients of integers and doubles. CEL divides integers without a rest: what divides here is a double. */
function arithmetic(dice: Dice, of: readonly Text[], depth: number): Text {
  if (depth === 0 || dice.chance(0.3)) return dice.chance(0.65) ? dice.one(of) : literal(dice);
  const a = arithmetic(dice, of, depth - 1);
  if (dice.chance(0.15)) return both(a, same((dice.whole(1, 9) / 2).toFixed(1)), (x, y) => `(${x} / ${y})`);
  if (dice.chance(0.1)) return { ours: `-(${a.ours})`, cel: `(0.0 - ${a.cel})` };
  const operator = dice.one(["+", "-", "*"]);
  return both(a, arithmetic(dice, of, depth - 1), (x, y) => `(${x} ${operator} ${y})`);
}

const MOVING: readonly Text[] = [
  { ours: "heat", cel: "c.heat" },
  { ours: "days_since(last_a)", cel: "c.since_days" },
  { ours: "hours_since(last_a)", cel: "c.since_hours" },
  { ours: "days_in_stage", cel: "c.days_in_stage" },
];
const TEXTS: readonly Text[] = [
  { ours: "traits.country", cel: "c.country" },
  { ours: "traits.code", cel: "c.code" },
  // Of texts in ASCII: the library changes all letters, CEL and we those of ASCII.
  { ours: "traits.code.lowerAscii()", cel: "c.code.lowerAscii()" },
  { ours: "traits.code.upperAscii()", cel: "c.code.upperAscii()" },
  { ours: '(traits.country + "E")', cel: '(c.country + "E")' },
];
const TRUTHS: readonly Text[] = [
  { ours: "keen", cel: "c.keen" },
  { ours: "identified", cel: "c.identified" },
  { ours: "traits.sub", cel: "c.sub" },
  { ours: "has(traits.country)", cel: "has(c.country)" },
  { ours: "missing(traits.size)", cel: "!has(c.size)" },
  { ours: "missing(smallest)", cel: "!has(c.smallest)" },
  { ours: "missing(pace)", cel: "!has(c.pace)" },
  { ours: "never(last_a)", cel: "!has(c.since_days)" },
];

function contactAtom(dice: Dice): Text {
  const text = dice.one(TEXTS);
  switch (dice.whole(0, 11)) {
    case 0:
    case 1:
      return numbersCompared(arithmetic(dice, NUMBERS, 2), dice.one(EQUALITIES), arithmetic(dice, NUMBERS, 1));
    case 2:
    case 3:
      return compared(dice.one(MOVING), dice.one(ORDERS), arithmetic(dice, NUMBERS, 1));
    case 4:
      return dice.one(TRUTHS);
    case 5:
      return compared(text, dice.one(EQUALITIES), same(JSON.stringify(dice.one(COUNTRIES))));
    case 6: {
      const asked = dice.one(TEXT_TESTS);
      return both(text, same(JSON.stringify(dice.one(PARTS))), (x, y) => `${x}.${asked}(${y})`);
    }
    case 7:
      return both(text, same(`"${dice.one(PATTERNS)}"`), (x, y) => `${x}.matches(${y})`);
    case 8:
      return both(text, same('["DE", "at", "7"]'), (x, y) => `${x} in ${y}`);
    case 9:
      return dice.one([
        { ours: "n in [1, 3, 5]", cel: "c.n in [1, 3, 5]" },
        { ours: "traits.size in [1, 2.5, 4]", cel: "c.size in [1.0, 2.5, 4.0]" },
        { ours: "n % 3 == 1", cel: "c.n % 3 == 1" },
        { ours: "size(traits.country) > 2", cel: "size(c.country) > 2" },
        { ours: "traits.country.size() == 10", cel: "c.country.size() == 10" },
      ]);
    case 10:
      return dice.one([
        { ours: 'pace == "slow"', cel: 'c.pace == "slow"' },
        { ours: 'pace in ["quick", "slow"]', cel: 'c.pace in ["quick", "slow"]' },
        { ours: 'stage != "lead"', cel: 'c.stage != "lead"' },
        { ours: "(n > 2 ? spend : smallest) >= 2", cel: "(c.n > 2 ? c.spend : c.smallest) >= 2" },
      ]);
    default:
      return dice.one([
        { ours: "double(traits.code) > 6.5", cel: "double(c.code) > 6.5" },
        { ours: "int(traits.code) == 7", cel: "int(c.code) == 7" },
        { ours: 'string(n) == "3"', cel: 'string(c.n) == "3"' },
        { ours: "double(n) / 2 > 1", cel: "double(c.n) / 2 > 1" },
      ]);
  }
}

/** The library has `==` between an integer and a double only where it does not know beforehand that they are: there both are made doubles. */
function numbersCompared(a: Text, order: string, b: Text): Text {
  const { ours, cel } = compared(a, order, b);
  return { ours, cel: order === "==" || order === "!=" ? `double(${a.cel}) ${order} double(${b.cel})` : cel };
}

const compared = (a: Text, order: string, b: Text): Text => both(a, b, (x, y) => `${x} ${order} ${y}`);

// Conditions on a message: the text is the library's own.

function compareWheres(dice: Dice, into: Collected): void {
  for (let index = 0; index < CONDITIONS_A_PACK; index++) {
    const text = condition(dice, messageAtom, 3);
    const where = packFrom(`pack: p\nversion: 1\nevents:\n  a: { track: A, where: ${JSON.stringify(text.ours)} }\n`).events[0]?.where;
    if (where === undefined || where === null) throw new Error("a `where` is there");
    const paths: PropertyPath[] = [];
    const holds = compileWhere(where, (path) => paths.push(path) - 1);
    for (let message = 0; message < STATES_A_CONDITION; message++) {
      const properties = randomProperties(dice);
      const values = paths.map(([, key]) => properties[String(key)]);
      note(into, text, properties, answerOf(holds(values, "A")), askLibrary(text.cel, { properties, name: "A" }));
    }
  }
}

function randomProperties(dice: Dice): Record<string, unknown> {
  const all: Record<string, unknown> = {
    v: dice.one([5, 12.5, -3, 0, "19.99", true]),
    w: dice.one([2, 0.5, 7]),
    plan: dice.one(["pro", "free", "Pro ", "", 3]),
    tags: dice.one([["pro", "x"], [], [1, 2], "pro"]),
    paid: dice.one([true, false]),
  };
  return Object.fromEntries(Object.entries(all).filter(() => dice.chance(0.8)));
}

/** For the library a double, which it compares with whatever a path turns out to be. */
const doubled = ({ ours }: Text): Text => ({ ours, cel: Number(ours).toFixed(2) });

function shifted(dice: Dice, path: Text): Text {
  const operator = dice.one(["+", "-", "*"]);
  return both(path, literal(dice), (x, y) => `(${x} ${operator} ${y})`);
}

const PATHS: readonly Text[] = ["properties.v", "properties.w"].map(same);

function messageAtom(dice: Dice): Text {
  switch (dice.whole(0, 6)) {
    case 0:
    case 1:
      return compared(dice.chance(0.5) ? dice.one(PATHS) : shifted(dice, dice.one(PATHS)), dice.one(EQUALITIES), doubled(literal(dice)));
    case 2:
      return same(`properties.plan ${dice.one(["==", "!="])} "${dice.one(["pro", "free"])}"`);
    case 3:
      return same(`properties.plan.${dice.one(TEXT_TESTS)}("${dice.one(["p", "ro", "free"])}")`);
    case 4:
      return same(dice.one(["has(properties.v)", "!has(properties.tags)", "properties.paid == true", 'name == "A"']));
    case 5:
      return same(dice.one(['"pro" in properties.tags', 'properties.plan in ["pro", "free"]']));
    default:
      return same(`properties.plan.matches("${dice.one(["^p", "o$", "r+", "[A-Z]"])}")`);
  }
}
