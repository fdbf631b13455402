import { expect, test } from "vitest";
import { sameNumbers } from "./population.ts";
import { Story } from "./story.ts";

const pack = (body: string): string =>
  `pack: p\nversion: 1\nevents:\n  o: { track: O, key: properties.id, value: properties.v }\n  refund: { track: Back, key: properties.id, undoes: o }\n${body}`;
const bought = (v: number, id = "x") => ({ properties: { v, id } });
const population = (of: string): string =>
  pack(`measures: { s: { sum: o } }\npopulation:\n  usual: { ${of}, every: 1d }\naudiences:\n  much: s >= population.usual\n`);

test("a mean is counted when a multiple of its time is passed, numbered, and told to nobody", () => {
  const story = new Story(population("mean: o"));
  story.do(0.1, "O", bought(10), "a");
  story.do(0.2, "O", bought(30), "b");
  expect(story.model.owed()).toEqual([]);
  story.do(1.1, "O", bought(5), "c");
  const [record, ...more] = story.model.owed();
  // Counted at the time step of that message, before its event.
  expect([record, more]).toEqual([{ pack: "p", of: "usual", number: 1, numbers: { value: 20, axes: null } }, []]);
  if (record !== undefined) story.model.take(record);
  expect(story.until(1.2)).toEqual([]);
  expect(["a", "b", "c"].map((id) => Object.values(story.contact(1.2, id).packs)[0]?.audiences)).toEqual([[], ["much"], []]);
  expect(story.do(1.3, "O", bought(10, "y"), "a")).toEqual(["1.3 +much"]);
});

test("what is taken back is in no mean; quantiles are of measures as they stand", () => {
  const means = new Story(population("mean: o"));
  const medians = new Story(population("quantile: s, at: 0.5"));
  for (const story of [means, medians]) {
    story.do(0.1, "O", bought(10), "a");
    story.do(0.2, "O", bought(30), "b");
    story.do(0.3, "Back", { properties: { id: "x" } }, "a");
    story.until(1.5);
  }
  expect([means, medians].map((story) => story.model.owed()[0]?.numbers.value)).toEqual([30, 15]);
});

test.each([
  ["r", { f: [3, 4], m: [23, 34] }],
  ["thirds", { f: [2, 3], m: [22, 33] }],
  ["pandas", { f: [2, 3], m: [22, 33] }],
])("bounds by %s", (method, { f, m }) => {
  const story = new Story(pack(`rfm: { of: o, bins: 3, method: ${method}, cuts: { r: [1, 2] }, recut: { every: 1d } }\n`));
  for (const [index, orders] of [1, 2, 3, 4].entries()) for (let order = 0; order < orders; order++) story.do(0.1, "O", bought(11, `${order}`), `c${index}`);
  story.until(1);
  const [record] = story.model.owed();
  const expected = { pack: "p", of: "rfm", number: 1, numbers: { value: null, axes: { r: null, f, m } } };
  expect(record !== undefined && sameNumbers(record, expected), JSON.stringify(record)).toBe(true);
});

test("what a customer is worth, by the parameters that were published for CDNOW", () => {
  const story = new Story(
    pack("value: { of: o, next: 273d, bg_nbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }, gamma_gamma: { p: 6.25, q: 3.74, gamma: 15.44 } }\n"),
  );
  story.do(0, "O", bought(30));
  story.do(100, "O", bought(20));
  story.do(213, "O", bought(40, "y"));
  // Fader, Hardie and Lee's example: x = 2, t_x = 30.43, T = 38.86 gives 1.226 in 39 weeks.
  const value = story.view(272).value;
  expect(value).toMatchObject({ frequency: 2, recency: 213 / 7, age: 272 / 7, monetary: 30 });
  expect(value?.purchases).toBeCloseTo(1.226, 2);
  expect(value?.alive).toBeGreaterThan(0.7);
});

test("a quantile that is one of the numbers is exactly that number", () => {
  const story = new Story(pack("rfm: { of: o, bins: 5, method: r, cuts: { r: [1, 2, 3, 4] }, recut: { every: 1d } }\n"));
  for (let contact = 1; contact <= 16; contact++) story.do(0.1, "O", bought(contact), `c${contact}`);
  story.until(1);
  expect(story.model.owed()[0]?.numbers.axes?.m).toEqual([5, 8, 11, 14]);
});
