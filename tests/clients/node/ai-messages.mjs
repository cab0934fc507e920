// Vercel's `ai` with @ai-sdk/anthropic: Messages.
import { createAnthropic } from "@ai-sdk/anthropic";
import { KEY, URL } from "./stage.mjs";
import { speaking } from "./vercel.mjs";

await speaking(createAnthropic({ baseURL: `${URL}/v1`, apiKey: KEY }));
