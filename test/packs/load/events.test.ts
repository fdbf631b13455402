import { expect, test } from "vitest";
import { packFrom, problemsOf } from "../../support/pack.ts";

const event = (text: string): string => `pack: x\nversion: 1\nevents:\n  e: ${text}\n`;

test("once has a path and a time", () => {
  expect(packFrom(event("{ track: E, once: { per: properties.id, in: 1d } }")).events[0]?.once).toEqual({ per: ["properties", "id"], inMs: 86_400_000 });
});

test.each([
  ["{ track: E, once: 1d }", "4:24  wrong-shape  `once` of event `e` is the text `1d` where keys were expected  (the keys of `once` are `per` and `in`)"],
  [
    "{ track: E, once: { in: 1d } }",
    "4:24  missing-key  `once` of event `e` has no `per`  (name the property whose value may not come again, such as per: properties.email_id)",
  ],
  [
    "{ track: E, once: { per: properties.id } }",
    "4:24  missing-key  `once` of event `e` has no `in`  (say for how long it may not come again, such as in: 1d)",
  ],
  [
    "{ track: E, once: { per: email_id, in: 1d } }",
    "4:31  bad-path  `per` of `once` of event `e`: a path begins with `properties`, `context` or `traits` and names a key of it  (write properties.email_id)",
  ],
  ["{ track: E, once: { per: properties.id, in: 1x } }", "4:50  bad-duration  `in` of `once` of event `e`: `1x` is not a duration"],
] as const)("%s", (text, says) => {
  expect(problemsOf(event(text)).map((line) => line.replace(/ {2}\(a whole number.*/, ""))).toEqual([says]);
});

const undoing = (refund: string): string => `pack: x\nversion: 1\nevents:\n  refund: ${refund}\n  order: { track: O, key: properties.id }\n  plain: P\n`;

test.each([
  ["{ track: R, undoes: order, key: properties.id }", []],
  [
    "{ track: R, undoes: order }",
    ["4:31  no-key  `undoes` of event `refund`: event `refund` has no `key`  (give both a key that they share, such as key: properties.order_id)"],
  ],
  [
    "{ track: R, undoes: plain, key: properties.id }",
    ["4:31  no-key  `undoes` of event `refund`: event `plain` has no `key`  (give both a key that they share, such as key: properties.order_id)"],
  ],
  ["{ track: R, undoes: ordr, key: properties.id }", ["4:31  unknown-event  `undoes` of event `refund`: there is no event `ordr`  (did you mean `order`?)"]],
  ["{ track: R, undoes: refund, key: properties.id }", ["4:31  self-reference  event `refund` cannot undo itself  (name the event that it takes back)"]],
  [
    "{ track: R, undoes: [order], key: properties.id }",
    ["4:31  wrong-shape  `undoes` of event `refund` is a list where the name of an event was expected  (one event takes back one other)"],
  ],
] as const)("undoes: %s", (refund, says) => {
  expect(problemsOf(undoing(refund))).toEqual(says);
});

const excluding = (condition: string): string =>
  `pack: x\nversion: 1\nexclude: ${condition}\nevents: { e: E }\ntraits: { email: string, joined: date }\nmeasures: { n: { count: e } }\nstages: { order: [a] }\n`;

test.each([
  ["identified && has(traits.email) && !never(traits.joined)", []],
  ["n > 5", ["3:10  too-early  `n` is not known where contacts are left out  (that comes first: use traits and `identified`)"]],
  ['stage == "a"', ["3:10  too-early  `stage` is not known where contacts are left out  (that comes first: use traits and `identified`)"]],
  [
    "days_since(traits.joined) > 5",
    ["3:10  moving-value  `exclude` may not turn with the clock  (a contact is left out by what it says of itself: use traits as they are)"],
  ],
  [
    'properties.bot == "yes"',
    ["3:10  where-in-if  `properties` is about the message; an `if` is about the contact  (put it into the `where` of an event, or keep it as a trait)"],
  ],
  ["traits.email", ["3:10  wrong-type  `exclude` is a string; a condition is true or false  (compare it with something)"]],
] as const)("exclude: %s", (condition, says) => {
  expect(problemsOf(excluding(condition))).toEqual(says);
});
