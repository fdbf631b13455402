// Examples on the real engine: what holds, how a failure reads, what counts as reached.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runExamples } from "../../../src/app/examples/run-examples.ts";
import { loadExamples } from "../../../src/packs/examples/examples.ts";
import { formatProblems } from "../../../src/packs/problems.ts";
import { packFrom } from "../../support/pack.ts";

const PACK = packFrom(`
pack: trial
version: 1
events:
  signup: Signed Up
  visit: { page: "*" }
  paid: { track: Paid, value: properties.amount }
  odd: Odd Thing
traits:
  plan: string
measures:
  visits: { count: visit, window: 30d }
  spent: { sum: paid }
scores:
  interest:
    decay: { half_life: 7d }
    points: { visit: { add: 10, cap: 20 per 1d }, paid: 30, odd: -5 }
  fit:
    while: { team: { points: 40, if: traits.plan == "team" } }
audiences:
  keen: { if: interest >= 30, until: interest < 15 }
segments:
  among: spent > 0
  list:
    - big: spent >= 100
    - small: else
stages:
  order: [visitor, trial, customer]
  moves:
    - { to: trial,    from: visitor,         event: signup }
    - { to: trial,    from: visitor,         if: visits >= 5 }
    - { to: customer, from: before customer, event: paid }
triggers:
  hello: { enter: trial, channel: email, message: hello }
  quiet: { silent: visit, for: 14d, in: [trial], channel: email, message: come-back }
  big_one: { enter: big, channel: crm, message: big }
  first: { enter: visitor, channel: web, message: first }
`);

describe("a story is as expected when", () => {
  test.each([
    [
      "places, numbers and what left are all said right",
      "- { at: 0d, do: [visit, signup], expect: { stage: trial, segment: none, interest: 10, visits: 1, keen: false, triggers: [first, hello], transitions: [visitor, trial] } }",
    ],
    [
      "time alone moves it",
      "- { at: 0d, do: [signup, { event: visit, times: 2 }, paid, { event: paid, value: 120 }], expect: { audiences: [keen], segment: big } }\n    - { at: 30d, expect: { audiences: [], transitions: [keen: out], because: { cause: time } } }",
    ],
    [
      "a deadline has come by its moment, and not before",
      "- { at: 0d, do: [signup] }\n    - { at: 13d 23h, expect: { triggers: [] } }\n    - { at: 14d, expect: { triggers: [quiet] } }",
    ],
    [
      "others do things too",
      "- { at: 0d, who: ana, do: [signup] }\n    - { at: 1d, do: [visit], expect: { stage: visitor, triggers: [first] } }\n    - { at: 14d, who: ana, expect: { stage: trial, triggers: [quiet] } }",
    ],
    ["what came late counts where it belongs", "- { at: 20d, do: [{ event: paid, value: 50, ago: 14d }], expect: { spent: 50, interest: 7.5 } }"],
    ["what was withheld is told apart", "- { at: 0d, do: [signup], expect: { triggers: [hello], withheld: [first: passed_through] } }"],
  ])("%s", (_, lines) => {
    expect(run(lines).examples[0]?.failures).toEqual([]);
  });
});

describe("a failure shows both sides", () => {
  test.each([
    [
      "a number with its points",
      "- { at: 1d, do: [visit, visit, paid], expect: { interest: 40 } }",
      { line: 4, at: "1d", what: "interest", expected: "40", got: "50 = 30 paid + 20 visit" },
    ],
    [
      "a stage with the scores behind it",
      "- { at: 0d, do: [visit], expect: { stage: trial } }",
      { what: "stage", expected: "trial", got: "visitor; interest 10 = 10 visit; fit 0" },
    ],
    [
      "triggers with what is missing and what is too many",
      "- { at: 0d, do: [visit, signup], expect: { triggers: [hello, quiet] } }",
      { what: "triggers", expected: "[hello, quiet]", got: "[first, hello]: quiet is missing, first was not expected" },
    ],
    [
      "a trigger that should not have fired",
      "- { at: 0d, do: [signup], expect: { no: [hello] } }",
      { what: "no", expected: "none of [hello]", got: "[hello]" },
    ],
    ["a reason", "- { at: 0d, do: [signup], expect: { because: { event: visit } } }", { what: "because", expected: "event: visit", got: "event: signup" }],
    [
      "a move that was not made",
      "- { at: 0d, do: [signup] }\n    - { at: 1d, expect: { because: { event: signup } } }",
      { line: 5, what: "because", got: "no move since the line before" },
    ],
    ["a contact whom nobody has seen", "- { at: 0d, expect: { stage: visitor } }", { what: "stage", got: "none" }],
    [
      "the withheld reason",
      "- { at: 0d, do: [signup], expect: { withheld: [first: cap] } }",
      { got: "[first: passed_through]: first: cap is missing, first: passed_through was not expected" },
    ],
  ])("%s", (_, lines, failure) => {
    expect(run(lines).examples[0]?.failures).toMatchObject([failure]);
  });
});

describe("coverage", () => {
  test("names what no example reached, by what the engine did and not by what was expected", () => {
    const { coverage } = run("- { at: 0d, do: [visit, signup] }\n    - { at: 1d, do: [odd] }");
    expect(coverage.missing.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "rule interest.paid",
      "rule fit.team",
      "stage customer",
      expect.stringMatching(/^move line \d+: trial from visitor$/),
      expect.stringMatching(/^move line \d+: customer from visitor, trial$/),
      "segment big",
      "segment small",
      "audience keen",
      "trigger quiet",
      "trigger big_one",
    ]);
    expect(coverage).toMatchObject({ parts: 17, reached: 7, percent: 41.1 });
  });

  test("two moves between the same stages are told apart by why they were made", () => {
    const moves = (lines: string) =>
      run(lines)
        .coverage.missing.filter(({ name }) => name.includes("trial from visitor"))
        .map(({ name }) => name);
    const [byVisits] = moves("- { at: 0d, do: [signup] }");
    const [bySignup] = moves("- { at: 0d, do: [{ event: visit, times: 5 }] }");
    expect([byVisits, bySignup].every((name) => name !== undefined) && byVisits !== bySignup).toBe(true);
  });

  test("all of it is 100, and only then", () => {
    const all =
      "- { at: 0d, traits: { plan: team }, do: [visit, signup] }\n    - { at: 14d }\n    - { at: 15d, do: [visit, visit, paid, odd, { event: paid, value: 5 }, { event: paid, value: 200 }] }\n  b:\n    - { at: 0d, do: [{ event: visit, times: 5 }] }";
    expect(run(all).coverage).toEqual({ parts: 17, reached: 17, percent: 100, missing: [] });
  });
});

test("a band is reached when somebody was in it", () => {
  const pack = packFrom(
    "pack: trial\nversion: 1\nevents: { paid: Paid }\nmeasures: { n: { count: paid } }\nbands: { often: { of: n, at: { never: 0, once: 1, twice: 2 } } }\n",
  );
  const loaded = loadExamples("pack: trial\nexamples: { a: [{ at: 0d, do: [paid] }, { at: 1d, do: [paid] }] }\n", "trial.examples.yaml", pack);
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
  expect(runExamples(pack, loaded.examples).coverage.missing).toEqual([{ kind: "band", name: "often: never" }]);
});

test("only those that are asked for run", () => {
  const file = examplesOf("- { at: 0d }\n  the other one:\n    - { at: 0d }");
  expect(runExamples(PACK, file, "other").examples.map(({ name }) => name)).toEqual(["the other one"]);
});

const run = (lines: string) => runExamples(PACK, examplesOf(lines));

function examplesOf(lines: string) {
  const result = loadExamples(`pack: trial\nexamples:\n  a story:\n    ${lines}\n`, "trial.examples.yaml", PACK);
  if (!result.ok) throw new Error(formatProblems(result.problems).join("\n"));
  return result.examples;
}

describe("a series", () => {
  const SERIES = packFrom(`
pack: trial
version: 1
events: { signup: Signed Up, paid: Paid }
stages: { order: [visitor, trial], moves: [{ to: trial, from: visitor, event: signup }] }
triggers:
  nurture:
    enter: trial
    channel: { all: [email, push] }
    steps: [{ after: 0d, message: one }, { after: 2d, message: two }, { after: 5d, message: three }]
    goal: { event: paid, within: 10d }
`);
  const runSeries = (lines: string) => {
    const loaded = loadExamples(`pack: trial\nexamples:\n  a story:\n    ${lines}\n`, "trial.examples.yaml", SERIES);
    if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
    return runExamples(SERIES, loaded.examples);
  };

  test("is known by its steps, on however many channels they go out, by its cancellation and its outcome", () => {
    const told = runSeries(
      "- { at: 0d, do: [signup], expect: { triggers: [nurture/1] } }\n    - { at: 2d, expect: { triggers: [nurture/2], no: [nurture/1] } }\n    - { at: 3d, do: [paid], expect: { triggers: [nurture: cancelled], outcomes: [nurture: reached] } }",
    );
    expect(told.examples[0]?.failures).toEqual([]);
    expect(told.coverage.missing).toEqual([
      { kind: "trigger", name: "nurture/3" },
      { kind: "outcome", name: "nurture: not_reached" },
    ]);
  });

  test("is named as a whole where none of its steps is wanted", () => {
    expect(runSeries("- { at: 0d, do: [signup], expect: { no: [nurture] } }").examples[0]?.failures).toMatchObject([{ what: "no", got: "[nurture/1]" }]);
  });
});

describe("an answer", () => {
  const ANSWERED = packFrom(`
pack: trial
version: 1
events: { signup: Signed Up, click: { track: Email Link Clicked, where: 'context.tidemark.key.startsWith("trial/")' }, later: Later }
stages: { order: [visitor, trial], moves: [{ to: trial, from: visitor, event: signup }] }
triggers:
  welcome: { event: signup, channel: email, message: hello, goal: { event: click, answered: true, within: 3d } }
  news: { event: later, channel: email, message: news, goal: { event: click, within: 3d } }
  lessons: { event: later, after: 1h, channel: email, message: lesson, goal: { event: click, answered: true, within: 3d } }
`);
  const failures = (lines: string) => {
    const loaded = loadExamples(`pack: trial\nexamples:\n  a story:\n    ${lines}\n`, "trial.examples.yaml", ANSWERED);
    if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
    return runExamples(ANSWERED, loaded.examples).examples[0]?.failures;
  };

  test("carries the key of the newest message of its trigger to this person, and goals say that they were answered", () => {
    expect(
      failures(`- { at: 0d, who: ana, do: [signup], expect: { triggers: [welcome] } }
    - { at: 0d, do: [signup], expect: { triggers: [welcome] } }
    - { at: 1d, do: [signup, later], expect: { triggers: [welcome, news], outcomes: [welcome: not_reached] } }
    - { at: 2d, do: [{ event: click, answers: news }], expect: { outcomes: [news: answered] } }
    - { at: 2d, do: [{ event: click, answers: welcome }], expect: { outcomes: [welcome: answered] } }
    - { at: 2d, who: ana, do: [{ event: click, answers: welcome }], expect: { outcomes: [welcome] } }`),
    ).toEqual([]);
  });

  test("may be of what falls due before it in the same line", () => {
    expect(
      failures(
        "- { at: 0d, do: [later, { event: later, times: 2, every: 2h }, { event: click, answers: lessons }], expect: { outcomes: [lessons: answered, news: not_reached, news: not_reached, news: reached] } }",
      ),
    ).toEqual([]);
  });

  test("to what was not sent is said to be none", () => {
    expect(failures("- { at: 0d, do: [signup] }\n    - { at: 1d, who: ana, do: [{ event: click, answers: welcome }] }")).toEqual([
      { line: 5, at: "1d", what: "answers", expected: "something that welcome has sent to ana", got: "nothing was sent that could be answered" },
    ]);
  });

  test("that was expected and did not come is told apart from a goal that was reached", () => {
    expect(failures("- { at: 0d, do: [later] }\n    - { at: 1h, do: [click], expect: { outcomes: [news: answered] } }")).toMatchObject([
      { what: "outcomes", expected: "[news: answered]", got: "[news: reached]: news: answered is missing, news: reached was not expected" },
    ]);
    expect(failures("- { at: 0d, do: [later] }\n    - { at: 1h, do: [{ event: click, answers: news }], expect: { outcomes: [] } }")).toMatchObject([
      { got: "[news: reached (answered)]: news: reached (answered) was not expected" },
    ]);
  });
});

test("a grid is known by its cell", () => {
  const pack = packFrom(`
pack: graded
version: 1
events: { visit: { page: "*" }, form: Form Sent }
scores:
  keen: { points: { visit: 30 } }
  fit: { points: { form: 60 } }
grids:
  grade: { fit: { A: 50, B: 0 }, keen: { 1: 50, 2: 0 } }
`);
  const loaded = loadExamples(
    "pack: graded\nexamples: { a: [{ at: 0d, do: [visit, visit, form], expect: { grade: A1, transitions: [grade: B2, grade: B1, grade: A1] } }] }",
    "graded.examples.yaml",
    pack,
  );
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
  expect(runExamples(pack, loaded.examples).examples[0]?.failures).toEqual([]);
});

test("under a policy what is withheld has its reason, and what is held comes later", () => {
  const where = mkdtempSync(join(tmpdir(), "tidemark-story-"));
  writeFileSync(join(where, "policy.yaml"), 'policy: p\nzone: { else: UTC }\nchannels:\n  email: { cap: 1 per 1d, quiet: "21:00 to 08:00" }\n');
  const pack = packFrom(
    "pack: ruled\nversion: 1\nevents: { visit: { page: '*' } }\ntriggers:\n  a: { event: visit, channel: email, message: a }\n  b: { event: visit, channel: email, message: b }\n",
  );
  const story = (policy: string) =>
    loadExamples(
      `pack: ruled\npolicy: ${policy}\nbegins: 2026-01-05T12:00:00Z\nexamples:\n  by day:\n    - { at: 0d, do: [visit], expect: { triggers: [a], withheld: [b: cap] } }\n  by night:\n    - { at: 11h, do: [visit], expect: { triggers: [], withheld: [] } }\n    - { at: 20h, expect: { triggers: [a], withheld: [b: cap] } }\n`,
      join(where, "ruled.examples.yaml"),
      pack,
    );
  const loaded = story("policy.yaml");
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
  expect(runExamples(pack, loaded.examples).examples.flatMap(({ failures }) => failures)).toEqual([]);
  const wrong = story("polcy.yaml");
  expect(wrong.ok ? [] : formatProblems(wrong.problems)).toEqual([expect.stringContaining(":2:9  unknown-policy  `policy`: there is no file ")]);
});

test("a broadcast reaches everybody who is there", () => {
  const pack = packFrom(
    "pack: loud\nversion: 1\nevents: { visit: { page: '*' } }\nstages: { order: [a], moves: [] }\ntriggers: { news: { broadcast: true, in: [a], channel: email, message: news } }\n",
  );
  const loaded = loadExamples(
    "pack: loud\nexamples: { a: [{ at: 0d, who: x, do: [visit] }, { at: 0d, who: y, do: [visit] }, { at: 1d, who: x, broadcast: news, expect: { triggers: [news] } }, { at: 1d, who: y, expect: { triggers: [news] } }] }",
    "loud.examples.yaml",
    pack,
  );
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems).join("\n"));
  expect(runExamples(pack, loaded.examples)).toMatchObject({ examples: [{ failures: [] }], coverage: { percent: 100 } });
});
