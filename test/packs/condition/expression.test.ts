// Conditions that are accepted: their types, their resolved names, and the exact source of each part. What is refused is
// in load-problems.test.ts.

import { describe, expect, test } from "vitest";
import type { Expression } from "../../../src/packs/definition.ts";
import { loadPack } from "../../../src/packs/load/load.ts";
import { packFrom } from "../../support/pack.ts";

const HEAD = `pack: t
version: 1
events: { e: { track: E, value: properties.v } }
traits: { country: string, size: number, since: date, agreed: bool }
measures: { n: { count: e }, total: { sum: e }, seen: { last: e } }
scores: { s: { decay: { half_life: 1d }, points: { e: 1 } } }
bands: { level: { of: s, at: { low: 0, high: 50 } } }
stages: { order: [one, two] }
segments: { list: [{ best: n > 3 }] }
`;

const indented = (condition: string): string => condition.replaceAll("\n", "\n    ");

function ifOf(condition: string): Expression {
  const found = packFrom(`${HEAD}audiences:\n  first: n > 3\n  x: |-\n    ${indented(condition)}\n`).audiences[1]?.if;
  if (found === undefined) throw new Error("no audience");
  return found;
}

function whereOf(condition: string): Expression {
  const found = packFrom(`pack: t\nversion: 1\nevents:\n  e:\n    track: E\n    where: |-\n      ${condition}\n`).events[0]?.where;
  if (found === null || found === undefined) throw new Error("no where");
  return found;
}

describe("an `if` accepts", () => {
  test.each([
    "n > 3",
    "n == 3 || total != 2.5",
    "s >= 60 && s * 2.0 + n < 100",
    "days_since(seen) >= 30 && hours_since(traits.since) < 12.5",
    "days_since(seen) > n * 7",
    "-s > -5",
    "never(seen) && !never(traits.since)",
    "missing(traits.country) || missing(level) || missing(stage) || missing(segment)",
    "has(traits.size) && traits.agreed",
    "identified",
    'stage == "two" && segment in ["best"] && days_in_stage >= 3',
    'level == "high" || level != "low"',
    "first && !first",
    'traits.country in ["DE", "AT"] && traits.size in [1, 2.5, -3]',
    'traits.country.lowerAscii().contains("d") && traits.country.startsWith("D") && traits.country.endsWith("E")',
    'traits.country.matches("^[A-Z]{2}$") && traits.country.size() == 2 && size(traits.country) > 1',
    'traits.country + "!" == "DE!" && traits.country.upperAscii() < "M"',
    "(traits.agreed ? 1 : 2) + n % 2 == 3",
    "traits.agreed ? s > 5 : s > 50",
    'int(total / n) == 3 && double(n) > 2.5 && string(n) == "3" && int(traits.country) > 3',
    "n > 3 &&\n  (total > 5 ||\n   s > 2)",
    "true",
  ])("%s", (condition) => {
    expect(ifOf(condition)).toMatchObject({ type: "bool", text: condition.trim() });
  });
});

describe("a `where` accepts", () => {
  test.each([
    'properties.path.startsWith("/pricing")',
    'properties["a b"] == 1 && properties.items[0].sku == "x"',
    "has(properties.a.b) && has(context.campaign)",
    'name == "Pricing" || name.contains("x")',
    'traits.plan in ["a", "b"] && "x" in properties.tags',
    "properties.price * properties.quantity >= 100.0 && properties.price + 1 > 2",
    "properties.vip",
    "properties.items.size() > 2",
  ])("%s", (condition) => {
    expect(whereOf(condition)).toMatchObject({ text: condition });
  });
});

test("parts carry their exact source, with the brackets of their outermost operands", () => {
  const parts = textsOf(ifOf('!(n > 3 && (total > 2)) || ( s + 1 ) * 2 >= (5) && traits.country.contains(("D"))'));
  expect(parts).toEqual([
    '!(n > 3 && (total > 2)) || ( s + 1 ) * 2 >= (5) && traits.country.contains(("D"))',
    "!(n > 3 && (total > 2))",
    "n > 3 && (total > 2)",
    "n > 3",
    "n",
    "3",
    "total > 2",
    "total",
    "2",
    '( s + 1 ) * 2 >= (5) && traits.country.contains(("D"))',
    "( s + 1 ) * 2 >= (5)",
    "( s + 1 ) * 2",
    "s + 1",
    "s",
    "1",
    "2",
    "5",
    'traits.country.contains(("D"))',
    "traits.country",
    '"D"',
  ]);
});

test("numbers, escapes and raw texts become plain values", () => {
  expect(ifOf('n > 0x10 && total > 1e3 && traits.country == "a\\tb" && traits.country.matches(r"\\d+") && n in [-1]')).toMatchObject({
    left: {
      left: { left: { left: { right: { value: 16 } }, right: { right: { value: 1000 } } }, right: { right: { value: "a\tb" } } },
      right: { args: [{}, { value: "\\d+" }] },
    },
    right: { right: { op: "list", items: [{ op: "literal", value: -1 }] } },
  });
});

test("paths of a message keep keys and indexes apart", () => {
  expect(whereOf('properties.items[0]["0"].sku == "x"')).toMatchObject({ left: { op: "path", type: "dyn", path: ["properties", "items", 0, "0", "sku"] } });
});

describe("what grows without bound is refused, not thrown", () => {
  test.each([
    ["brackets", `${"(".repeat(1500)}n > 3${")".repeat(1500)}`],
    ["nots", `${"!".repeat(3000)}true`],
    ["minuses", `${"- ".repeat(1500)}n > 3`],
    ["a long sum", `${"n + ".repeat(900)}n > 3`],
    ["a long text", `traits.country == "${"x".repeat(5000)}"`],
    ["a long list", `n in [${"1,".repeat(900)}1]`],
  ])("%s", (_, condition) => {
    const result = loadPack(`${HEAD}audiences:\n  x: '${condition}'\n`, "f");
    if (!result.ok) expect(result.problems).toHaveLength(1);
  });
});

function textsOf(expression: Expression): string[] {
  return [expression.text, ...childrenOf(expression).flatMap(textsOf)];
}

function childrenOf(expression: Expression): readonly Expression[] {
  if ("left" in expression) return "condition" in expression ? [expression.condition, expression.left, expression.right] : [expression.left, expression.right];
  if ("of" in expression) return [expression.of];
  if ("args" in expression) return expression.args;
  return "items" in expression ? expression.items : [];
}
