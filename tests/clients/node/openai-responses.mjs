// The openai client: Responses.
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { Contact } from "./contact.mjs";
import { KEY, PARAMETERS, perform, texts, told, URL } from "./stage.mjs";

const { responses } = new OpenAI({ baseURL: `${URL}/v1`, apiKey: KEY });
const LOOK_UP = {
  type: "function",
  name: "look_up",
  description: "Looks it up.",
  parameters: PARAMETERS,
  strict: true,
};
const user = (content) => ({ role: "user", content });
const whole = (body) => responses.create(body);
const putTogether = (body) => responses.stream(body).finalResponse();

async function plain({ model, text }) {
  return told({ said: (await whole({ model, input: text })).output_text });
}

async function streamed({ model, text }) {
  const stream = await responses.create({ model, input: text, stream: true });
  const pieces = await texts(
    stream,
    (event) => event.type === "response.output_text.delta" && event.delta,
  );
  return told({ said: pieces.join(""), pieces: pieces.length });
}

async function round({ model, text, result }, answered) {
  const tools = [LOOK_UP];
  const { output } = await answered({ model, tools, input: [user(text)] });
  const calls = output.map(({ type, call_id, name, arguments: given }) => ({
    type,
    call_id,
    name,
    arguments: given,
  }));
  const results = calls.map(({ call_id }) => ({
    type: "function_call_output",
    call_id,
    output: result,
  }));
  const second = await answered({ model, tools, input: [user(text), ...calls, ...results] });
  const heard = calls.map((call) => JSON.parse(call.arguments).text);
  return told({ said: second.output_text, heard });
}

async function turns({ model, text, more }) {
  const first = await whole({ model, input: [user(text)] });
  const second = await whole({ model, input: [user(text), ...first.output, user(more)] });
  return told({ said: second.output_text, first: first.output_text });
}

async function structured({ model, text }) {
  const answer = await responses.parse({
    model,
    input: text,
    text: { format: zodTextFormat(Contact, "contact") },
  });
  return told({ form: answer.output_parsed });
}

await perform(["openai", OpenAI.APIError], {
  plain,
  streamed,
  tools: (ask) => round(ask, whole),
  "tools-streamed": (ask) => round(ask, putTogether),
  turns,
  structured,
});
