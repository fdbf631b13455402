import { describe, expect, it } from "vitest";
import { packFrom } from "../support/pack.ts";
import { type Fold, runScript } from "../support/script.ts";

const pack = (...triggers: string[]) =>
  packFrom(`
pack: p
version: 1
events: { a: A, order: { track: Order, value: properties.revenue } }
stages: { order: [x, y, z], moves: [{ to: y, from: x, event: a }, { to: z, event: order }] }
triggers:
${triggers.map((trigger) => `  ${trigger.replace(/ \}$/, ", channel: web }")}\n`).join("")}`);
const outcomes = (fold: Fold) => fold.effects.filter(({ body }) => body.type === "io.tidemark.outcome.v1");

describe("a goal", () => {
  it("is reached by its event within the time, or is not", () => {
    const fold = runScript(
      [pack("t: { event: a, message: m, goal: { event: order, within: 3d }, variants: { only: 99, rest: 1 } }")],
      `
      0d c1 track A -> triggers t, outcomes none
      0d c2 track A -> triggers t
      2d c1 track Order {"revenue": 12.5} -> outcomes t:reached
      2d c1 track Order -> outcomes none
      9d ADVANCE -> c2 outcomes t:not_reached
      9d c2 track Order -> outcomes none
      `,
    );
    const [reached, missed] = outcomes(fold);
    expect(reached).toMatchObject({ subject: "tidemark.outcomes.p.t.0" });
    expect(reached?.body.data).toMatchObject({
      key: "p/t/c1/m1",
      outcome: "reached",
      reached: true,
      step: 1,
      revenue: 12.5,
      goal: { event: "order", since: "2026-01-01T00:00:00.000Z", until: "2026-01-04T00:00:00.000Z" },
      because: { cause: "event", event: "order" },
    });
    expect(reached?.body.data.sequence).toBeUndefined();
    expect(missed?.body).toMatchObject({ time: "2026-01-04T00:00:00.000Z", data: { key: "p/t/c2/m2", revenue: null, because: { cause: "time" } } });
    const [action] = fold.effects.filter(({ body }) => body.type === "io.tidemark.trigger.v1").map(({ body }) => body.data.action);
    expect(action).toMatchObject({ goal: { event: "order", until: "2026-01-04T00:00:00.000Z" } });
  });

  it("may be a place, ends the series, and is what the series is for from the first step sent", () => {
    const fold = runScript(
      [pack("s: { event: a, goal: { enter: z, within: 5d }, steps: [{ after: 1d, message: m }, { after: 2d, message: m }, { after: 9d, message: m }] }")],
      `
      0d c1 track A
      0d c2 track A
      2d ADVANCE -> c1 triggers s s
      3d c1 track Order -> triggers !s, outcomes s:reached
      9d ADVANCE -> c2 outcomes s:not_reached
      9d c2 track Order -> triggers none
      `,
    );
    expect(outcomes(fold).map(({ body }) => [body.data.step, body.data.goal.since])).toEqual([
      [2, "2026-01-02T00:00:00.000Z"],
      [2, "2026-01-02T00:00:00.000Z"],
    ]);
  });

  it("that is met before anything was sent ends what waits and has no outcome", () => {
    runScript(
      [
        pack(
          "w: { event: a, after: 1d, message: m, goal: { event: order, within: 5d } }",
          "s: { event: a, goal: { event: order, within: 5d }, steps: [{ after: 1d, message: m }] }",
        ),
      ],
      `
      0d c1 track A
      1h c1 track Order -> triggers none, outcomes none
      9d ADVANCE -> c1 triggers none, outcomes none
      `,
    );
  });

  it("does not count what was done before it was open", () => {
    runScript(
      [pack("t: { event: a, message: m, goal: { event: order, within: 3d } }")],
      `
      5d c1 track A
      6d c1 @4d track Order -> outcomes none
      7d c1 @5d track Order -> outcomes t:reached
      `,
    );
  });

  it("has one outcome for each occasion: a new one closes the one before", () => {
    const fold = runScript(
      [pack("t: { event: a, message: m, goal: { event: order, within: 3d } }")],
      `
      0d c1 track A
      1d c1 track A -> triggers t, outcomes t:not_reached
      2d c1 track Order -> outcomes t:reached
      `,
    );
    expect(outcomes(fold).map(({ body }) => [body.data.key, body.data.because.cause])).toEqual([
      ["p/t/c1/m1", "replaced"],
      ["p/t/c1/m2", "event"],
    ]);
  });
});
