import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-fit-"));
const pack = join(folder, "shop.yaml");
writeFileSync(pack, "pack: shop\nversion: 1\nevents: { order: { track: Order Completed, value: properties.revenue } }\nvalue: { of: order }\n");
const day = (number: number) => new Date(Date.parse("2026-01-01") + number * 86_400_000).toISOString();

/** Customer i buys every 3 + i % 9 days, 2 + i % 6 times. */
const orders = Array.from({ length: 120 }, (_, i) => Array.from({ length: 2 + (i % 6) }, (__, n) => ({ i, n, at: n * (3 + (i % 9)) })))
  .flat()
  .sort((a, b) => a.at - b.at)
  .map(({ i, n, at }) =>
    JSON.stringify({
      messageId: `${i}-${n}`,
      type: "track",
      event: "Order Completed",
      userId: `c${i}`,
      timestamp: day(at),
      properties: { revenue: 10 + (i % 7) + 2 * n },
    }),
  );
const events = join(folder, "orders.ndjson");
writeFileSync(events, orders.join("\n"));

describe("fit", () => {
  test("estimates the same from events and from the contacts that they make", async () => {
    const fromEvents = await run(`fit ${events} --pack ${pack} --until 2026-06-01 --json`);
    const contacts = join(folder, "contacts");
    await run(`replay ${events} --pack ${pack} --until 2026-06-01 --contacts ${contacts}`);
    const fromContacts = await run(`fit ${contacts} --json`);
    const [one, other] = [JSON.parse(fromEvents.out), JSON.parse(fromContacts.out)];
    expect(one).toMatchObject({ customers: 120, bgNbd: { customers: 120, parameters: { r: expect.any(Number) } } });
    expect(one.bgNbd.logLikelihood).toBeLessThan(0);
    expect(other).toEqual(one);
  });

  test("prints what a pack takes", async () => {
    const { out } = await run(`fit ${events} --pack ${pack} --until 2026-06-01`);
    expect(out).toMatch(/bg_nbd: \{ r: [\d.]+(e[+-]?\d+)?, alpha: [\d.e+-]+, a: [\d.e+-]+, b: [\d.e+-]+ \}/);
    expect(out).toContain("log-likelihood");
  });

  test("says what is missing", async () => {
    const other = join(folder, "other.yaml");
    writeFileSync(other, "pack: other\nversion: 1\nevents: { order: { track: Order Completed, value: properties.revenue } }\n");
    expect(await run(`fit ${events} --pack ${other}`)).toMatchObject({ exit: 2, err: expect.stringContaining("`value:` block") });
    const once = join(folder, "once.ndjson");
    writeFileSync(once, orders.slice(0, 1).join("\n"));
    expect(await run(`fit ${once} --pack ${pack}`)).toMatchObject({ exit: 1, out: expect.stringContaining("nobody has bought again") });
  });
});
