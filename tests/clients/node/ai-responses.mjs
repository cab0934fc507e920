// Vercel's `ai` with @ai-sdk/openai: Responses, as it does by default.
import { createOpenAI } from "@ai-sdk/openai";
import { KEY, URL } from "./stage.mjs";
import { speaking } from "./vercel.mjs";

// Otherwise it refers to the first answer by its id, as something that the provider keeps.
const later = { providerOptions: { openai: { store: false } } };

await speaking(createOpenAI({ baseURL: `${URL}/v1`, apiKey: KEY }), later);
