import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/app/config.ts";
import { askEngine } from "../../src/cli/ask-engine.ts";

/** An engine that answers what it is told, one after the other, and then the last again. */
async function engineThatSays(...answers: readonly (readonly [status: number, headers?: Record<string, string>])[]) {
  let asked = 0;
  const server = createServer((_, response) => {
    const [status, headers = {}] = answers[Math.min(asked++, answers.length - 1)] as (typeof answers)[number];
    response.writeHead(status, headers).end(JSON.stringify({ asked }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const value = `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return { config: loadConfig({ env: {}, flags: [{ key: "http.address", value, label: "http.address" }] }).config, asked: () => asked };
}

const BUSY = [503, { "retry-after": "0" }] as const;

test("an engine that needs longer is asked again, by who has the patience", async () => {
  const { config } = await engineThatSays(BUSY, BUSY, [200]);
  expect(await askEngine(config, "/v1/stages", 5000)).toEqual({ asked: 3 });
});

test("without patience, and where nothing says that it will be better, once is enough", async () => {
  for (const [answer, patienceMs] of [
    [BUSY, 0],
    [[503], 5000],
    [[500, { "retry-after": "0" }], 5000],
  ] as const) {
    const { config, asked } = await engineThatSays(answer);
    await expect(askEngine(config, "/v1/stages", patienceMs)).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(asked()).toBe(1);
  }
});

test("patience has an end", async () => {
  const { config, asked } = await engineThatSays([503, { "retry-after": "1" }]);
  await expect(askEngine(config, "/v1/stages", 1500)).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE", message: expect.stringContaining("503") });
  expect(asked()).toBe(2);
});
