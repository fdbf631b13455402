import { request as rawRequest } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { type PrivacyOptions, privacyFront } from "../../src/http/privacy.ts";
import { type HttpServer, startHttp } from "../../src/http/server.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import type { ForgetStatus, Privacy } from "../../src/model/privacy.ts";
import { fakeEngine } from "./fake-engine.ts";

const running: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop(100)));
});

const DONE: ForgetStatus = { request: "r-1", state: "done", hash: "ab", position: 7, found: true };

interface Asked {
  readonly what: string;
  readonly of: unknown;
}

async function serve(answers: Partial<Privacy> = {}, options: Partial<PrivacyOptions> = {}) {
  const asked: Asked[] = [];
  const privacy: Privacy = {
    forget: async (key, erase, waitMs) => {
      asked.push({ what: "forget", of: [key, erase, waitMs] });
      return DONE;
    },
    status: async (request) => (request === "r-1" ? DONE : undefined),
    export: async (key) => (key.id === "a/b" ? { state: { of: key } } : undefined),
    ...answers,
  };
  const metrics = new Metrics({ processMetrics: false });
  const front = privacyFront(privacy, metrics, { adminToken: "", local: true, timeoutMs: 1000, ...options });
  const server = await startHttp(fakeEngine(), metrics, { host: "127.0.0.1", port: 0, timeoutMs: 1000, connections: 1024, fronts: [front] });
  running.push(server);
  return { server, asked };
}

function ask(server: HttpServer, method: string, path: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(server.url);
  return new Promise<{ status: number; headers: Record<string, unknown>; body: { error: { code: string }; [key: string]: unknown } }>((resolve, reject) => {
    const request = rawRequest({ hostname, port, path, method, headers }, (response) => {
      let text = "";
      response
        .on("data", (chunk) => (text += chunk))
        .on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }));
    });
    request.on("error", reject).end();
  });
}

describe("DELETE /v1/contacts/{id}", () => {
  test("forgets the contact, and says how far that is", async () => {
    const { server, asked } = await serve();
    expect(await ask(server, "DELETE", "/v1/contacts/a%2Fb")).toMatchObject({ status: 200, body: DONE });
    expect((await ask(server, "DELETE", "/v1/contacts/v1?kind=anonymous&erase=dead,log")).status).toBe(200);
    expect(asked.map(({ of }) => of)).toEqual([
      [{ kind: "user", id: "a/b" }, [], 800],
      [{ kind: "anonymous", id: "v1" }, ["log", "dead"], 800],
    ]);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('tidemark_http_requests_total{route="privacy",status="200"} 2');
  });

  test("is 202 while it is under way, with where to ask, and 500 where something was left", async () => {
    const { server } = await serve({ forget: async () => ({ ...DONE, state: "applied" }) });
    const answer = await ask(server, "DELETE", "/v1/contacts/c1");
    expect([answer.status, answer.headers["location"], answer.headers["retry-after"]]).toEqual([202, "/v1/forget/r-1", "1"]);
    const failed = await serve({ forget: async () => ({ ...DONE, state: "failed", problem: "the stream is gone" }) });
    expect(await ask(failed.server, "DELETE", "/v1/contacts/c1")).toMatchObject({ status: 500, body: { problem: "the stream is gone" } });
  });

  test("is refused where it cannot be meant, before anybody is asked", async () => {
    const { server, asked } = await serve();
    for (const [path, code] of [
      ["/v1/contacts/", "bad_id"],
      ["/v1/contacts/a/b", "bad_id"],
      ["/v1/contacts/%ff", "bad_id"],
      ["/v1/contacts/c1?kind=staff", "bad_kind"],
      ["/v1/contacts/c1?erase=everything", "bad_erase"],
    ] as const)
      expect(await ask(server, "DELETE", path), path).toMatchObject({ status: 400, body: { error: { code } } });
    expect(asked).toEqual([]);
  });

  test("is 503 where the log cannot be reached", async () => {
    const { server } = await serve({
      forget: async () => {
        throw new TidemarkError("BROKER_UNREACHABLE", "nobody is there");
      },
    });
    expect(await ask(server, "DELETE", "/v1/contacts/c1")).toMatchObject({ status: 503, body: { error: { code: "unavailable" } } });
  });
});

test("GET /v1/forget/{request} says how far a request is, or that it is not known", async () => {
  const { server } = await serve();
  expect(await ask(server, "GET", "/v1/forget/r-1")).toMatchObject({ status: 200, body: DONE });
  for (const path of ["/v1/forget/r-2", "/v1/forget/", "/v1/forget/%00"])
    expect(await ask(server, "GET", path)).toMatchObject({ status: 404, body: { error: { code: "no_such_request" } } });
});

test("GET /v1/contacts/{id}/export gives what is held, and 404 where nothing is", async () => {
  const { server } = await serve();
  expect((await ask(server, "GET", "/v1/contacts/a%2Fb/export?kind=anonymous")).body).toEqual({ state: { of: { kind: "anonymous", id: "a/b" } } });
  expect(await ask(server, "GET", "/v1/contacts/c2/export")).toMatchObject({ status: 404, body: { error: { code: "no_such_contact" } } });
});

describe("who may ask", () => {
  const paths = [
    ["DELETE", "/v1/contacts/c1"],
    ["GET", "/v1/contacts/a%2Fb/export"],
    ["GET", "/v1/forget/r-1"],
  ] as const;

  test("whoever has the token, where one is configured", async () => {
    const { server, asked } = await serve({}, { adminToken: "s3cret", local: false });
    for (const [method, path] of paths) {
      for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "Bearer s3cret2" }, { authorization: "Basic s3cret" }])
        expect(await ask(server, method, path, headers), `${method} ${path}`).toMatchObject({ status: 401, body: { error: { code: "admin_token" } } });
      expect((await ask(server, method, path, { authorization: "Bearer s3cret" })).status).toBe(200);
    }
    expect(asked).toHaveLength(1);
  });

  test("without a token nobody whom another machine could be, and no page in a browser", async () => {
    const open = await serve({}, { local: false });
    const local = await serve();
    for (const [method, path] of paths) {
      expect(await ask(open.server, method, path)).toMatchObject({ status: 403, body: { error: { code: "no_admin_token" } } });
      expect(await ask(local.server, method, path, { origin: "https://evil.example" })).toMatchObject({ status: 403 });
      expect((await ask(local.server, method, path)).status).toBe(200);
    }
  });

  test("everything else is served as ever", async () => {
    const { server } = await serve({}, { adminToken: "s3cret" });
    expect((await ask(server, "GET", "/v1/stages")).status).toBe(200);
    expect((await ask(server, "PUT", "/v1/contacts/c1")).status).toBe(405);
  });
});
