import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lines, run } from "./command-line.ts";

const pack = new URL("../../rules/b2b-funnel.yaml", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "tidemark-replay-"));
const events = join(folder, "events.ndjson");
writeFileSync(
  events,
  Array.from({ length: 30 }, (_, i) =>
    JSON.stringify({ type: "page", name: "Pricing", userId: `u${i % 3}`, messageId: `m${i}`, timestamp: `2026-01-0${1 + (i % 9)}T00:00:00Z` }),
  ).join("\n"),
);

describe("a file of events", () => {
  test("gives a summary, and a line for every transition, trigger and contact", async () => {
    const files = { transitions: join(folder, "transitions"), triggers: join(folder, "triggers"), contacts: join(folder, "contacts") };
    const outputs = Object.entries(files).flatMap(([kind, file]) => [`--${kind}`, file]);
    const { exit, out } = await run(`replay ${events} --pack ${pack} --until 2026-03-01 --json`, { more: outputs });
    const summary = JSON.parse(out);
    expect([exit, summary.events, summary.contacts, summary.logTime]).toEqual([0, 30, 3, "2026-03-01T00:00:00.000Z"]);
    const read = (file: string) => lines(readFileSync(file, "utf8")).map((line) => JSON.parse(line));
    expect([read(files.transitions).length, read(files.triggers).length]).toEqual([summary.transitions, summary.triggers + summary.withheld]);
    expect(summary.transitions).toBeGreaterThan(0);
    expect(
      read(files.contacts)
        .map(({ contact }) => contact.id)
        .toSorted(),
    ).toEqual(["u0", "u1", "u2"]);
  });

  test("as history tells nothing, and leaves contacts where they would be", async () => {
    const contacts = (name: string) => join(folder, name);
    const standing = (name: string) => lines(readFileSync(contacts(name), "utf8")).map((line) => JSON.parse(line).packs["b2b-funnel"].stage);
    await run(`replay ${events} --pack ${pack} --until 2026-03-01`, { more: ["--contacts", contacts("live")] });
    const { out } = await run(`replay ${events} --pack ${pack} --until 2026-03-01 --backfill`, { more: ["--contacts", contacts("past")] });
    expect(standing("past")).toEqual(standing("live"));
    expect(lines(out).slice(1, 3)).toEqual([
      expect.stringMatching(/^0 transitions, 0 triggers, 0 withheld; 3 contacts at /),
      expect.stringMatching(/^ {2}history, not told: \d+ transition, \d+ trigger/),
    ]);
    expect((await run(`replay ${events} --pack ${pack} --backfill`)).out).toContain("  3 contacts still in history\n");
    writeFileSync(contacts("bad"), '{"batch":[\n{"type":"page","userId":"a","timestamp":"2026-01-01"}\n');
    expect(JSON.parse((await run(`replay ${contacts("bad")} --pack ${pack} --backfill --json`)).out).outcomes).toMatchObject({ applied: 1, deadLetter: 1 });
  });

  test("says why events were dead letters", async () => {
    const bad = join(folder, "bad.ndjson");
    writeFileSync(bad, 'not json\n{"type":"page"}\n{"type":"page","userId":"a","messageId":"m","timestamp":"2026-01-01T00:00:00Z"}\n');
    const { out } = await run(`replay ${bad} --pack ${pack}`);
    expect(lines(out).slice(0, 5)).toEqual([
      "3 events: 1 applied, 0 duplicate, 0 late, 0 forgotten, 2 deadLetter",
      "  dead letters: 1 broken_json, 1 no_id",
      "    broken_json, the first: broken at byte 1, or nested deeper than 64: not json",
      '    no_id, the first: neither `userId` nor `anonymousId`: {"type":"page"}',
      expect.stringMatching(/ 1 contact at /),
    ]);
  });

  test("shows the cut points that the population has in the end", async () => {
    const shop = join(folder, "shop.yaml");
    writeFileSync(
      shop,
      "pack: shop\nversion: 1\nevents: { order: { track: Order, value: properties.revenue } }\nrfm: { of: order, bins: 2, method: r, cuts: { f: [2] } }\n",
    );
    const orders = join(folder, "orders.ndjson");
    const order = (who: string, day: string, revenue: number) =>
      JSON.stringify({ type: "track", event: "Order", userId: who, messageId: who, timestamp: `${day}T12:00:00Z`, properties: { revenue } });
    writeFileSync(orders, `${[order("a", "2026-01-01", 10.25), order("b", "2026-01-03", 20), order("c", "2026-01-04", 40)].join("\n")}\n`);
    const { out } = await run(`replay ${orders} --pack ${shop} --until 2026-01-05T00:00:00Z`);
    expect(
      lines(out)
        .filter((line) => line.includes("cut points"))
        .map((line) => line.trim().split(/\s+/).join(" ")),
    ).toEqual(["shop cut points 3 r 3", "shop cut points 3 f 2", "shop cut points 3 m 21"]);
    expect(JSON.parse((await run(`replay ${orders} --pack ${shop} --json`)).out).rfm.shop.grid).toBeDefined();
  });

  test("the number of workers and the size of batches change nothing", async () => {
    const digest = async (more: string) => JSON.parse((await run(`replay ${events} --pack ${pack} --json ${more}`)).out).digest;
    expect(await digest("--workers 2 --batch 1")).toBe(await digest("--workers 1 --batch 1000"));
  });
});

describe("a policy", () => {
  const policy = join(folder, "strict.yaml");
  writeFileSync(
    policy,
    "policy: strict\nchannels: { email: { consent: email }, push: { consent: push }, ads: { reaches: audience, consent: ads }, crm: { reaches: staff } }\n",
  );

  const mail = join(folder, "mail.yaml");
  writeFileSync(mail, "pack: mail\nversion: 1\nevents: { look: { page: Pricing } }\ntriggers: { hello: { event: look, channel: email, message: m } }\n");

  test("is applied, and changes no transition", async () => {
    const summary = async (more: string) => JSON.parse((await run(`replay ${events} --pack ${pack} --pack ${mail} --json ${more}`)).out);
    const [free, asked] = [await summary(""), await summary(`--policy ${policy}`)];
    expect(asked.transitions).toBe(free.transitions);
    expect(asked.triggers + asked.withheld).toBe(free.triggers + free.withheld);
    expect(asked.withheldByReason.consent).toBe(30);
    expect(free.withheldByReason.consent).toBeUndefined();
  });

  test("with a mistake is refused in one line", async () => {
    writeFileSync(join(folder, "broken.yaml"), "policy: p\nchanels: { email: }\n");
    const { exit, err } = await run(`replay ${events} --pack ${pack} --policy ${join(folder, "broken.yaml")}`);
    expect([exit, lines(err).length, err]).toEqual([2, 1, expect.stringContaining("POLICY_INVALID: ")]);
    expect(err).toContain("broken.yaml:2:1  unknown-key  unknown key `chanels` in the policy  (did you mean `channels`?)");
  });
});

test("a dump that was begun with other zone rules says so, and is told all the same", async () => {
  const dump = join(folder, "dump.ndjson");
  const settings = JSON.stringify({ type: "settings", created: "2026-01-01T00:00:00Z", clock: "event", zone_rules: "1999a" });
  const message = { seq: 1, time: "2026-01-01T00:00:00Z", subject: "tidemark.log.0.control.settings", data: Buffer.from(settings).toString("base64") };
  writeFileSync(dump, `${JSON.stringify(message)}\n`);
  const { exit, err } = await run(`replay --log ${dump}`);
  expect([exit, lines(err).filter((line) => line.includes("warning"))]).toEqual([0, [expect.stringContaining("begun with time zone rules 1999a")]]);
});

describe("what is refused", () => {
  test.each([
    ["replay", "replay takes a file of events, or --log with a dump, and not both"],
    ["replay a.ndjson --log b.ndjson", "replay takes a file of events, or --log with a dump, and not both"],
    ["replay --log b.ndjson --until 2026-01-01", "a dump has its own packs, its own history and its own end"],
    [`replay /nowhere/a.ndjson --pack ${pack}`, "FILE_UNREADABLE"],
    [`replay / --pack ${pack}`, "FILE_UNREADABLE: / cannot be read (EISDIR)"],
    [`replay ${events} --pack ${pack} --triggers /nowhere/out`, "/nowhere/out cannot be written (ENOENT)"],
    [`replay ${events} --pack /nowhere/pack.yaml`, "FILE_UNREADABLE"],
    [`replay --log ${events}`, `${events}:1 is no line of a log dump`],
  ])("%s", async (args, message) => {
    const { exit, err } = await run(args);
    expect(err).toContain(message);
    expect([exit, lines(err).length]).toEqual([2, 1]);
  });
});
