// The @anthropic-ai/sdk client: Messages.
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { Contact } from "./contact.mjs";
import { KEY, PARAMETERS, perform, texts, told, URL } from "./stage.mjs";

const { messages } = new Anthropic({ baseURL: URL, apiKey: KEY });
const LOOK_UP = { name: "look_up", description: "Looks it up.", input_schema: PARAMETERS };
const max_tokens = 1024;
const user = (content) => ({ role: "user", content });
const whole = (body) => messages.create({ max_tokens, ...body });
const putTogether = (body) => messages.stream({ max_tokens, ...body }).finalMessage();

async function plain({ model, text }) {
  const answer = await whole({ model, messages: [user(text)] });
  return told({ said: answer.content[0].text });
}

async function streamed({ model, text }) {
  const stream = messages.stream({ model, max_tokens, messages: [user(text)] });
  const pieces = await texts(stream, (event) => event.delta?.text);
  return told({ said: pieces.join(""), pieces: pieces.length });
}

async function round({ model, text, result }, answered) {
  const tools = [LOOK_UP];
  const { content } = await answered({ model, tools, messages: [user(text)] });
  const results = content.map(({ id }) => ({
    type: "tool_result",
    tool_use_id: id,
    content: result,
  }));
  const said = { role: "assistant", content };
  const second = await answered({ model, tools, messages: [user(text), said, user(results)] });
  return told({ said: second.content[0].text, heard: content.map((call) => call.input.text) });
}

async function turns({ model, text, more }) {
  const { content } = await whole({ model, messages: [user(text)] });
  const said = { role: "assistant", content };
  const second = await whole({ model, messages: [user(text), said, user(more)] });
  return told({ said: second.content[0].text, first: content[0].text });
}

async function structured({ model, text }) {
  const answer = await messages.parse({
    model,
    max_tokens,
    messages: [user(text)],
    output_config: { format: zodOutputFormat(Contact) },
  });
  return told({ form: answer.parsed_output });
}

await perform(["@anthropic-ai/sdk", Anthropic.APIError], {
  plain,
  streamed,
  tools: (ask) => round(ask, whole),
  "tools-streamed": (ask) => round(ask, putTogether),
  turns,
  structured,
});
