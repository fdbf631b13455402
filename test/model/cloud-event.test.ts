import { expect, test } from "vitest";
import { cloudEventHeaders, cloudEventOf, enveloped, fromBase64 } from "../../src/model/cloud-event.ts";

const from = (headers: Readonly<Record<string, string>>) => cloudEventOf((name) => headers[name]);

test("headers are of a CloudEvent if they have its version; values are percent-decoded where they are encoded", () => {
  expect(from({ "content-type": "application/json" })).toBeUndefined();
  expect(from({ "ce-id": "1" })).toBeUndefined();
  expect(from({ "ce-specversion": "1.0" })).toEqual({});
  expect(from({ "ce-specversion": "1.0", "ce-id": "a%20b", "ce-subject": "100%", "ce-time": "2026-03-02T09:00:00Z", "ce-type": "x" })).toEqual({
    id: "a b",
    subject: "100%",
    time: "2026-03-02T09:00:00Z",
  });
});

test("what was read is written again, and makes the envelope of a structured event", () => {
  const attributes = { id: 'quote " and ü', time: "2026-03-02T09:00:00Z", subject: "c_42" };
  expect(from(cloudEventHeaders(attributes))).toEqual(attributes);
  const text = new TextDecoder().decode(enveloped(new TextEncoder().encode('{"type":"page"}'), attributes));
  expect(JSON.parse(text)).toEqual({ specversion: "1.0", ...attributes, data: { type: "page" } });
});

test("base64 is read as the standard has it, padded and with nothing in between, and nothing else is", () => {
  const text = (base64: string) => {
    const bytes = fromBase64(base64);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  };
  expect(["", "YQ==", "YWI=", "YWJj", "+/+/"].map((base64) => fromBase64(base64)?.length)).toEqual([0, 1, 2, 3, 3]);
  expect(text("w7w=")).toBe("ü");
  for (const bad of ["YQ", "YQ=", "Y===", "YWJj\n", "YW Jj", "-_-_", "YQ==YQ==", "=YWJ", "YWJj====", "ÿÿÿÿ"]) expect(text(bad), bad).toBeUndefined();
});
