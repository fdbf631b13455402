import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ConfigOptions, configKeys, httpAddress, loadConfig, maskSecrets, settingsOf, shownValue } from "../../src/app/config.ts";
import { settingsSchema } from "../../src/model/settings.ts";

const file = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), "tidemark-config-")), "tidemark.yaml");
  writeFileSync(path, text);
  return path;
};
const load = (options: ConfigOptions) => loadConfig({ env: {}, ...options });
const refusal = (options: ConfigOptions): string => {
  try {
    load(options);
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message.replaceAll(/\/\S*\/(?=tidemark\.yaml)/g, "")}`;
  }
  return "accepted";
};

describe("where a value comes from", () => {
  test("without anything, the defaults of the schema", () => {
    const { config, sources } = load({});
    expect(config).toMatchObject({
      shard: "0",
      clock: "stored",
      packs: ["rules/b2b-funnel.yaml", "rules/ecommerce-rfm.yaml"],
      http: { address: "127.0.0.1:8080" },
      batch: { events: 5000 },
      time: { max_lead_ms: 600_000, grain_ms: 100 },
    });
    expect(config.workers).toBeGreaterThanOrEqual(1);
    expect(new Set(sources.values())).toEqual(new Set(["default"]));
  });

  test("a flag beats the environment, which beats the file; keys beside them stay", () => {
    const options = {
      file: file("workers: 2\nshard: eu\nhttp: { timeout_ms: 700, address: off }\n"),
      env: { TIDEMARK_WORKERS: "3", TIDEMARK_HTTP_TIMEOUT_MS: "900" },
    };
    const { config, sources } = load({ ...options, flags: [{ key: "workers", value: "4", label: "--workers" }] });
    expect([config.workers, config.http, config.shard]).toEqual([4, { timeout_ms: 900, address: "off", admin_token: "", connections: 1024 }, "eu"]);
    expect(["workers", "http.timeout_ms", "shard", "clock"].map((key) => sources.get(key))).toEqual(["flag", "environment", "file", "default"]);
  });

  test("every key can be given in the environment under its name", () => {
    expect(load({ env: { NATS_URL: "nats://a:1", TIDEMARK_HTTP_ADDRESS: "off", TIDEMARK_PACKS: "a.yaml, b.yaml", TIDEMARK_DEBUG: "1" } }).config).toMatchObject(
      {
        nats: { url: "nats://a:1" },
        http: { address: "off" },
        packs: ["a.yaml", "b.yaml"],
        debug: true,
      },
    );
    expect(new Set(configKeys().map((key) => key.env)).size).toBe(configKeys().length);
  });

  test("a file may say what looks right: a number as a shard, one pack without a list, nothing at all", () => {
    expect(load({ file: file("shard: 007\npacks: rules/a.yaml\n") }).config).toMatchObject({ shard: "007", packs: ["rules/a.yaml"] });
    expect(load({ file: file("# nothing yet\n") }).config.shard).toBe("0");
  });

  test("it cannot be changed afterwards", () => {
    const { config } = load({});
    expect(() => {
      (config.batch as { events: number }).events = 1;
    }).toThrow(TypeError);
  });
});

describe("what is refused, and how", () => {
  test.each([
    ["an unknown key", { file: file("shard: eu\nworker: 2\n") }, 'CONFIG_INVALID: tidemark.yaml:2: unknown key "worker"; did you mean `workers`?'],
    [
      "an unknown key inside a group",
      { file: file("batch:\n  event: 2\n") },
      'CONFIG_INVALID: tidemark.yaml:2: unknown key "batch.event"; did you mean `batch.events`?',
    ],
    [
      "a value of the wrong kind",
      { file: file("\n\nworkers: many\n") },
      'CONFIG_INVALID: tidemark.yaml:3: workers is "many", it must be a whole number, 1 to 64',
    ],
    ["a value out of range", { env: { TIDEMARK_WORKERS: "65" } }, "CONFIG_INVALID: TIDEMARK_WORKERS: workers is 65, it must be a whole number, 1 to 64"],
    [
      "a value that is none of a few",
      { flags: [{ key: "clock", value: "wall", label: "--clock" }] },
      'CONFIG_INVALID: --clock: clock is "wall", it must be one of stored, event',
    ],
    [
      "an address without a port",
      { env: { TIDEMARK_HTTP_ADDRESS: "localhost" } },
      'CONFIG_INVALID: TIDEMARK_HTTP_ADDRESS: http.address is "localhost", it must be host:port, or off',
    ],
    [
      "a port that cannot be",
      { env: { TIDEMARK_HTTP_ADDRESS: "localhost:70000" } },
      'CONFIG_INVALID: TIDEMARK_HTTP_ADDRESS: http.address is "localhost:70000", it must be host:port, or off',
    ],
    ["a group that is no group", { file: file("batch: 5\n") }, 'CONFIG_INVALID: tidemark.yaml:1: "batch" must hold keys and values'],
    ["a file that is a list", { file: file("- a\n") }, "CONFIG_INVALID: tidemark.yaml:1: the file must hold keys and values"],
    ["a key given twice", { file: file("shard: a\nshard: b\n") }, "CONFIG_INVALID: tidemark.yaml:2: Map keys must be unique"],
    [
      "an unknown key of --set",
      { flags: [{ key: "htpp.address", value: "off", label: "--set" }] },
      'CONFIG_INVALID: --set: unknown key "htpp.address"; did you mean `http.address`?',
    ],
    ["a file that is not there", { file: "/nowhere/tidemark.yaml" }, "FILE_UNREADABLE: the configuration tidemark.yaml cannot be read (ENOENT)"],
  ])("%s", (_, options, message) => {
    expect(refusal(options)).toBe(message);
  });

  test("all mistakes at once, and a secret is not repeated", () => {
    expect(refusal({ env: { TIDEMARK_WORKERS: "0", TIDEMARK_CLOCK: "x" } }).split("; ")).toHaveLength(2);
    expect(refusal({ flags: [{ key: "nats.url", value: ["nats://u:secret@h"], label: "--nats" }] })).not.toContain("secret");
  });

  test("a slip in a variable's name is told; what Kubernetes sets for a service of our name is not", () => {
    expect(load({ env: { TIDEMARK_WORKER: "2" } }).warnings).toEqual(['TIDEMARK_WORKER is not a key and is ignored; did you mean "TIDEMARK_WORKERS"?']);
    expect(load({ env: { TIDEMARK_SERVICE_HOST: "10.0.0.1", TIDEMARK_PORT_8080_TCP_ADDR: "10.0.0.1" } }).warnings).toEqual([]);
  });
});

describe("what is made of it", () => {
  test("the settings are those of the log, without what changes no result", () => {
    const { config } = load({ env: { TIDEMARK_TIME_GRAIN_MS: "250", TIDEMARK_SHARD: "eu" } });
    const settings = settingsSchema.parse(settingsOf(config, "2026-01-01T00:00:00.000Z"));
    expect([settings.shard, settings.time.grain_ms, "max_lead_ms" in settings.time]).toEqual(["eu", 250, false]);
  });

  test("every key of the settings that a person may choose is a key of the configuration", () => {
    const settings = settingsSchema.parse({ created: "2026-01-01T00:00:00Z" });
    const { format: _, engine: __, created: ___, partitions: ____, zone_rules: _____, ...chosen } = settings;
    const names = Object.entries(chosen).flatMap(([name, value]) =>
      typeof value === "object" ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name],
    );
    expect(
      configKeys()
        .filter((key) => key.inLog)
        .map((key) => key.name)
        .toSorted(),
    ).toEqual(names.toSorted());
  });

  test("secrets are masked where they are shown", () => {
    expect(maskSecrets("nats://user:p@ss@a:4222,tls://token@b")).toBe("nats://***@a:4222,tls://***@b");
    expect(maskSecrets("nats://a:4222,b:4223")).toBe("nats://a:4222,b:4223");
    expect(maskSecrets("-----BEGIN NATS USER JWT-----")).toBe("***");
    const { config } = load({ env: { NATS_URL: "nats://me:hidden@h:4222" } });
    const shown = configKeys().map((key) => String(shownValue(config, key)));
    expect(shown.join(" ")).not.toContain("hidden");
    const key = configKeys().find(({ name }) => name === "http.admin_token");
    const tokens = ["", "s3cret"].map((token) => key && shownValue(load({ env: { TIDEMARK_HTTP_ADMIN_TOKEN: token } }).config, key));
    expect(tokens).toEqual(["", "***"]);
  });

  test("the HTTP address in parts", () => {
    const at = (text: string) => httpAddress(load({ env: { TIDEMARK_HTTP_ADDRESS: text } }).config);
    expect([at("off"), at("0.0.0.0:0"), at("[::1]:8080")]).toEqual([undefined, { host: "0.0.0.0", port: 0 }, { host: "::1", port: 8080 }]);
  });
});
