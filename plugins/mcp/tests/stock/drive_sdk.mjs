// The official SDK for TypeScript, over Streamable HTTP or, given "sse", over HTTP+SSE: list, call, fail, cancel.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const transport =
  process.argv[2] === "sse"
    ? new SSEClientTransport(new URL(process.env.MCP_SSE_URL))
    : new StreamableHTTPClientTransport(new URL(process.env.MCP_URL));
const client = new Client({ name: "driver", version: "1" });
await client.connect(transport);
const { tools } = await client.listTools();
assert.ok(tools.some((tool) => tool.name === "ACME_LIST_THINGS" && tool.annotations.readOnlyHint));
const done = await client.callTool({ name: "ACME_LIST_THINGS", arguments: { "page[size]": 7 } });
assert.deepEqual(done.structuredContent.data.query, { "page[size]": "7" });
const failed = await client.callTool({ name: "ACME_BREAK", arguments: {} });
assert.ok(failed.isError && failed.content[0].text.includes("Unicorn!"));
await assert.rejects(client.callTool({ name: "ACME_DELETE_ME", arguments: {} }), /Unknown tool/);
console.log("called");
const stop = new AbortController();
const { promise: told, resolve: tell } = Promise.withResolvers();
const running = client.callTool({ name: "ACME_HANG", arguments: {} }, undefined, {
  signal: stop.signal,
  onprogress: tell,
});
assert.match((await told).message, /^Running for/);
await once(process.stdin, "data");
stop.abort();
await assert.rejects(running);
// Closing at once would drop the message that cancels.
await client.ping();
await client.close();
console.log("all");
process.exit(0);
