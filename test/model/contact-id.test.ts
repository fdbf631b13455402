import { describe, expect, it } from "vitest";
import { contactPartition, FORBIDDEN_ID, ID_TOO_LARGE, idField, isForbiddenId, NO_ID } from "../../src/model/contact-id.ts";
import { HEAD, HEAD_PATHS } from "../../src/model/event-head.ts";
import { PathScanner } from "../../src/model/json-paths.ts";
import { partitionOf } from "../../src/model/partition-of.ts";

const scanner = new PathScanner(HEAD_PATHS);

function contactOf(text: string, idBytes = 512): number {
  const bytes = Buffer.from(text);
  scanner.scan(bytes, 0, bytes.length);
  return contactPartition(bytes, scanner, idBytes);
}

function userIdOf(text: string): string | undefined {
  const bytes = Buffer.from(text);
  scanner.scan(bytes, 0, bytes.length);
  return idField(bytes, scanner, HEAD.userId);
}

describe("the contact of an event", () => {
  it("is its userId, else its anonymousId", () => {
    expect(contactOf('{"anonymousId":"a-1","userId":"u-1"}')).toBe(partitionOf("u-1"));
    for (const absent of ['"userId":"",', '"userId":null,', ""]) expect(contactOf(`{${absent}"anonymousId":"a-1"}`)).toBe(partitionOf("a-1"));
  });

  it("is found under the same id however that is written", () => {
    expect(contactOf('{"userId":"a\\u002eb"}')).toBe(partitionOf("a.b"));
    expect(contactOf('{"userId":"Zo\\u00eb"}')).toBe(contactOf('{"userId":"Zoë"}'));
    expect(contactOf('{"userId":42}')).toBe(partitionOf("42"));
    expect(contactOf('{"userId":42.50}')).toBe(partitionOf("42.5"));
    expect(contactOf('{"userId":1e3}')).toBe(partitionOf("1000"));
  });

  it("keeps all digits of a whole number", () => {
    expect(userIdOf('{"userId":12345678901234567890}')).toBe("12345678901234567890");
    expect(userIdOf('{"userId":-7}')).toBe("-7");
  });

  it("is nobody without an id", () => {
    for (const text of ["{}", '{"userId":""}', '{"userId":null,"anonymousId":null}']) expect(contactOf(text)).toBe(NO_ID);
  });

  it.each([
    "null",
    "NULL",
    "undefined",
    "anonymous",
    "Guest",
    "0",
    "[object Object]",
    "NaN",
    "None",
    "nil",
    "true",
    "FALSE",
    "unknown",
    "distinct_id",
    "email",
    "  null ",
    "'null'",
    '\\"undefined\\"',
    " ",
    "\\t",
    "\u00a0guest",
    "n\\u0075ll",
  ])("is nobody as %j, even with a good anonymousId", (id) => expect(contactOf(`{"userId":"${id}","anonymousId":"a-1"}`)).toBe(FORBIDDEN_ID));

  it.each(["0", "-0", "0.0", "1e400", "true", "false", "{}", "[1]"])("is nobody as the bare value %s", (value) => {
    expect(contactOf(`{"userId":${value}}`)).toBe(FORBIDDEN_ID);
  });

  it.each(["nullable", "guest1", "00", "u", "n", "undefined-7", "noneofyourbusiness", "-", "ü", "id-7", "]"])("is somebody as %j", (id) => {
    expect(isForbiddenId(id)).toBe(false);
    expect(contactOf(JSON.stringify({ userId: id }))).toBe(partitionOf(id));
  });

  it("has an id of bounded length, in bytes", () => {
    expect(contactOf(`{"userId":"${"x".repeat(16)}"}`, 16)).toBeGreaterThanOrEqual(0);
    expect(contactOf(`{"userId":"${"x".repeat(17)}"}`, 16)).toBe(ID_TOO_LARGE);
    expect(contactOf(`{"userId":"${"é".repeat(9)}"}`, 16)).toBe(ID_TOO_LARGE);
    expect(contactOf(`{"userId":"${"\\u00e9".repeat(8)}"}`, 16)).toBeGreaterThanOrEqual(0);
  });
});
