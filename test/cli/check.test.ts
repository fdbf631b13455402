import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./command-line.ts";

const rules = new URL("../../rules/", import.meta.url).pathname;
const folder = () => mkdtempSync(join(tmpdir(), "tidemark-check-"));

describe("packs without a mistake", () => {
  test("each is one line with what it holds", async () => {
    const { exit, out } = await run(`check ${rules}b2b-funnel.yaml ${rules}ecommerce-rfm.yaml`);
    expect([exit, out.trimEnd().split("\n").length]).toEqual([0, 2]);
    expect(out).toContain("b2b-funnel version 2: ");
    expect(out).toContain("stages visitor > lead > mql");
  });

  test("--json has their names", async () => {
    const result = JSON.parse((await run(`check ${rules}b2b-funnel.yaml --json`)).out);
    expect(result).toMatchObject({
      ok: true,
      problems: [],
      packs: [{ name: "b2b-funnel", version: 2, stages: expect.arrayContaining(["visitor", "customer"]) }],
    });
  });

  test("a pattern leaves out the examples that stand beside the packs", async () => {
    const where = folder();
    cpSync(`${rules}b2b-funnel.yaml`, join(where, "b2b-funnel.yaml"));
    writeFileSync(join(where, "b2b-funnel.examples.yaml"), "not: a pack\n");
    expect((await run(`check ${where}/*.yaml`)).exit).toBe(0);
    expect((await run(`check ${where}/b2b-funnel.examples.yaml`)).exit).toBe(1);
  });
});

describe("a policy", () => {
  test("that ships knows every channel that a shipped pack sends to", async () => {
    const { exit, out } = await run(`check ${rules}*.yaml --policy ${rules}policy.yaml`);
    expect([exit, out.trimEnd().split("\n").at(-1)]).toEqual([0, expect.stringMatching(/policy\.yaml: policy default: channels email, push, /)]);
  });

  test("is checked with the packs, and by itself where it alone is named", async () => {
    const path = join(folder(), "strict.yaml");
    writeFileSync(path, "policy: strict\nchannels: { email: { reaches: contact } }\n");
    const both = await run(`check ${rules}b2b-funnel.yaml --policy ${path}`);
    expect([both.exit, both.out]).toEqual([1, expect.stringMatching(/b2b-funnel\.yaml:\d+:\d+ {2}unknown-channel {2}trigger `\w+` sends to `crm`/)]);
    expect((await run(`check ${rules}b2b-funnel.yaml ${path}`)).exit).toBe(1);
    expect((await run(`check ${path}`)).out).toBe(`${path}: policy strict: channels email\n`);
    writeFileSync(path, "policy: strict\nchanels: { email: }\n");
    const json = JSON.parse((await run(`check ${path} --json`)).out);
    expect([json.ok, json.problems[0]]).toMatchObject([false, { file: path, line: 2, code: "unknown-key", hint: "did you mean `channels`?" }]);
  });
});

describe("findings", () => {
  test("a mistake is named with its place, and the exit code is 1", async () => {
    const path = join(folder(), "bad.yaml");
    writeFileSync(path, readFileSync(`${rules}b2b-funnel.yaml`, "utf8").replace("triggers:", "trigers:"));
    const { exit, out, err } = await run(`check ${path}`);
    expect([exit, err]).toEqual([1, ""]);
    expect(out).toMatch(new RegExp(`^${path}:\\d+:\\d+  `));
    const json = JSON.parse((await run(`check ${path} --json`)).out);
    expect([json.ok, json.problems[0].file]).toEqual([false, path]);
  });

  test("two packs of one name are a mistake", async () => {
    const where = folder();
    for (const name of ["a.yaml", "b.yaml"]) cpSync(`${rules}b2b-funnel.yaml`, join(where, name));
    const { exit, out } = await run(`check ${where}/*.yaml`);
    expect(exit).toBe(1);
    expect(out).toContain(`${where}/b.yaml: the pack is called "b2b-funnel", and so is the one in ${where}/a.yaml`);
  });
});

describe("proofs", () => {
  const contrary = (text: string) => {
    const path = join(folder(), "contrary.yaml");
    writeFileSync(path, `pack: contrary\nversion: 1\nevents: { visit: { page: "*" } }\nscores: { heat: { points: { visit: 5 } } }\n${text}`);
    return path;
  };

  test("moves that undo each other are a finding with its place", async () => {
    const path = contrary("stages:\n  order: [a, b]\n  moves:\n    - { to: b, from: a, if: heat >= 60 }\n    - { to: a, from: b, if: heat < 70 }\n");
    const { exit, out } = await run(`check ${path}`);
    expect([exit, out.split("\n")[0], out.trimEnd().split("\n").at(-1)]).toEqual([
      1,
      `${path}:8:7  moves-undo  the moves a > b > a undo each other with heat 60 (the other is in line 9)  (leave a gap between their conditions, so that only one of them can hold)`,
      "1 mistake",
    ]);
    const json = JSON.parse((await run(`check ${path} --json`)).out);
    expect([json.ok, json.packs[0].findings[0].code, json.packs[0].undecided]).toEqual([false, "moves-undo", []]);
  });

  test("a warning is shown and is no finding", async () => {
    const { exit, out } = await run(`check ${contrary("audiences: { all: heat >= 0 }\n")}`);
    expect([exit, out.trimEnd().split("\n").at(-1)]).toEqual([0, "1 warning"]);
    expect(out).toContain("always  everybody is in audience `all`");
  });
});

describe("against a sample", () => {
  const PACK = `pack: shop
version: 1
events:
  order: { track: [Order Completed, Purchase], value: properties.revenue, key: properties.order_id }
  view: { track: Product Viewed, where: properties.price > 10 }
  visit: { page: "*" }
traits: { country: string, age: number }
measures: { items: { sum: order, of: properties.item_count } }
triggers:
  t: { event: order, channel: email, message: m, carry: [items, event.properties.coupon] }
`;
  const against = async (messages: readonly unknown[], more = "") => {
    const where = folder();
    writeFileSync(join(where, "shop.yaml"), PACK);
    writeFileSync(join(where, "sample.ndjson"), messages.map((message) => `${typeof message === "string" ? message : JSON.stringify(message)}\n`).join(""));
    const { exit, out } = await run(`check ${where}/shop.yaml --against ${where}/sample.ndjson${more}`);
    return { exit, lines: out.trimEnd().replaceAll(`${where}/`, "").split("\n"), out };
  };

  test("names events that never occur, properties that are not there or of another kind, and the nearest names", async () => {
    const { exit, lines } = await against([
      { type: "track", event: "Order Complete", properties: { revenue: 9 } },
      { batch: [{ type: "track", event: "Purchase", properties: { revenue: "much", orderId: "o1", itemCount: 2 } }] },
      { type: "track", event: "Product Viewed", properties: { price: "12" } },
      { type: "identify", traits: { country: "DE", age: "young" } },
      "no json",
    ]);
    expect(exit).toBe(1);
    expect(lines).toEqual([
      "shop.yaml:4:3  never-occurs  event `order`: no track is called `Order Completed` in 4 messages  (did you mean `Order Complete`?)",
      "shop.yaml:4:48  property-of-another-kind  the `value` of event `order`: `properties.revenue` is a text in 1 message, never a number  (name another property, or have it sent as one)",
      "shop.yaml:4:75  property-missing  the `key` of event `order`: `properties.order_id` is in none of the one message  (did you mean `orderId`?)",
      "shop.yaml:5:34  where-never-holds  event `view`: its `where` holds for none of the one message  (see what the messages have there)",
      "shop.yaml:7:28  property-of-another-kind  trait `age`: `traits.age` is a text in 1 message, never a number  (name another property, or have it sent as one)",
      "shop.yaml:8:34  property-missing  `of` of measure `items`: `properties.item_count` is in none of the one message  (did you mean `itemCount`?)",
      "shop.yaml:10:50  property-missing  `carry` of trigger `t`: `properties.coupon` is in none of the one message  (there are `revenue`, `orderId` and `itemCount`)",
      "shop.yaml: shop version 1: 3 events, 2 traits, 1 measure, 1 trigger",
      "  4 messages: 1 of 3 events occur; 1 line is no message; tracks that it does not use: Order Complete",
      "7 warnings",
    ]);
  });

  test("has nothing to say where all is there", async () => {
    const order = (event: string) => ({ type: "track", event, properties: { revenue: "12.50", order_id: 7, item_count: 1, coupon: "x" } });
    const { exit, out } = await against(
      [
        order("Order Completed"),
        order("Purchase"),
        { type: "track", event: "Product Viewed", properties: { price: 12 } },
        { type: "page", traits: { country: "DE", age: 40 } },
      ],
      " --json",
    );
    const [pack] = JSON.parse(out).packs;
    expect([exit, pack.against]).toEqual([0, { messages: 4, unread: 0, events: { order: 2, view: 1, visit: 1 }, unused: [], findings: [] }]);
  });
});

test("a file that is not there, and a pattern without a match, are misuse", async () => {
  const [file, pattern] = [await run("check /nowhere/a.yaml"), await run("check /nowhere/*.yaml")];
  expect([file.exit, pattern.exit]).toEqual([2, 2]);
  expect(file.err).toContain("tidemark: FILE_UNREADABLE: cannot read the pack /nowhere/a.yaml");
  const elsewhere = await run("check nowhere/a.yaml");
  expect(elsewhere.err).toContain(`cannot read the pack nowhere/a.yaml, which is ${join(process.cwd(), "nowhere/a.yaml")} here (ENOENT)`);
  expect(pattern.err).toContain("tidemark: FILE_UNREADABLE: no rule pack matches /nowhere/*.yaml");
});
