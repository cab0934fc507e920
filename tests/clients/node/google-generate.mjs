// The @google/genai client: generateContent.
import { ApiError, GoogleGenAI } from "@google/genai";
import { z } from "zod";
import { Contact } from "./contact.mjs";
import { KEY, PARAMETERS, perform, texts, told, URL } from "./stage.mjs";

const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: URL } });
const { models } = client;
const LOOK_UP = {
  name: "look_up",
  description: "Looks it up.",
  parametersJsonSchema: PARAMETERS,
};
const user = (parts) => ({ role: "user", parts });
const whole = async (body) => {
  const answer = await models.generateContent(body);
  return { said: answer.text, parts: answer.candidates[0].content.parts };
};
const putTogether = async (body) => {
  const parts = [];
  for await (const chunk of await models.generateContentStream(body))
    parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
  const kept = parts.filter((part) => part.text !== "");
  return { said: kept.map((part) => part.text ?? "").join(""), parts: kept };
};

async function plain({ model, text }) {
  return told({ said: (await models.generateContent({ model, contents: text })).text });
}

async function streamed({ model, text }) {
  const stream = await models.generateContentStream({ model, contents: text });
  const pieces = await texts(stream, (chunk) => chunk.text);
  return told({ said: pieces.join(""), pieces: pieces.length });
}

async function round({ model, text, result }, answered) {
  const config = { tools: [{ functionDeclarations: [LOOK_UP] }] };
  const asked = user([{ text }]);
  const { parts } = await answered({ model, config, contents: [asked] });
  const results = parts.map(({ functionCall: { name } }) => ({
    functionResponse: { name, response: { result } },
  }));
  const contents = [asked, { role: "model", parts }, user(results)];
  const { said } = await answered({ model, config, contents });
  return told({ said, heard: parts.map((part) => part.functionCall.args.text) });
}

async function turns({ model, text, more }) {
  const chat = client.chats.create({ model });
  const first = (await chat.sendMessage({ message: text })).text;
  return told({ said: (await chat.sendMessage({ message: more })).text, first });
}

async function structured({ model, text }) {
  const config = {
    responseMimeType: "application/json",
    responseJsonSchema: z.toJSONSchema(Contact),
  };
  const answer = await models.generateContent({ model, contents: text, config });
  return told({ form: Contact.parse(JSON.parse(answer.text)) });
}

await perform(["@google/genai", ApiError], {
  plain,
  streamed,
  tools: (ask) => round(ask, whole),
  "tools-streamed": (ask) => round(ask, putTogether),
  turns,
  structured,
});
