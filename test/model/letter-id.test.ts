import { expect, test } from "vitest";
import { edgeLetterId, isOfEdge, letterId, letterPosition } from "../../src/model/letter-id.ts";

test("a letter of a log says where its message stands, to its own shard alone", () => {
  expect([letterId("0", 9, 3), letterPosition("0-9-3", "0"), letterPosition("0-9-3", "00"), letterPosition("0-9-12-1", "0")]).toEqual([
    "0-9-3",
    9,
    undefined,
    undefined,
  ]);
  const ofLonger = letterId("eu-7", 90, 0);
  expect([letterPosition(ofLonger, "eu-7"), letterPosition(ofLonger, "eu")]).toEqual([90, undefined]);
});

test("a letter of an edge has no place in any log, not even in one of a shard with that name", () => {
  const id = edgeLetterId("1b9d6bcd-bbfd-4b2d-9b5d-123456789012", 0);
  expect([isOfEdge(id), letterPosition(id, "0"), letterPosition(id, "edge"), letterPosition(letterId("edge", 4, 0), "edge")]).toEqual([
    true,
    undefined,
    undefined,
    4,
  ]);
});
