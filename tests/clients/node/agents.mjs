import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from "@openai/agents";
import { z } from "zod";
import * as tryout from "./checks.mjs";

const { openaiRefusal, pieces } = tryout;
const Meal = z.object({ meal: z.string(), calories: z.number() });
setTracingDisabled(true);
const agentOf = (fields = {}) => new Agent({ name: "Coach", instructions: "Be brief.", model: tryout.model, ...fields });
const weather = tool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `${city}: ${tryout.WEATHER}`,
});


const textOf = (event) =>
  event.type === "raw_model_stream_event" && event.data.type === "output_text_delta" ? event.data.delta : "";

for (const api of ["responses", "chat_completions"]) {
  const runnerOf = (apiKey) =>
    new Runner({
      modelProvider: new OpenAIProvider({ baseURL: tryout.baseURL, apiKey, useResponses: api === "responses" }),
    });
  const run = (agent, input, options) => runnerOf(tryout.apiKey).run(agent, input, options);
  await tryout.runChecks(`@openai/agents ${api}`, {
    async call() {
      const result = await run(agentOf(), tryout.QUESTION);
      return { text: result.finalOutput, tokens: result.rawResponses[0].usage.totalTokens };
    },
    stream: async () => pieces(await run(agentOf(), tryout.QUESTION, { stream: true }), textOf),
    json: async () => ({ document: (await run(agentOf({ outputType: Meal }), tryout.MEAL)).finalOutput }),
    async picture() {
      const content = [
        { type: "input_text", text: tryout.PICTURE_QUESTION },
        { type: "input_image", image: tryout.picture },
      ];
      return { text: (await run(agentOf(), [{ role: "user", content }])).finalOutput };
    },
    async tools() {
      const result = await run(agentOf({ tools: [weather] }), tryout.TOOL_QUESTION);
      const calls = result.newItems.filter((item) => item.type === "tool_call_item").map((item) => item.rawItem);
      return { calls: calls.map((call) => [call.name, call.arguments]), text: result.finalOutput };
    },
    unauthorized: () => openaiRefusal(runnerOf("drk_wrong").run(agentOf(), tryout.QUESTION)),
    unknown_model: () => openaiRefusal(run(agentOf({ model: "gpt-4o" }), tryout.QUESTION)),
    limited: () => openaiRefusal(runnerOf(tryout.limitedKey).run(agentOf(), tryout.QUESTION)),
    broken_stream: async () =>
      pieces(await run(agentOf({ model: tryout.brokenModel }), tryout.QUESTION, { stream: true }), textOf),
    async going_away() {
      const controller = new AbortController();
      const fields = { stream: true, signal: controller.signal };
      const stream = await run(agentOf({ model: tryout.slowModel }), tryout.QUESTION, fields);
      for await (const event of stream) {
        if (!textOf(event)) continue;
        controller.abort();
        return { text: event.data.delta };
      }
    },
  });
}
