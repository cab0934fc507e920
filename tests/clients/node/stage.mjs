// What every scenario in Node shares: asked line by line, it tells what its client gave.
// Standard input brings one JSON object per scenario, and standard output gets one back, as in
// python/stage.py; whatever a library prints with console.log goes to standard error.
import { createInterface } from "node:readline";

export const URL = process.env.GATEWAY_URL;
export const KEY = process.env.GATEWAY_KEY;
export const PARAMETERS = {
  type: "object",
  properties: { text: { type: "string" } },
  required: ["text"],
  additionalProperties: false,
};

console.log = console.error;

/** What the client gave; see `told` in python/stage.py. */
export function told({ said = null, first = null, pieces = 1, heard = null, form = null }) {
  return { said, first, pieces, heard, form };
}

/** The texts of an async iterable that are not empty, in order. */
export async function texts(stream, textOf) {
  const pieces = [];
  for await (const each of stream) {
    const text = textOf(each);
    if (text) pieces.push(text);
  }
  return pieces;
}

/**
 * Answers every line of standard input; faults are asked for by way of `plain`.
 *
 * @param own the package's name, and the base of the error classes that are its own
 */
export async function perform(own, scenarios) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { scenario, ...ask } = JSON.parse(line);
    let answer;
    try {
      answer = await (scenarios[scenario] ?? scenarios.plain)(ask);
    } catch (error) {
      answer = { error: described(own, error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

function described([name, base], error) {
  const cause = error.lastError ?? error; // of a client that has tried several times
  const headers = cause.headers ?? cause.responseHeaders ?? {};
  const kind = error.constructor?.name ?? typeof error;
  return {
    class: error instanceof base ? `${name}.${kind}` : kind,
    status: cause.status ?? cause.statusCode ?? null,
    retry_after: headers.get?.("retry-after") ?? headers["retry-after"] ?? null,
    words: String(error.stack ?? error),
  };
}
