import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { partitionOf, partitionOfBytes, subjectToken, tokenHash } from "../../src/model/partition-of.ts";
import { natsServerBinary } from "../support/nats-server.ts";

const hashOf = (text: string) => {
  const bytes = new TextEncoder().encode(text);
  return (tokenHash(bytes, 0, bytes.length) >>> 0).toString(16).padStart(8, "0");
};

/** FNV-1a 32 by its definition, over the token as text; apart from the code under test. */
function naive(id: string): number {
  const token = [...Buffer.from(id)]
    .map((byte) =>
      byte > 32 && byte < 127 && ![42, 37, 46, 62].includes(byte) ? String.fromCharCode(byte) : `%${Buffer.from([byte]).toString("hex").toUpperCase()}`,
    )
    .join("");
  let hash = 2166136261n;
  for (const letter of token) hash = ((hash ^ BigInt(letter.charCodeAt(0))) * 16777619n) & 0xffffffffn;
  return Number(hash % 64n);
}

const IDS = [
  "c_42",
  "",
  "42",
  "ana@example.com",
  "a.b",
  "a*b",
  "a>b",
  "100%",
  "two words",
  "Zoë",
  "键",
  "\u0000",
  "\u007f",
  "~",
  "!",
  "😀",
  "x".repeat(300),
  ...Array.from({ length: 200 }, (_, index) => `user-${index * 7919}`),
];

describe("the partition of a contact", () => {
  it("is by FNV-1a as published", () => {
    // Test vectors of the FNV reference code (draft-eastlake-fnv).
    expect([hashOf(""), hashOf("a"), hashOf("b"), hashOf("c"), hashOf("foobar"), hashOf("fooba")]).toEqual([
      "811c9dc5",
      "e40c292c",
      "e70c2de5",
      "e60c2c52",
      "bf9cf968",
      "39aaa18a",
    ]);
  });

  it("is that of the id's token in a subject", () => {
    expect(subjectToken("a.b*c>d%e f")).toBe("a%2Eb%2Ac%3Ed%25e%20f");
    expect(subjectToken("é\n~")).toBe("%C3%A9%0A~");
    for (const id of IDS) expect(partitionOf(id), id).toBe(naive(id));
  });

  it("is the same from text and from a slice of bytes", () => {
    for (const id of IDS) {
      const bytes = Buffer.from(`[["${id}"]]`);
      expect(partitionOfBytes(bytes, 3, bytes.length - 3)).toBe(partitionOf(id));
    }
  });

  it("spreads ids over all partitions", () => {
    const counts = new Array<number>(64).fill(0);
    for (let index = 0; index < 64_000; index++) counts[partitionOf(`c_${index}`)] = (counts[partitionOf(`c_${index}`)] as number) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(700);
    expect(Math.max(...counts)).toBeLessThan(1300);
  });
});

describe("nats-server", () => {
  it("maps a subject to the same partition", { timeout: 20_000 }, async () => {
    await withServer(async (url) => {
      const connection = await connect({ servers: url });
      const seen: string[] = [];
      const subscription = connection.subscribe("to.>", { callback: (_, message) => void seen.push(message.subject) });
      const ids = IDS.filter((id) => id !== "");
      for (const id of ids) connection.publish(`from.${subjectToken(id)}`);
      await connection.flush();
      subscription.unsubscribe();
      await connection.close();
      expect(seen).toEqual(ids.map((id) => `to.${partitionOf(id)}.${subjectToken(id)}`));
    });
  });
});

async function withServer(run: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-"));
  const config = join(folder, "nats.conf");
  writeFileSync(config, 'host: "127.0.0.1"\nport: -1\nmappings: { "from.*": "to.{{partition(64,1)}}.{{wildcard(1)}}" }\n');
  const server = spawn(natsServerBinary(), ["-c", config, "--ports_file_dir", folder], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    await run(await listening(server));
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

function listening(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = "";
    server.once("error", reject);
    server.once("exit", () => reject(new Error(log)));
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk;
      const port = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (port !== undefined) resolve(`nats://127.0.0.1:${port}`);
    });
  });
}
