import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import * as tryout from "./checks.mjs";

const { openaiRefusal, pieces } = tryout;
const Meal = z.object({ meal: z.string(), calories: z.number() });
const weather = tool(async ({ city }) => `${city}: ${tryout.WEATHER}`, {
  name: "get_weather",
  description: "The weather in a city",
  schema: z.object({ city: z.string() }),
});

for (const useResponsesApi of [false, true]) {
  const chatOf = (fields = {}) =>
    new ChatOpenAI({
      model: tryout.model,
      apiKey: tryout.apiKey,
      maxRetries: 0,
      useResponsesApi,
      ...fields,
      configuration: { baseURL: tryout.baseURL },
    });
  const chat = chatOf();
  await tryout.runChecks(`@langchain/openai${useResponsesApi ? " responses" : ""}`, {
    async call() {
      const reply = await chat.invoke(tryout.QUESTION);
      return { text: reply.text, model: reply.response_metadata.model_name, tokens: reply.usage_metadata.total_tokens };
    },
    stream: async () => pieces(await chat.stream(tryout.QUESTION), (chunk) => chunk.text),
    json: async () => ({ document: await chat.withStructuredOutput(Meal).invoke(tryout.MEAL) }),
    async picture() {
      const content = [
        { type: "text", text: tryout.PICTURE_QUESTION },
        { type: "image_url", image_url: { url: tryout.picture } },
      ];
      return { text: (await chat.invoke([new HumanMessage({ content })])).text };
    },
    async tools() {
      const bound = chat.bindTools([weather]);
      const messages = [new HumanMessage(tryout.TOOL_QUESTION)];
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
    unauthorized: () => openaiRefusal(chatOf({ apiKey: "drk_wrong" }).invoke(tryout.QUESTION)),
    unknown_model: () => openaiRefusal(chatOf({ model: "gpt-4o" }).invoke(tryout.QUESTION)),
    limited: () => openaiRefusal(chatOf({ apiKey: tryout.limitedKey }).invoke(tryout.QUESTION)),
    broken_stream: async () =>
      pieces(await chatOf({ model: tryout.brokenModel }).stream(tryout.QUESTION), (chunk) => chunk.text),
    async going_away() {
      const controller = new AbortController();
      const stream = await chatOf({ model: tryout.slowModel }).stream(tryout.QUESTION, { signal: controller.signal });
      for await (const chunk of stream) {
        if (!chunk.text) continue;
        controller.abort();
        return { text: chunk.text };
      }
    },
  });
}
