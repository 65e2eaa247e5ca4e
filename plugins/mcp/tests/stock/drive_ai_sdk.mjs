// Vercel's AI SDK: `generateText` with the tools of `@ai-sdk/mcp`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createMCPClient } from "@ai-sdk/mcp";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount } from "ai";

const transport =
  process.argv[2] === "sse" ? { type: "sse", url: process.env.MCP_SSE_URL } : { type: "http", url: process.env.MCP_URL };
const client = await createMCPClient({ transport });
const tools = await client.tools();
assert.ok(tools.ACME_LIST_THINGS);

function ask(baseURL, abortSignal) {
  const model = createOpenAICompatible({ name: "scripted", baseURL, apiKey: "none" })("m");
  return generateText({ model, tools, prompt: "go", stopWhen: isStepCount(10), maxRetries: 0, abortSignal });
}

const { text } = await ask(process.env.MODEL_URL);
assert.equal(text, "done");
console.log("called");
const stop = new AbortController();
const running = ask(process.env.HANGING_URL, stop.signal);
await once(process.stdin, "data");
stop.abort();
await assert.rejects(running);
await client.close();
console.log("all");
process.exit(0);
