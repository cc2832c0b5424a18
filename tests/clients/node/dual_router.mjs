import * as tryout from "./checks.mjs";

const { createDualRouter } = await import(process.env.DUAL_ROUTER_MODULE);
const { apiKey, baseURL, refusal } = tryout;
const routerOf = (key) => createDualRouter({ baseURL, apiKey: key });
const dualRouter = routerOf(apiKey);
const chat = { type: "real-time-chat" };
const asked = (content) => [{ role: "user", content }];
const refused = (promise) =>
  refusal(promise, (error) => ({
    kind: error.constructor.name,
    status: error.status,
    code: error.code,
    message: error.message,
    retryAfter: error.retryAt && String(Math.ceil((error.retryAt - Date.now()) / 1000)),
    requestId: error.requestId,
  }));
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
const schema = {
  type: "object",
  properties: { meal: { type: "string" }, calories: { type: "number" } },
  required: ["meal", "calories"],
};

await tryout.runChecks("dual-router.ts", {
  async call() {
    const completion = await dualRouter.complete({ ...chat, prioritizeSpeed: true }, asked(tryout.QUESTION));
    const model = `${completion.provider}:${completion.model}`;
    return { text: completion.choices[0].message.content, model, tokens: completion.usage.totalTokens };
  },
  async stream() {
    const stream = dualRouter.stream(chat, asked(tryout.QUESTION));
    const saw = await tryout.pieces(stream, (event) => (event.kind === "delta" ? event.text : ""));
    return { ...saw, whole: stream.completion.text };
  },
  async json() {
    const responseFormat = { type: "json_schema", json_schema: { name: "meal", schema, strict: true } };
    const completion = await dualRouter.complete(
      { type: "quick-categorization", requiresJson: true },
      asked(tryout.MEAL),
      { responseFormat },
    );
    return { document: completion.parsed };
  },
  async picture() {
    const content = [
      { type: "text", text: tryout.PICTURE_QUESTION },
      { type: "image_url", image_url: { url: tryout.picture } },
    ];
    return { text: (await dualRouter.complete({ type: "vision", requiresVision: true }, asked(content))).text };
  },
  async tools() {
    const messages = asked(tryout.TOOL_QUESTION);
    const calls = [];
    for (let round = 0; round < 3; round += 1) {
      const completion = await dualRouter.complete(chat, messages, { tools: [weather] });
      if (completion.toolCalls.length === 0) return { calls, text: completion.text };
      messages.push(completion.choices[0].message);
      for (const call of completion.toolCalls) {
        calls.push([call.name, call.argumentsJson]);
        messages.push({ role: "tool", tool_call_id: call.id, content: tryout.WEATHER });
      }
    }
  },
  unauthorized: () => refused(routerOf("drk_wrong").complete(chat, asked(tryout.QUESTION))),
  unknown_model: () => refused(dualRouter.complete({ type: "gpt-4o" }, asked(tryout.QUESTION))),
  limited: () => refused(routerOf(tryout.limitedKey).complete(chat, asked(tryout.QUESTION))),
  async broken_stream() {
    const options = { targets: [tryout.brokenModel], onRestart: "error" };
    const stream = dualRouter.stream(chat, asked(tryout.QUESTION), options);
    return tryout.pieces(stream, (event) => (event.kind === "delta" ? event.text : ""));
  },
  async restart() {
    await dualRouter.resetFailures();  // or the target that breaks off would be tried last
    const stream = dualRouter.stream(chat, asked(tryout.QUESTION), { targets: [tryout.brokenModel, tryout.goodModel] });
    const kinds = [];
    for await (const event of stream) if (event.kind !== kinds.at(-1)) kinds.push(event.kind);
    const { provider, model, attempts } = stream.completion;
    return { kinds, text: stream.text, whole: stream.completion.text, model: `${provider}:${model}`, attempts };
  },
  async usage() {
    return { usage: await dualRouter.getUsageStats() };
  },
  async reset() {
    await dualRouter.resetFailures();
    return { kind: await refused(dualRouter.resetFailures("nobody")) };
  },
  async no_gateway() {
    const closed = createDualRouter({ baseURL: "http://127.0.0.1:9", apiKey });
    return refused(closed.complete(chat, asked(tryout.QUESTION)));
  },
  async aborted() {
    const controller = new AbortController();
    const options = { targets: [tryout.slowModel], signal: controller.signal };
    const answer = dualRouter.complete(chat, asked(tryout.QUESTION), options);
    setTimeout(() => controller.abort(new Error("the caller left")), 100);
    return refusal(answer, (error) => ({ message: error.message }));
  },
  async cancelled() {
    const stream = dualRouter.stream(chat, asked(tryout.QUESTION), { targets: [tryout.slowModel] });
    let deltas = 0;
    for await (const event of stream) {
      if (event.kind === "delta") deltas += 1;
      stream.cancel();
    }
    return { deltas, completion: stream.completion };
  },
  async going_away() {
    const stream = dualRouter.stream(chat, asked(tryout.QUESTION), { targets: [tryout.slowModel] });
    for await (const event of stream) if (event.kind === "delta") return { text: event.text };
  },
});
