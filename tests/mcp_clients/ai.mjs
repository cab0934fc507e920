// The client of @ai-sdk/mcp: lists the tools, calls one with what it is told, prints the answer.
import { createMCPClient } from "@ai-sdk/mcp";

const [url, key, tool, text] = process.argv.slice(2);
const client = await createMCPClient({
  transport: { type: "http", url, headers: { Authorization: `Bearer ${key}` } },
});
const tools = await client.tools();
const answer = await tools[tool].execute({ text }, { toolCallId: "1", messages: [] });
console.log(JSON.stringify({ tools: Object.keys(tools).length, answer }));
await client.close();
