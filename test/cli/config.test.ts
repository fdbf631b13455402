import { expect, test } from "vitest";
import { configKeys } from "../../src/app/config.ts";
import { lines, run } from "./command-line.ts";

test("every key is a line with its value and where that came from, secrets masked", async () => {
  const { exit, out } = await run("config --nats nats://me:hidden@h:4222 --workers 3");
  expect(exit).toBe(0);
  expect(lines(out)).toHaveLength(configKeys().length + 1);
  expect(out).toMatch(/^workers +3 +flag +TIDEMARK_WORKERS$/m);
  expect(out).toMatch(/^nats\.url +nats:\/\/\*\*\*@h:4222 +flag +NATS_URL$/m);
  expect(out).not.toContain("hidden");
});

test("--json has the same, as one object", async () => {
  const printed = JSON.parse((await run("config --json --shard eu --pack a.yaml --pack b.yaml --set batch.events=7")).out);
  expect(printed.shard).toEqual({ value: "eu", from: "flag", env: "TIDEMARK_SHARD" });
  expect([printed.packs.value, printed["batch.events"].value]).toEqual([["a.yaml", "b.yaml"], 7]);
});

test("--keys says what every key means", async () => {
  const { out } = await run("config --keys");
  for (const key of configKeys()) expect(out).toContain(`${key.name}  (${key.env})\n    ${key.help}\n`);
});

test("when it cannot be used, the one line on stderr says why, and the reference is printed for the cure", async () => {
  const { exit, out, err } = await run("config --workers none");
  expect(exit).toBe(2);
  expect(err).toBe(
    'tidemark: CONFIG_INVALID: --workers: workers is "none", it must be a whole number, 1 to 64. `tidemark config --keys` prints every key with its type and default.\n',
  );
  expect(out).toBe("");
});
