import { expect, test } from "vitest";
import { didYouMean } from "../../src/packs/nearest.ts";

const KNOWN = ["channel", "message", "order", "first_name", "properties"];

test.each([
  ["chanel", "channel"],
  ["mesasge", "message"],
  ["Order", "order"],
  ["orders", "order"],
  ["firstName", "first_name"],
  ["first-name", "first_name"],
  ["property", "properties"],
])("`%s` was meant to be `%s`", (typed, meant) => {
  expect(didYouMean(typed, KNOWN)).toBe(`did you mean \`${meant}\`?`);
});

test.each(["x", "cannel_of_something", "purchase", "", "o".repeat(10_000)])("`%.20s` is near nothing", (typed) => {
  expect(didYouMean(typed, KNOWN)).toBeNull();
});
