import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import * as tryout from "./checks.mjs";

const { model, picture, openaiRefusal, pieces } = tryout;
const Meal = z.object({ meal: z.string(), calories: z.number() });
const clientOf = (apiKey) => new OpenAI({ baseURL: tryout.baseURL, apiKey });
const client = clientOf(tryout.apiKey);
const asked = (content, more = {}) => ({ model, messages: [{ role: "user", content }], ...more });
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    function: ({ city }) => ({ city, weather: tryout.WEATHER }),
    parse: JSON.parse,
  },
};

await tryout.runChecks("openai", {
  async call() {
    const reply = await client.chat.completions.create(asked(tryout.QUESTION));
    return { text: reply.choices[0].message.content, model: reply.model, tokens: reply.usage.total_tokens };
  },
  async stream() {
    const stream = await client.chat.completions.create(asked(tryout.QUESTION, { stream: true }));
    return pieces(stream, (chunk) => chunk.choices[0]?.delta.content);
  },
  async json() {
    const form = zodResponseFormat(Meal, "meal");
    const reply = await client.chat.completions.parse(asked(tryout.MEAL, { response_format: form }));
    return { document: reply.choices[0].message.parsed };
  },
  async picture() {
    const content = [
      { type: "text", text: tryout.PICTURE_QUESTION },
      { type: "image_url", image_url: { url: picture } },
    ];
    return { text: (await client.chat.completions.create(asked(content))).choices[0].message.content };
  },
  async tools() {
    const runner = client.chat.completions.runTools(asked(tryout.TOOL_QUESTION, { tools: [weather] }));
    const text = await runner.finalContent();
    const calls = runner.messages.flatMap((message) => message.tool_calls ?? []);
    return { calls: calls.map((call) => [call.function.name, call.function.arguments]), text };
  },
  unauthorized: () => openaiRefusal(clientOf("drk_wrong").chat.completions.create(asked(tryout.QUESTION))),
  unknown_model: () => openaiRefusal(client.chat.completions.create({ ...asked(tryout.QUESTION), model: "gpt-4o" })),
  limited: () => openaiRefusal(clientOf(tryout.limitedKey).chat.completions.create(asked(tryout.QUESTION))),
  async broken_stream() {
    const request = { ...asked(tryout.QUESTION), model: tryout.brokenModel, stream: true };
    return pieces(await client.chat.completions.create(request), (chunk) => chunk.choices[0]?.delta.content);
  },
  async going_away() {
    const request = { ...asked(tryout.QUESTION), model: tryout.slowModel, stream: true };
    for await (const chunk of await client.chat.completions.create(request)) {
      if (chunk.choices[0]?.delta.content) return { text: chunk.choices[0].delta.content };
    }
  },
});

const input = (content, more = {}) => ({ model, input: [{ role: "user", content }], store: false, ...more });
const { function: described, type } = weather;
const flatWeather = { type, name: described.name, parameters: described.parameters, strict: false };
const deltaOf = (event) => (event.type === "response.output_text.delta" ? event.delta : "");

await tryout.runChecks("openai responses", {
  async call() {
    const reply = await client.responses.create({ model, input: tryout.QUESTION });
    return { text: reply.output_text, model: reply.model, tokens: reply.usage.total_tokens };
  },
  async stream() {
    const stream = client.responses.stream(input(tryout.QUESTION));
    const saw = await pieces(stream, deltaOf);
    return { ...saw, whole: (await stream.finalResponse()).output_text };
  },
  async json() {
    const reply = await client.responses.parse(input(tryout.MEAL, { text: { format: zodTextFormat(Meal, "meal") } }));
    return { document: reply.output_parsed };
  },
  async picture() {
    const content = [
      { type: "input_text", text: tryout.PICTURE_QUESTION },
      { type: "input_image", image_url: picture, detail: "auto" },
    ];
    return { text: (await client.responses.create(input(content))).output_text };
  },
  async tools() {
    const request = input(tryout.TOOL_QUESTION, { tools: [flatWeather] });
    const calls = [];
    let reply = await client.responses.create(request);
    for (let round = 0; round < 3 && reply.output.some((item) => item.type === "function_call"); round += 1) {
      for (const call of reply.output.filter((item) => item.type === "function_call")) {
        calls.push([call.name, call.arguments]);
        request.input.push(call, { type: "function_call_output", call_id: call.call_id, output: tryout.WEATHER });
      }
      reply = await client.responses.create(request);
    }
    return { calls, text: reply.output_text };
  },
  unauthorized: () => openaiRefusal(clientOf("drk_wrong").responses.create(input(tryout.QUESTION))),
  unknown_model: () => openaiRefusal(client.responses.create({ ...input(tryout.QUESTION), model: "gpt-4o" })),
  limited: () => openaiRefusal(clientOf(tryout.limitedKey).responses.create(input(tryout.QUESTION))),
  async broken_stream() {
    const stream = await client.responses.create({ ...input(tryout.QUESTION), model: tryout.brokenModel, stream: true });
    return pieces(stream, deltaOf);
  },
  async going_away() {
    const request = { ...input(tryout.QUESTION), model: tryout.slowModel, stream: true };
    for await (const event of await client.responses.create(request)) {
      if (deltaOf(event)) return { text: event.delta };
    }
  },
});
