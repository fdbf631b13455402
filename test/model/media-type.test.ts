import { expect, test } from "vitest";
import { isCloudEvents, isJson, isLines, isMsgpack, mediaTypeOf } from "../../src/model/media-type.ts";

test("parameters, space and capitals do not matter", () => {
  expect(["", "application/json", " Application/JSON ; charset=utf-8", ";"].map(mediaTypeOf)).toEqual(["", "application/json", "application/json", ""]);
});

test("each kind is known by its names, and by nothing that begins or ends like them", () => {
  const known = (type: string) => [isMsgpack, isLines, isCloudEvents, isJson].map((is) => is(type));
  expect(known("application/x-msgpack")).toEqual([true, false, false, false]);
  expect(known("application/jsonl")).toEqual([false, true, false, false]);
  expect(known("application/cloudevents-batch+json")).toEqual([false, false, true, true]);
  for (const type of ["application/json", "text/json", "application/vnd.shop.v2+json"]) expect(known(type)).toEqual([false, false, false, true]);
  for (const type of ["", "json", "application/json5", "application/jsonp", "text/plain", "application/msgpack2"])
    expect(known(type)).toEqual([false, false, false, false]);
});
