import { Packr } from "msgpackr";
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

test("the event that an envelope holds as bytes, which then stands in it as it is", () => {
  const event = { type: "page", context: { ip: "::1" } };
  const told = { type: "page", context: { ip: "::1", tidemark: { backfill: true } } };
  const json = Buffer.from(JSON.stringify(event)).toString("base64");
  const packed = Buffer.from(new Packr({ useRecords: false }).pack(event)).toString("base64");
  for (const [line, rest] of [
    [`{"specversion":"1.0","data_base64":"${json}","id":"1"}`, { id: "1" }],
    [`{"specversion":"1.0","data":null,"data_base64":"${json}"}`, {}],
    [`{"specversion":"1.0","data_base64":"${json}","data":null}`, {}],
    [`{"specversion":"1.0","data_base64":"${packed}","datacontenttype":"application/msgpack"}`, { datacontenttype: "application/msgpack" }],
  ] as const)
    expect(JSON.parse(marked(line))).toEqual({ specversion: "1.0", ...rest, data: told, data_base64: null });
  for (const dead of [
    '{"specversion":"1.0","data_base64":"!"}',
    '{"specversion":"1.0","data_base64":"W10="}',
    '{"specversion":"1.0","data_base64":"e30gew=="}',
  ])
    expect(marked(dead)).toBe(dead);
});

test("each event of a Segment batch, whatever context it and the batch have", () => {
  expect(JSON.parse(marked('{"batch":[ {"a":1} , {"context":{"tidemark":{"key":"k"}}},7,[]],"context":{"tidemark":{"backfill":false}}}'))).toEqual({
    batch: [{ a: 1, context: { tidemark: { backfill: true } } }, { context: { tidemark: { backfill: true, key: "k" } } }, 7, []],
    context: { tidemark: { backfill: false } },
  });
  expect(marked('{"batch":[]}')).toBe('{"batch":[]}');
});
