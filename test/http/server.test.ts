import { request as rawRequest } from "node:http";
import { createServer } from "node:net";
import autocannon from "autocannon";
import { afterEach, describe, expect, test } from "vitest";
import { type HttpServer, startHttp } from "../../src/http/server.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import type { Engine } from "../../src/model/status.ts";
import { fakeEngine } from "./fake-engine.ts";

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(100)));
});

async function serve(engine: Engine = fakeEngine(), timeoutMs = 2000): Promise<HttpServer> {
  const server = await startHttp(engine, new Metrics({ processMetrics: false }), { host: "127.0.0.1", port: 0, timeoutMs, connections: 1024 });
  running.push(server);
  return server;
}

/** Sends the path exactly as written; fetch would tidy it up first. */
function get(server: HttpServer, path: string, method = "GET"): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const request = rawRequest({ hostname, port, path, method }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk)).on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on("error", reject).end();
  });
}

describe("contacts", () => {
  const known = (id: string) => fakeEngine({ contact: async (key) => (key.id === id ? { contact: key } : undefined) });

  test("a known one is JSON, of kind user unless the query says otherwise", async () => {
    const engine = known("c_42");
    const server = await serve(engine);
    const answer = await get(server, "/v1/contacts/c_42");
    expect([answer.status, answer.headers["content-type"], JSON.parse(answer.text)]).toEqual([
      200,
      "application/json; charset=utf-8",
      { contact: { kind: "user", id: "c_42" } },
    ]);
    await get(server, "/v1/contacts/c_42?kind=anonymous");
    expect(engine.asked.map((key) => key.kind)).toEqual(["user", "anonymous"]);
  });

  test.each(["a/b c", "ü@example.org", "..", "100%", "a?b#c"])("an id is what was percent-encoded: %s", async (id) => {
    const answer = await get(await serve(known(id)), `/v1/contacts/${encodeURIComponent(id).replaceAll(".", "%2E")}`);
    expect(JSON.parse(answer.text)).toEqual({ contact: { kind: "user", id } });
  });

  test("an unknown one is 404 with a body that says so", async () => {
    const answer = await get(await serve(), "/v1/contacts/nobody");
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text).error).toEqual({
      code: "no_such_contact",
      message: 'no user contact has the id "nobody"; for an anonymous id add ?kind=anonymous',
    });
  });

  test.each(["/v1/contacts/", "/v1/contacts/a/b", "/v1/contacts/%zz", "/v1/contacts/%ff", "/v1/contacts/a?kind=person", `/v1/contacts/${"x".repeat(4097)}`])(
    "nonsense is 400 and nobody is asked: %.40s",
    async (path) => {
      const engine = fakeEngine();
      const answer = await get(await serve(engine), path);
      expect([answer.status, Object.keys(JSON.parse(answer.text))]).toEqual([400, ["error"]]);
      expect(engine.asked).toEqual([]);
    },
  );

  test("an engine that does not answer in time is 503, and one that breaks is 500", async () => {
    const silent = await serve(fakeEngine({ contact: () => new Promise(() => {}) }), 100);
    expect((await get(silent, "/v1/contacts/a")).status).toBe(503);
    const broken = await serve(fakeEngine({ contact: () => Promise.reject(new Error("boom")) }));
    expect((await get(broken, "/v1/contacts/a")).status).toBe(500);
    const stopping = await serve(fakeEngine({ contact: () => Promise.reject(new TidemarkError("WORKER_DIED", "worker 0 ended")) }));
    const answer = await get(stopping, "/v1/contacts/a");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "1"]);
  });
});

describe("stages, probes, metrics", () => {
  test("rfm is the engine's", async () => {
    expect(JSON.parse((await get(await serve(), "/v1/rfm")).text)).toEqual({ asOf: { from: 41, to: 43 }, packs: {} });
  });

  test("stages are the engine's", async () => {
    expect(JSON.parse((await get(await serve(), "/v1/stages")).text)).toEqual({
      asOf: { from: 41, to: 43 },
      contacts: 2,
      packs: { p: { stages: { lead: 2 }, segments: {}, audiences: {} } },
    });
  });

  test("ready only while live; alive always", async () => {
    const replaying = await serve(fakeEngine({ status: { phase: "replaying", lagMessages: 7 } }));
    const answer = await get(replaying, "/readyz");
    expect([answer.status, JSON.parse(answer.text).reason]).toEqual([503, "7 messages of the log are still to be replayed"]);
    expect((await get(replaying, "/livez")).status).toBe(200);
    expect((await get(await serve(fakeEngine({ status: { phase: "stopping" } })), "/readyz")).status).toBe(503);
    expect((await get(await serve(), "/readyz")).status).toBe(200);
  });

  test("metrics are the status of this moment, and count the requests", async () => {
    const server = await serve(fakeEngine({ status: { contacts: 1234 } }));
    await get(server, "/v1/contacts/nobody");
    const answer = await get(server, "/metrics");
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.text).toContain("\ntidemark_state_contacts 1234\n");
    expect(answer.text).toContain('tidemark_http_requests_total{route="contacts",status="404"} 1');
  });
});

describe("the protocol", () => {
  test("another method is 405 with Allow, another path 404 with a body", async () => {
    const server = await serve();
    const refused = await get(server, "/v1/stages", "POST");
    expect([refused.status, refused.headers.allow]).toEqual([405, "GET, HEAD"]);
    const unknown = await get(server, "/v2/stages");
    expect([unknown.status, JSON.parse(unknown.text).error.code]).toEqual([404, "no_such_path"]);
    expect((await get(server, "/toString")).status).toBe(404);
    const misspelt = await get(server, "/v1/trak", "POST");
    expect([misspelt.status, misspelt.text]).toEqual([404, expect.stringContaining("events go to /v1/batch, /v1/track, ")]);
  });

  test("HEAD is GET without the body", async () => {
    const server = await serve();
    const [head, full] = [await get(server, "/v1/stages", "HEAD"), await get(server, "/v1/stages")];
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", full.headers["content-length"]]);
  });

  test("an address that is taken is PORT_TAKEN and names it", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port)));
    const failed = await startHttp(fakeEngine(), new Metrics({ processMetrics: false }), { host: "127.0.0.1", port, timeoutMs: 100, connections: 1024 }).catch(
      (error: unknown) => error,
    );
    other.close();
    expect(failed).toMatchObject({ code: "PORT_TAKEN", message: `something else listens on 127.0.0.1:${port}` });
  });

  test("a stop lets a running request finish, and cuts it off after the deadline", async () => {
    const answered = Promise.withResolvers<unknown>();
    const patient = await startHttp(fakeEngine({ contact: () => answered.promise }), new Metrics({ processMetrics: false }), {
      host: "127.0.0.1",
      port: 0,
      timeoutMs: 5000,
      connections: 1024,
    });
    const finishing = get(patient, "/v1/contacts/a");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = patient.stop(2000);
    answered.resolve({ contact: { id: "a" } });
    expect((await finishing).status).toBe(200);
    await stopped;

    const stuck = await startHttp(fakeEngine({ contact: () => new Promise(() => {}) }), new Metrics({ processMetrics: false }), {
      host: "127.0.0.1",
      port: 0,
      timeoutMs: 5000,
      connections: 1024,
    });
    const cut = get(stuck, "/v1/contacts/a").catch((error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stuck.stop(50);
    expect(await cut).toBeInstanceOf(Error);
  });

  test("connections are kept: thousands of requests on ten of them, none failed", async () => {
    const server = await serve(fakeEngine({ contact: async (key) => ({ contact: key }) }));
    const result = await autocannon({ url: `${server.url}/v1/contacts/c_1`, connections: 10, amount: 3000 });
    expect([result.errors, result.non2xx, result["2xx"]]).toEqual([0, 0, 3000]);
  });
});
