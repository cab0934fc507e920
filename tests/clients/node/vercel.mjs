// The scenarios of Vercel's `ai`, the same for every model.
import { AISDKError, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { Contact } from "./contact.mjs";
import { perform, texts, told } from "./stage.mjs";

/**
 * @param made makes a model of a name
 * @param later what a second turn also says
 */
export async function speaking(made, later = {}) {
  const user = (content) => ({ role: "user", content });

  async function plain({ model, text }) {
    return told({ said: (await generateText({ model: made(model), prompt: text })).text });
  }

  async function streamed({ model, text }) {
    const stream = streamText({ model: made(model), prompt: text });
    const pieces = await texts(stream.textStream, (piece) => piece);
    return told({ said: pieces.join(""), pieces: pieces.length });
  }

  function working({ model, text, result }, heard) {
    const look_up = tool({
      description: "Looks it up.",
      inputSchema: z.object({ text: z.string() }),
      execute: async ({ text: given }) => {
        heard.push(given);
        return result;
      },
    });
    return { model: made(model), prompt: text, tools: { look_up }, stopWhen: stepCountIs(3) };
  }

  async function tools(ask) {
    const heard = [];
    const { text } = await generateText(working(ask, heard));
    return told({ said: text, heard });
  }

  async function toolsStreamed(ask) {
    const heard = [];
    const stream = streamText(working(ask, heard));
    const pieces = await texts(stream.textStream, (piece) => piece);
    return told({ said: pieces.join(""), heard });
  }

  async function turns({ model, text, more }) {
    const first = await generateText({ model: made(model), messages: [user(text)] });
    const messages = [user(text), ...first.response.messages, user(more)];
    const second = await generateText({ model: made(model), messages, ...later });
    return told({ said: second.text, first: first.text });
  }

  async function structured({ model, text }) {
    const output = Output.object({ schema: Contact });
    const answer = await generateText({ model: made(model), prompt: text, output });
    return told({ form: answer.output });
  }

  await perform(["ai", AISDKError], {
    plain,
    streamed,
    tools,
    "tools-streamed": toolsStreamed,
    turns,
    structured,
  });
}
