// Segment's browser SDK in a real page of a real Chromium, which asks another origin (the edge) for its settings and sends it what a visitor
// does. Where this machine has no Chromium the test says so, loudly, and counts as skipped: what it shows has then not been shown, and a run
// that is green without it is seen to be (no-browser.test.ts).

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { useNatsServer } from "../support/nats-server.ts";
import { chromiumBinary } from "./chromium.ts";
import { liveEdge } from "./live-edge.ts";

const server = useNatsServer();
const binary = chromiumBinary();
const NOT_RUN = "NOT RUN: there is no Chromium on PATH (`apt-get install chromium`), so Segment's browser SDK was not tested";

test("@segment/analytics-next in Chromium: what a visitor does is what the contacts show", { timeout: 90_000 }, async ({ skip }) => {
  if (binary === undefined) {
    process.stderr.write(`\n*** ${NOT_RUN}. ***\n\n`);
    return skip(NOT_RUN);
  }
  const edge = await liveEdge(server());
  const site = await servePage();
  const browser = await chromium.launch({ executablePath: binary, args: ["--no-sandbox"] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const failures: string[] = [];
  page.on("requestfailed", (request) => failures.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on(
    "response",
    (response) => void (response.status() >= 400 && !response.url().endsWith("favicon.ico") && failures.push(`${response.url()} ${response.status()}`)),
  );
  await page.goto(`${site}/?edge=${encodeURIComponent(edge.url)}`);
  const anonymousId = await page.evaluate<string>(VISIT);
  await edge.shows("web-1", { sign_ups: 1, revenue: 12.5, homes: 1 });
  // The page that was seen before anybody knew who it was is the person's as well.
  expect(await edge.shows(anonymousId, { pages: 2 }, "anonymous")).toMatchObject({ contact: { id: "web-1", kind: "user" } });
  await expect.poll(() => edge.serving.engine.status().outcomes, { timeout: 15_000 }).toMatchObject({ applied: 7, deadLetter: 0 });
  expect(failures).toEqual([]);
});

/** Runs in the page. */
const VISIT = `(async () => {
  const edge = new URLSearchParams(location.search).get("edge");
  const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: "key-1", cdnURL: edge });
  await analytics.page("Landing");
  const anonymousId = (await analytics.user()).anonymousId();
  await analytics.identify("web-1", { plan: "team" });
  await analytics.track("Signed Up");
  await analytics.track("Order Completed", { revenue: 12.5 });
  await analytics.page("Home");
  await analytics.group("g1", { name: "Acme" });
  await analytics.alias("web-1", anonymousId);
  return anonymousId;
})()`;

/** A page of an origin of its own, with the SDK's own bundle. */
async function servePage(): Promise<string> {
  const bundle = join(dirname(createRequire(import.meta.url).resolve("@segment/analytics-next/package.json")), "dist/umd");
  const site = createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] as string;
    const script = /^\/([\w.-]+\.js)$/.exec(path)?.[1];
    if (script !== undefined) return void response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(join(bundle, script)));
    response.writeHead(200, { "content-type": "text/html" }).end('<!doctype html><title>Shop</title><script src="/index.js"></script>');
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void site.close());
  const address = site.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}
