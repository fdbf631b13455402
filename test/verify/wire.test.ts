import { expect, test } from "vitest";
import { FrameSplitter } from "./wire.ts";

const SENT =
  'CONNECT {"verbose":false}\r\nPUB a.b 5\r\nhe\r\no\r\nHPUB x.y _INBOX.1.7 12 14\r\nNATS/1.0\r\n\r\nhi\r\nMSG s 12 3\r\nabc\r\nHMSG s 12 r.1 12 12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n';

const described = (text: string, sizes: number): string[] => {
  const splitter = new FrameSplitter();
  const found: string[] = [];
  for (let at = 0; at < text.length; at += sizes)
    for (const { verb, subject, reply, bytes, lineBytes } of splitter.push(Buffer.from(text.slice(at, at + sizes))))
      found.push([verb, subject, reply, bytes.length - lineBytes].join(" "));
  return found;
};

test.each([1, 2, 7, 1000])("frames are found in pieces of %i bytes, with payloads that contain line ends", (sizes) => {
  expect(described(SENT, sizes)).toEqual(["CONNECT   0", "PUB a.b  7", "HPUB x.y _INBOX.1.7 16", "MSG s  5", "HMSG s r.1 14", "PING   0"]);
});

test("no byte is lost or changed", () => {
  const splitter = new FrameSplitter();
  expect(
    splitter
      .push(Buffer.from(SENT))
      .map(({ bytes }) => bytes.toString())
      .join(""),
  ).toBe(SENT);
});
