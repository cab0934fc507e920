// Vercel's `ai` with @ai-sdk/openai: chat completions.
import { createOpenAI } from "@ai-sdk/openai";
import { KEY, URL } from "./stage.mjs";
import { speaking } from "./vercel.mjs";

await speaking(createOpenAI({ baseURL: `${URL}/v1`, apiKey: KEY }).chat);
