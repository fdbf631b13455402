// `gaps`: what the packs alone give away, and what a running engine and its output add.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startHttp } from "../../src/http/server.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { type OutputSequence, outputSequence } from "../../src/model/ids.ts";
import { connectBroker } from "../../src/nats/connection.ts";
import { ensureOutputStream, JetStreamOutput } from "../../src/nats/jetstream-output.ts";
import { fakeEngine } from "../http/fake-engine.ts";
import { startTestServer } from "../support/nats-server.ts";
import { lines, run } from "./command-line.ts";

const PACK = `pack: p
version: 1
events: { form: Form, won: Won, visit: { page: "*" } }
measures: { visits: { count: visit } }
segments: { list: [{ many: visits >= 9 }, { few: else }] }
stages:
  order: [lead, mql, won]
  moves:
    - { to: mql, from: lead, event: form }
    - { to: won, from: [lead, mql], event: won }
triggers:
  hello: { enter: mql, from: lead, channel: email, message: m }
  call: { event: form, in: [mql, many], channel: { all: [crm, phone] }, message: m }
`;

const open = { entered: 8, reached: 2 };
const TARGETS = {
  lead_to_mql: { target: 20, percent: 12.5, within: "30d", entered: 40, reached: 5, open },
  mql_to_won: { target: 20, percent: null, within: "60d", entered: 0, reached: 0, open },
};

function packFile(): string {
  const file = join(mkdtempSync(join(tmpdir(), "tidemark-gaps-")), "p.yaml");
  writeFileSync(file, PACK);
  return file;
}

test("from the packs alone: places against channels, and what no trigger is about", async () => {
  const { exit, out } = await run(`gaps --offline --pack ${packFile()}`);
  expect([exit, lines(out)]).toEqual([
    1,
    [
      "p",
      "                crm  email  phone",
      "  stage lead    -    -      -",
      "  stage mql     1    1      1",
      "  stage won     -    -      -",
      "  segment many  1    -      1",
      "  segment few   -    -      -",
      "  no trigger for",
      "    stage lead",
      "    stage won",
      "    segment few",
      "  no trigger on the step",
      "    lead > won (line 10)",
      "    mql > won (line 10)",
    ],
  ]);
});

test("from a running engine: who stands where, what has not fired, and where contacts stop", async () => {
  const server = await startTestServer();
  const engine = {
    ...fakeEngine(),
    stages: async () => ({
      asOf: { from: 1, to: 1 },
      contacts: 9,
      packs: { p: { stages: { lead: 6, mql: 1, won: 2 }, segments: { many: 1, few: 8 }, audiences: {}, targets: TARGETS } },
    }),
  };
  const http = await startHttp(engine, new Metrics({ processMetrics: false }), { host: "127.0.0.1", port: 0, timeoutMs: 5000, connections: 1024 });
  onTestFinished(() => http.stop(100));
  const broker = await connectBroker({ url: server.url, name: "test" });
  onTestFinished(() => broker.close());
  await ensureOutputStream(broker, "0");
  const output = new JetStreamOutput(broker, "0");
  let last: OutputSequence = outputSequence(0);
  const publish = async (subject: string, time: string, data: object) => {
    const body = Buffer.from(JSON.stringify({ time, data: { pack: "p", ...data } }));
    const outcome = await output.publish({ subject, identity: `0-${last + 1}-0-0`, contentType: "application/cloudevents+json", body }, last);
    if (outcome.kind === "stored") last = outcome.sequence;
  };
  await publish("tidemark.triggers.crm.p.call.0", "2026-01-01T00:00:00Z", { trigger: "call" });
  await publish("tidemark.transitions.p.stage.mql.0", "2026-02-10T00:00:00Z", { axis: "stage", from: "lead", to: "mql" });
  await publish("tidemark.transitions.p.stage.won.0", "2026-02-20T00:00:00Z", { axis: "stage", from: "mql", to: "won" });
  await publish("tidemark.triggers.email.p.hello.0", "2026-02-20T00:00:00Z", { trigger: "hello" });
  output.close();

  const { exit, out, err } = await run(`gaps --pack ${packFile()} --http ${http.url.replace("http://", "")}`, { more: ["--nats", server.url] });
  expect([exit, err]).toEqual([1, ""]);
  expect(lines(out).slice(0, 3)).toEqual(["p", "                contacts  crm  email  phone", "  stage lead    6         -    -      -"]);
  expect(lines(out).slice(-10)).toEqual([
    "  not fired for 30 days",
    "    call",
    "  from stage to stage",
    "    lead > mql: 6 stand there, 1 went on",
    "    mql > won: 1 stand there, 1 went on",
    "  most contacts stop between lead and mql",
    "  targets",
    "    lead_to_mql: 12.5 % of 20 % within 30d, behind (5 of 40; 2 of 8 whose time still runs)",
    "    mql_to_won: 20 % within 60d; nobody's time is over yet (2 of 8 whose time still runs)",
    "looked through 4 published messages back to 2026-01-01 00:00:00",
  ]);
  const short = await run(`gaps --days 90 --pack ${packFile()} --http ${http.url.replace("http://", "")}`, { more: ["--nats", server.url, "--look", "1"] });
  expect(lines(short.out)).toContain("  not fired as far back as was looked, which is less than 90 days");
  const json = JSON.parse(
    (await run(`gaps --days 90 --json --pack ${packFile()} --http ${http.url.replace("http://", "")}`, { more: ["--nats", server.url] })).out,
  );
  const [other] = lines(
    (await run(`gaps --pack rules/six-stage.yaml --pack ${packFile()} --http ${http.url.replace("http://", "")}`, { more: ["--nats", server.url] })).out,
  ).slice(1);
  expect(other).toBe("  not live on the engine that was asked, which runs p: say whose gaps with --pack FILE");
  expect([json.packs[0].unfired, json.looked]).toEqual([[], { messages: 4, more: false, since: "2026-01-01T00:00:00Z" }]);
});
