import { expect, test } from "vitest";
import { markHistory } from "../../../src/cli/feed/mark-history.ts";

const marked = (line: string): string => markHistory(Buffer.from(line)).toString();

test.each([
  ['{"type":"track"}', '{"context":{"tidemark":{"backfill":true}},"type":"track"}'],
  [" { } ", ' {"context":{"tidemark":{"backfill":true}} } '],
  ['{"context":{}}', '{"context":{"tidemark":{"backfill":true}}}'],
  ['{"context": {"ip":"::1"},"a":1}', '{"context": {"tidemark":{"backfill":true},"ip":"::1"},"a":1}'],
  ['{"context":null}', '{"context":{"tidemark":{"backfill":true}}}'],
  ['{"context":{"tidemark":{"key":"p/t/c/1"}}}', '{"context":{"tidemark":{"backfill":true,"key":"p/t/c/1"}}}'],
  ['{"context":{"tidemark":7}}', '{"context":{"tidemark":{"backfill":true}}}'],
  ['{"context":{"tidemark":{"backfill":false}}}', '{"context":{"tidemark":{"backfill":true}}}'],
  ['{"userId":90071992547409931,"event":"\\u0041"}', '{"context":{"tidemark":{"backfill":true}},"userId":90071992547409931,"event":"\\u0041"}'],
])("an event: %s", (line, expected) => expect(marked(line)).toBe(expected));

test("the event in a CloudEvents envelope", () => {
  expect(JSON.parse(marked('{"specversion":"1.0","id":"1","context":"of nobody","data":{"type":"page","context":{"ip":"::1"}}}'))).toEqual({
    specversion: "1.0",
    id: "1",
    context: "of nobody",
    data: { type: "page", context: { ip: "::1", tidemark: { backfill: true } } },
  });
});

test("each event of a Segment batch, whatever context it and the batch have", () => {
  expect(JSON.parse(marked('{"batch":[ {"a":1} , {"context":{"tidemark":{"key":"k"}}},7,[]],"context":{"tidemark":{"backfill":false}}}'))).toEqual({
    batch: [{ a: 1, context: { tidemark: { backfill: true } } }, { context: { tidemark: { backfill: true, key: "k" } } }, 7, []],
    context: { tidemark: { backfill: false } },
  });
  expect(marked('{"batch":[]}')).toBe('{"batch":[]}');
});
