import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startListening } from "../../src/http/listener.ts";
import { Metrics } from "../../src/metrics/metrics.ts";

const LIMIT = 20;

async function listening(timeoutMs: number) {
  const metrics = new Metrics({ processMetrics: false });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume().on("end", () => response.end("here"));
  };
  const server = await startListening(answer, { host: "127.0.0.1", port: 0, timeoutMs, connections: LIMIT, metrics });
  onTestFinished(() => server.stop(50));
  const metric = async (name: string) => Number(new RegExp(`^tidemark_http_${name} (\\d+)$`, "m").exec(await metrics.text())?.[1]);
  return { port: Number(new URL(server.url).port), metric };
}

interface Client {
  readonly socket: Socket;
  /** All that came until it was closed. */
  readonly closed: Promise<string>;
  readonly text: () => string;
}

async function client(port: number): Promise<Client> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  const closed = new Promise<string>((resolve) => {
    socket.on("error", () => resolve(text)).on("close", () => resolve(text));
  });
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  return { socket, closed, text: () => text };
}

const clients = (port: number, count: number): Promise<Client[]> => Promise.all(Array.from({ length: count }, () => client(port)));
const GET = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const answered = (one: Client) => expect.poll(one.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*here$/);

test("connections beyond the limit are closed as they come, and counted; those that are open go on, and make room when they go", async () => {
  const { port, metric } = await listening(5000);
  const open = await clients(port, LIMIT);
  for (const one of open) one.socket.write(GET);
  for (const one of open) await answered(one);
  const many = await clients(port, 50);
  expect(new Set(await Promise.all(many.map(({ closed }) => closed)))).toEqual(new Set([""]));
  expect([await metric("open_connections"), await metric("refused_connections_total")]).toEqual([LIMIT, 50]);
  for (const one of open.slice(1)) one.socket.write(GET);
  for (const one of open.slice(1)) await expect.poll(one.text).toMatch(/here[\s\S]*here$/);
  open[0]?.socket.destroy();
  await expect.poll(() => metric("open_connections")).toBe(LIMIT - 1);
  const [next] = await clients(port, 1);
  next?.socket.write(GET);
  await answered(next as Client);
});

test("whoever takes all connections and says nothing, or too little, loses them again in time", async () => {
  const { port, metric } = await listening(300);
  const silent = await clients(port, 6);
  const heads = await clients(port, 7);
  for (const { socket } of heads) socket.write("POST / HTTP/1.1\r\nhost: a\r\nx-");
  const bodies = await clients(port, 7);
  for (const { socket } of bodies) socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{");
  // One byte now and then makes no difference: it is the whole request that has to come in time.
  const drip = setInterval(() => [...heads, ...bodies].forEach(({ socket }) => void socket.write("a")), 50);
  onTestFinished(() => clearInterval(drip));
  expect(await (await client(port)).closed).toBe("");
  expect(await metric("open_connections")).toBe(LIMIT);
  const said = await Promise.all([...heads, ...bodies].map(({ closed }) => closed));
  clearInterval(drip);
  expect(new Set(said.map((text) => text.slice(0, 28)))).toEqual(new Set(["HTTP/1.1 408 Request Timeout"]));
  await Promise.all(silent.map(({ closed }) => closed));
  await expect.poll(() => metric("open_connections")).toBe(0);
  const next = await client(port);
  next.socket.write(GET);
  await answered(next);
});
