import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";

const script = (name: string): string => resolve(import.meta.dirname, "../../../bench/data", name);

/** A data folder with rows made up here, in the form of the real files. */
function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "cdnow"));
  mkdirSync(join(folder, "ecom_stream"));
  writeFileSync(
    join(folder, "cdnow", "CDNOW_master.txt"),
    " customer_id  date number_of_cds  dollar_value\r\n 00007 19970203  2   20.50\r\n 00003 19970101  1   11.77\r\n",
  );
  const header = "user_id,session_id,event,timestamp,platform,acquisition_channel,user_cohort,user_lifecycle";
  writeFileSync(
    join(folder, "ecom_stream", "ecom.csv.gz"),
    gzipSync(`${header}\nu1,s1,purchase,2024-03-01 10:00:05,mobile,email,2024-01,new\nu2,s2,home,2024-03-01 10:00:00,desktop,social,2024-02,new\n`),
  );
  return folder;
}

const run = (name: string, ...args: string[]) => spawnSync(process.execPath, [script(name), ...args], { encoding: "utf8" });
const messages = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test("orders of CDNOW come in time order, each with an id that is the same every time", () => {
  const { stdout } = run("cdnow.ts", "--data", dataFolder());
  expect(messages(stdout)).toMatchObject([
    {
      messageId: "cdnow-2",
      type: "track",
      event: "Order Completed",
      userId: "cd-00003",
      timestamp: "1997-01-01T12:00:00.000Z",
      properties: { revenue: 11.77, quantity: 1 },
    },
    { messageId: "cdnow-1", userId: "cd-00007", timestamp: "1997-02-03T12:00:00.000Z", properties: { revenue: 20.5, quantity: 2 } },
  ]);
});

test("the e-commerce stream becomes pages and tracks", () => {
  const { stdout } = run("ecom-stream.ts", "--data", dataFolder());
  expect(messages(stdout)).toMatchObject([
    {
      messageId: "ecom-2",
      type: "page",
      name: "Home",
      userId: "u2",
      timestamp: "2024-03-01T10:00:00.000Z",
      properties: { session_id: "s2", platform: "desktop" },
    },
    { messageId: "ecom-1", type: "track", event: "Order Completed", userId: "u1", context: { campaign: { medium: "email" }, traits: { cohort: "2024-01" } } },
  ]);
});

test("absent data is said in a line; it is an error unless it is optional", () => {
  const nowhere = join(tmpdir(), "tidemark-no-such-folder");
  const failed = run("cdnow.ts", "--data", nowhere);
  expect([failed.status, failed.stdout]).toEqual([1, ""]);
  const optional = run("cdnow.ts", "--data", nowhere, "--optional");
  expect([optional.status, optional.stderr]).toEqual([0, `not run: no data at ${join(nowhere, "cdnow/CDNOW_master.txt")}\n`]);
});
