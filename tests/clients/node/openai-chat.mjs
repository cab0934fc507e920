// The openai client: chat completions.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { Contact } from "./contact.mjs";
import { KEY, PARAMETERS, perform, texts, told, URL } from "./stage.mjs";

const { completions } = new OpenAI({ baseURL: `${URL}/v1`, apiKey: KEY }).chat;
const LOOK_UP = {
  type: "function",
  function: { name: "look_up", description: "Looks it up.", parameters: PARAMETERS },
};
const user = (content) => ({ role: "user", content });
const whole = async (body) => (await completions.create(body)).choices[0].message;
const putTogether = async (body) =>
  (await completions.stream(body).finalChatCompletion()).choices[0].message;

async function plain({ model, text }) {
  return told({ said: (await whole({ model, messages: [user(text)] })).content });
}

async function streamed({ model, text }) {
  const stream = await completions.create({ model, messages: [user(text)], stream: true });
  const pieces = await texts(stream, (chunk) => chunk.choices[0]?.delta.content);
  return told({ said: pieces.join(""), pieces: pieces.length });
}

async function round({ model, text, result }, message) {
  const tools = [LOOK_UP];
  const first = await message({ model, tools, messages: [user(text)] });
  const results = first.tool_calls.map(({ id }) => ({
    role: "tool",
    tool_call_id: id,
    content: result,
  }));
  const second = await message({ model, tools, messages: [user(text), first, ...results] });
  const heard = first.tool_calls.map((call) => JSON.parse(call.function.arguments).text);
  return told({ said: second.content, heard });
}

async function turns({ model, text, more }) {
  const first = await whole({ model, messages: [user(text)] });
  const second = await whole({ model, messages: [user(text), first, user(more)] });
  return told({ said: second.content, first: first.content });
}

async function structured({ model, text }) {
  const answer = await completions.parse({
    model,
    messages: [user(text)],
    response_format: zodResponseFormat(Contact, "contact"),
  });
  return told({ form: answer.choices[0].message.parsed });
}

await perform(["openai", OpenAI.APIError], {
  plain,
  streamed,
  tools: (ask) => round(ask, whole),
  "tools-streamed": (ask) => round(ask, putTogether),
  turns,
  structured,
});
