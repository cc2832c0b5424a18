import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import * as given from "./checks.mjs";

const { pieces, refusal } = given;
const Meal = z.object({ meal: z.string(), calories: z.number() });
const chatOf = (fields = {}) =>
  new ChatOpenAI({
    model: given.model,
    apiKey: given.apiKey,
    maxRetries: 0,
    ...fields,
    configuration: { baseURL: given.baseURL },
  });
const chat = chatOf();
const refused = (promise) =>
  refusal(promise, (error) => ({
    status: error.status,
    code: error.code ?? error.error?.code,
    message: error.message,
    retryAfter: error.headers?.get?.("retry-after"),
    requestId: error.requestID,
  }));
const weather = tool(async ({ city }) => `${city}: ${given.WEATHER}`, {
  name: "get_weather",
  description: "The weather in a city",
  schema: z.object({ city: z.string() }),
});

await given.runChecks("@langchain/openai", {
  async call() {
    const reply = await chat.invoke(given.QUESTION);
    return { text: reply.text, model: reply.response_metadata.model_name, tokens: reply.usage_metadata.total_tokens };
  },
  stream: async () => pieces(await chat.stream(given.QUESTION), (chunk) => chunk.text),
  json: async () => ({ document: await chat.withStructuredOutput(Meal).invoke(given.MEAL) }),
  async picture() {
    const content = [
      { type: "text", text: given.PICTURE_QUESTION },
      { type: "image_url", image_url: { url: given.picture } },
    ];
    return { text: (await chat.invoke([new HumanMessage({ content })])).text };
  },
  async tools() {
    const bound = chat.bindTools([weather]);
    const messages = [new HumanMessage(given.TOOL_QUESTION)];
    const calls = [];
    for (let round = 0; round < 3; round += 1) {
      const reply = await bound.invoke(messages);
      if (!reply.tool_calls.length) return { calls, text: reply.text };
      messages.push(reply);
      for (const call of reply.tool_calls) {
        calls.push([call.name, JSON.stringify(call.args)]);
        messages.push(new ToolMessage({ tool_call_id: call.id, content: await weather.invoke(call.args) }));
      }
    }
  },
  unauthorized: () => refused(chatOf({ apiKey: "drk_wrong" }).invoke(given.QUESTION)),
  unknown_model: () => refused(chatOf({ model: "gpt-4o" }).invoke(given.QUESTION)),
  limited: () => refused(chatOf({ apiKey: given.limitedKey }).invoke(given.QUESTION)),
  broken_stream: async () =>
    pieces(await chatOf({ model: given.brokenModel }).stream(given.QUESTION), (chunk) => chunk.text),
  async going_away() {
    const controller = new AbortController();
    const stream = await chatOf({ model: given.slowModel }).stream(given.QUESTION, { signal: controller.signal });
    for await (const chunk of stream) {
      if (!chunk.text) continue;
      controller.abort();
      return { text: chunk.text };
    }
  },
});
