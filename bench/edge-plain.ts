// The other contestant of the benchmark of the edge: a handler that reads a body and publishes it as one message, waits for the broker and
// says 200. It looks at nothing, shares nothing and bounds nothing: what an edge costs beyond the unavoidable. A process of its own:
// `node bench/edge-plain.ts URL SUBJECT`; prints the address that it listens on.

import { createServer } from "node:http";
import { AckInbox } from "../src/nats/ack-inbox.ts";
import { connectBroker } from "../src/nats/connection.ts";

const [url = "", subject = ""] = process.argv.slice(2);
const broker = await connectBroker({ url, name: "tidemark bench plain" });
const inbox = new AckInbox(broker);
const ANSWER = '{"success": true}\n';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", async () => {
    const { kind } = await inbox.publish(subject, Buffer.concat(chunks), { "Content-Type": ["application/json"] });
    response.writeHead(kind === "stored" ? 200 : 503, { "content-type": "application/json", "content-length": ANSWER.length }).end(ANSWER);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}\n`);
});
