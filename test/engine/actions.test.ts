import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { type Fold, runScript } from "../support/script.ts";

const pack = (name: string, ...triggers: string[]) =>
  packFrom(`
pack: ${name}
version: 1
events: { a: A, b: B }
stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a }, { to: z, from: y, event: a }] }
triggers:
${triggers.map((trigger) => `  ${trigger}\n`).join("")}`);

const acted = (fold: Fold) =>
  fold.effects
    .filter((effect) => effect.body.data.action !== undefined)
    .map(({ subject, body }) => ({ subject, sequence: body.data.sequence, ...body.data.action }));

describe("what a trigger wants", () => {
  it("stands in its action: purpose, priority, params, and the moment from which it is not worth sending", () => {
    const fold = runScript(
      [
        pack(
          "p",
          "bill: { event: a, channel: email, message: m, purpose: transactional, priority: high, params: { reward: one-month, days: 3, big: true }, expires: 24h, owner: billing }",
          "plain: { event: b, channel: email, message: m }",
        ),
      ],
      `
      1h c1 track A -> triggers bill
      2h c1 track B -> triggers plain
      `,
    );
    expect(acted(fold)).toMatchObject([
      { purpose: "transactional", priority: "high", params: { reward: "one-month", days: 3, big: true }, expires: "2026-01-02T01:00:00.000Z" },
      { purpose: "marketing", priority: "normal", params: {}, expires: null },
    ]);
  });

  it("goes to the first channel of a choice, and to each of all channels with one key", () => {
    const fold = runScript(
      [pack("p", "one: { event: b, channel: { first: [push, email] }, message: m }", "both: { event: b, channel: { all: [email, ads] }, message: m }")],
      "0d c1 track B -> triggers one both both",
    );
    expect(acted(fold).map(({ subject, sequence }) => [subject, sequence])).toEqual([
      ["tidemark.triggers.push.p.one.0", 1],
      ["tidemark.triggers.email.p.both.0", 2],
      ["tidemark.triggers.ads.p.both.0", 3],
    ]);
    expect(new Set(fold.effects.filter((effect) => effect.body.data.trigger === "both").map((effect) => effect.body.data.key)).size).toBe(1);
  });

  it("withholds what was passed through on each of its channels", () => {
    const both = packFrom(`
pack: p
version: 1
events: { a: A }
measures: { n: { count: a } }
stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a }, { to: z, from: y, if: n >= 1 }] }
triggers: { both: { enter: y, channel: { all: [email, ads] }, message: m } }
`);
    runScript([both], "0d c1 track A -> moves x y z, triggers ~both ~both");
  });
});

describe("what all packs want at one moment", () => {
  it("leaves in the order of priority, then packs, then declarations, with sequences that follow", () => {
    const wants = (name: string) =>
      pack(
        name,
        "low: { event: b, channel: c, message: m, priority: low }",
        "usual: { event: b, channel: c, message: m }",
        "high: { event: b, channel: c, message: m, priority: high }",
      );
    const fold = runScript([wants("p"), wants("q")], "0d c1 track B");
    expect(acted(fold).map(({ subject, sequence }) => `${subject.split(".").slice(3, 5).join(" ")} ${sequence}`)).toEqual([
      "p high 1",
      "q high 1",
      "p usual 2",
      "q usual 2",
      "p low 3",
      "q low 3",
    ]);
  });
});
