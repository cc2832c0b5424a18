import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import * as tryout from "./checks.mjs";

const { baseURL, refusal } = tryout;
const Meal = z.object({ meal: z.string(), calories: z.number() });
const weather = tool({
  description: "The weather in a city",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, weather: tryout.WEATHER }),
});

const refused = (promise) =>
  refusal(promise, (error) => ({
    status: error.statusCode,
    code: JSON.parse(error.responseBody).error.code,
    message: error.message,
    retryAfter: error.responseHeaders["retry-after"],
    requestId: error.responseHeaders["x-request-id"],
  }));

/** The parts of a stream: an error is one of them, and ends it. */
async function partsOf(result) {
  const saw = { pieces: 0, text: "", failure: null };
  for await (const part of result.fullStream) {
    if (part.type === "text-delta") {
      saw.pieces += 1;
      saw.text += part.text;
    } else if (part.type === "error") saw.failure ??= String(part.error?.message ?? JSON.stringify(part.error));
  }
  return saw;
}

function checksOf(modelOf, more = {}) {
  const ask = (prompt, fields = {}) =>
    generateText({ model: modelOf(tryout.model), prompt, maxRetries: 0, ...more, ...fields });
  const stream = (model, fields = {}) =>
    streamText({ model: modelOf(model), prompt: tryout.QUESTION, maxRetries: 0, onError() {}, ...more, ...fields });
  return {
    async call() {
      const reply = await ask(tryout.QUESTION);
      return { text: reply.text, model: reply.response.modelId, tokens: reply.usage.totalTokens };
    },
    stream: () => partsOf(stream(tryout.model)),
    async json() {
      return { document: (await ask(tryout.MEAL, { output: Output.object({ schema: Meal }) })).output };
    },
    async picture() {
      const content = [
        { type: "text", text: tryout.PICTURE_QUESTION },
        { type: "image", image: tryout.picture },
      ];
      return { text: (await ask(undefined, { messages: [{ role: "user", content }] })).text };
    },
    async tools() {
      const reply = await ask(tryout.TOOL_QUESTION, { tools: { get_weather: weather }, stopWhen: stepCountIs(3) });
      const calls = reply.steps.flatMap((step) => step.toolCalls);
      return { calls: calls.map((call) => [call.toolName, JSON.stringify(call.input)]), text: reply.text };
    },
    unauthorized: () => refused(ask(tryout.QUESTION, { model: modelOf(tryout.model, "drk_wrong") })),
    unknown_model: () => refused(ask(tryout.QUESTION, { model: modelOf("gpt-4o") })),
    limited: () => refused(ask(tryout.QUESTION, { model: modelOf(tryout.model, tryout.limitedKey) })),
    broken_stream: () => partsOf(stream(tryout.brokenModel)),
    async going_away() {
      const controller = new AbortController();
      for await (const text of stream(tryout.slowModel, { abortSignal: controller.signal }).textStream) {
        controller.abort();
        return { text };
      }
    },
  };
}

const compatible = (model, apiKey = tryout.apiKey) =>
  createOpenAICompatible({ name: "router", baseURL, apiKey, supportsStructuredOutputs: true })(model);
await tryout.runChecks("ai @ai-sdk/openai-compatible", checksOf(compatible));

const usual = (model, apiKey = tryout.apiKey) => createOpenAI({ baseURL, apiKey })(model);
await tryout.runChecks("ai @ai-sdk/openai", checksOf(usual, { providerOptions: { openai: { store: false } } }));
