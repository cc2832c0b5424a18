import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from "@openai/agents";
import { z } from "zod";
import * as given from "./checks.mjs";

const { pieces, refusal } = given;
const Meal = z.object({ meal: z.string(), calories: z.number() });
setTracingDisabled(true);
const agentOf = (fields = {}) => new Agent({ name: "Coach", instructions: "Be brief.", model: given.model, ...fields });
const weather = tool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `${city}: ${given.WEATHER}`,
});

const refused = (promise) =>
  refusal(promise, (error) => ({
    status: error.status,
    code: error.code,
    message: error.message,
    retryAfter: error.headers?.get("retry-after"),
    requestId: error.requestID,
  }));

const textOf = (event) =>
  event.type === "raw_model_stream_event" && event.data.type === "output_text_delta" ? event.data.delta : "";

for (const api of ["responses", "chat_completions"]) {
  const runnerOf = (apiKey) =>
    new Runner({
      modelProvider: new OpenAIProvider({ baseURL: given.baseURL, apiKey, useResponses: api === "responses" }),
    });
  const run = (agent, input, options) => runnerOf(given.apiKey).run(agent, input, options);
  await given.runChecks(`@openai/agents ${api}`, {
    async call() {
      const result = await run(agentOf(), given.QUESTION);
      return { text: result.finalOutput, tokens: result.rawResponses[0].usage.totalTokens };
    },
    stream: async () => pieces(await run(agentOf(), given.QUESTION, { stream: true }), textOf),
    json: async () => ({ document: (await run(agentOf({ outputType: Meal }), given.MEAL)).finalOutput }),
    async picture() {
      const content = [
        { type: "input_text", text: given.PICTURE_QUESTION },
        { type: "input_image", image: given.picture },
      ];
      return { text: (await run(agentOf(), [{ role: "user", content }])).finalOutput };
    },
    async tools() {
      const result = await run(agentOf({ tools: [weather] }), given.TOOL_QUESTION);
      const calls = result.newItems.filter((item) => item.type === "tool_call_item").map((item) => item.rawItem);
      return { calls: calls.map((call) => [call.name, call.arguments]), text: result.finalOutput };
    },
    unauthorized: () => refused(runnerOf("drk_wrong").run(agentOf(), given.QUESTION)),
    unknown_model: () => refused(run(agentOf({ model: "gpt-4o" }), given.QUESTION)),
    limited: () => refused(runnerOf(given.limitedKey).run(agentOf(), given.QUESTION)),
    broken_stream: async () =>
      pieces(await run(agentOf({ model: given.brokenModel }), given.QUESTION, { stream: true }), textOf),
    async going_away() {
      const controller = new AbortController();
      const fields = { stream: true, signal: controller.signal };
      const stream = await run(agentOf({ model: given.slowModel }), given.QUESTION, fields);
      for await (const event of stream) {
        if (!textOf(event)) continue;
        controller.abort();
        return { text: event.data.delta };
      }
    },
  });
}
